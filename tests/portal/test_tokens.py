"""My tokens: made by whoever knows my password, shown once, revoked by me."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from netreg.registry import tokens
from netreg.store.transaction import Store
from tests.api.conftest import Program
from tests.people import ANA, INES, PASSWORD, Member
from tests.portal.conftest import Visitor

FORM = {"name": "tablero", "scope": "requests:read", "until": "", "current": PASSWORD}
SignIn = Callable[[Member], Visitor]


def until(visitor: Visitor) -> str:
    found = re.search(r'name="until" type="date" value="([0-9-]+)"', visitor.get("/account/tokens"))
    assert found
    return found[1]


def made(visitor: Visitor, **values: str) -> str:
    page = visitor.post("/account/tokens", 200, **(FORM | {"until": until(visitor)} | values))
    found = re.search(r"netreg_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", page)
    assert found
    return found[0]


def test_a_token_is_made_used_and_revoked(signed_in: SignIn, app: Flask) -> None:
    ana = signed_in(ANA)
    token = made(ana)
    program = Program(app.test_client(), token)
    assert program.get("/requests")["items"] == []
    page = ana.get("/account/tokens")
    assert "tablero" in page and token not in page
    ana.post(f"/account/tokens/{token.split('_')[1]}/revoke")
    assert program.ask("GET", "/requests").status_code == 401


def test_who_finds_a_page_left_open_makes_no_token(signed_in: SignIn, store: Store) -> None:
    ana = signed_in(ANA)
    page = ana.post("/account/tokens", 422, **(FORM | {"until": until(ana), "current": "otra"}))
    assert "No es su contraseña" in page and "tablero" in page
    with store.reading() as session:
        assert tokens.listed(session) == []


def test_a_person_is_offered_what_they_may_do_and_no_more(signed_in: SignIn) -> None:
    page = signed_in(ANA).get("/account/tokens")
    assert 'value="requests:write"' in page and 'value="points:read"' not in page and 'value="audit:read"' not in page
    assert 'value="points:write"' in signed_in(INES).get("/account/tokens")


def test_nobody_revokes_the_token_of_somebody_else(signed_in: SignIn, app: Flask) -> None:
    token = made(signed_in(ANA))
    ines = signed_in(INES)
    ines.get("/account/tokens")
    ines.post(f"/account/tokens/{token.split('_')[1]}/revoke", 404)
    assert Program(app.test_client(), token).ask("GET", "/requests").status_code == 200


def test_the_log_says_with_which_token_a_program_acted(signed_in: SignIn, app: Flask) -> None:
    token = made(signed_in(INES), scope="points:read")
    answer = Program(app.test_client(), token).ask("GET", "/points")
    assert answer.headers["X-Request-Id"].startswith(token.split("_")[1])
