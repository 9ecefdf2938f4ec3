"""Who gets in: a token acts for a person, within its scopes, until its day, and never at a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from netreg.config import Settings
from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.policy import roles, scopes
from netreg.registry import queries
from netreg.registry.commands import people, tokens
from netreg.registry.models import ApiToken
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.access import permission_of
from portal.api.app import create_api
from portal.api.door import OPEN
from tests.api.conftest import Program, token_of
from tests.people import ALMA, ANA, BETO, INES, LEON, NORA, mac, phones
from tests.portal.conftest import Visitor

Start = Callable[..., Program]


def test_without_a_token_there_is_nothing_to_see(app: Flask) -> None:
    for shown in ("", "falso", "netreg_aaaaaaaa_" + "x" * 43, "ñ"):
        answer = Program(app.test_client(), shown).ask("GET", "/devices")
        assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.get_json()["code"] == "token_missing"


def test_whoever_is_signed_in_at_a_browser_has_no_way_in_without_a_token(app: Flask) -> None:
    visitor = Visitor(app.test_client())
    visitor.sign_in(INES)
    assert visitor.client.get("/api/v1/devices").status_code == 401


def test_a_token_does_what_its_scopes_name_and_nothing_else(program: Start) -> None:
    reader = program(INES, "devices:read")
    assert reader.get("/devices")["items"] == []
    assert reader.get("/points", 403)["code"] == "scope_missing"
    assert reader.post("/devices/1/suspend", {"reason": "x"}, 403)["code"] == "scope_missing"


def test_a_token_does_no_more_than_its_person_may(program: Start) -> None:
    assert program(ALMA).post("/points/borde/push", status=403)["code"] == "not_allowed"
    assert program(LEON).get("/devices", 403)["code"] == "not_allowed"


def test_without_the_scope_addresses_come_masked_whatever_the_person_may_see(program: Start, store: Store) -> None:
    (number,) = phones(store, 1)
    assert program(INES, "devices:read").get(f"/devices/{number}")["macs"] == [MacAddress(mac(1)).masked]
    assert program(INES, "devices:read", "addresses:read").get(f"/devices/{number}")["macs"] == [mac(1)]


def test_nobody_learns_by_asking_whose_an_address_is_that_they_may_not_read(program: Start, store: Store) -> None:
    phones(store, 1)
    assert program(INES, "devices:read").get(f"/devices?mac={mac(1)}")["items"] == []
    assert len(program(INES).get(f"/devices?mac={mac(1)}")["items"]) == 1


def test_a_token_that_is_revoked_or_past_its_day_or_of_a_closed_account_is_none(app: Flask, store: Store) -> None:
    def status(token: str) -> int:
        return Program(app.test_client(), token).ask("GET", "/devices").status_code

    revoked, old, closed = (token_of(store, who, days=1) for who in (INES, INES, ALMA))
    with store.transaction(NORA.email) as tx:
        tokens.revoke(tx, revoked.split("_")[1])
        people.set_active(tx, queries.known_person(tx.session, ALMA.email), False)
    assert status(revoked) == 401 and status(closed) == 401 and status(old) == 200
    with time_machine.travel(now() + timedelta(days=3), tick=False):
        assert status(old) == 401


def test_of_a_token_only_its_hash_is_kept(store: Store) -> None:
    shown = token_of(store, INES)
    with store.reading() as session:
        row = session.query(ApiToken).one()
        assert shown.split("_")[1] == row.prefix
        kept = "".join(str(getattr(row, column.key)) for column in ApiToken.__table__.columns)
    assert shown not in kept and shown.split("_", 2)[2] not in kept


def test_the_last_use_is_kept_to_the_minute(app: Flask, store: Store) -> None:
    program = Program(app.test_client(), token_of(store, INES))
    for _ in range(2):
        program.get("/devices")
    with store.reading() as session:
        used = session.query(ApiToken).one().last_used
    assert used is not None and now() - used < timedelta(minutes=1)


@pytest.mark.parametrize("wrong", [(), ("todo",), ("devices:read", "x:y")])
def test_scopes_that_there_are_not_are_refused(store: Store, wrong: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue, match="alcance"):
        token_of(store, INES, wrong)


@pytest.mark.parametrize("days", [-1, 367])
def test_a_token_lasts_from_today_to_a_year(store: Store, days: int) -> None:
    with pytest.raises(InvalidValue, match="año"):
        token_of(store, INES, days=days)


def test_a_program_that_never_stops_is_told_when_to_come_back(app: Flask) -> None:
    stranger = Program(app.test_client(), "falso")
    answers = [stranger.ask("GET", "/devices") for _ in range(61)]
    assert {one.status_code for one in answers[:60]} == {401}
    assert answers[60].status_code == 429 and int(answers[60].headers["Retry-After"]) <= 61


def test_every_operation_has_a_permission_that_a_scope_lets_through(settings: Settings, store: Store) -> None:
    api = create_api(settings, store)
    known = {one for granted in scopes.SCOPES.values() for one in granted}
    for rule in api.url_map.iter_rules():
        if rule.endpoint not in OPEN:
            assert permission_of(api, rule.endpoint) in known, f"{rule}: give it a permission of policy/scopes.py"


def test_every_scope_lets_something_through_that_a_role_has() -> None:
    for scope, granted in scopes.SCOPES.items():
        assert granted and all(one in roles.PERMISSIONS for one in granted), scope


def test_a_liaison_s_program_sees_their_own_area_alone(program: Start, store: Store) -> None:
    phones(store, 1)
    assert len(program(ANA).get("/devices")["items"]) == 1
    assert program(BETO).get("/devices")["items"] == []
    assert program(BETO).get("/devices/1", 404)["code"] == "not_found"


def test_a_token_leaves_no_secret_in_the_log(store: Store) -> None:
    shown = token_of(store, INES)
    with store.reading() as session:
        assert not any(shown.split("_", 2)[2] in event.data for event in queries.audit(session))
