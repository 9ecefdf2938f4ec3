"""The check of the log's chain on its page: a piece with each look, by whoever may read the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, expect

from netreg.registry import queries
from netreg.registry.commands import points
from netreg.store import audit
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.app import create_app
from tests.people import ACTOR, ALMA, CARLA, INES, Member
from tests.portal.conftest import Visitor, a_point
from tests.portal.test_browser import address, check, chromium, enter
from tests.store.test_audit import behind_the_triggers

__all__ = ["address", "chromium"]
SignedIn = Callable[[Member], Visitor]

WHOLE, ANEW, UNDER_WAY = "La cadena está entera", "empezó otra vez", "Se está comprobando la cadena"


@pytest.fixture
def rows(store: Store, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many there are of a log that takes several pieces of ten."""
    monkeypatch.setattr(audit, "PIECE", 10)
    a_point(store)
    for _time in range(30):
        more(store)
    return newest(store)


def more(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        points.ask_push(tx, queries.point(tx.session, "cortafuegos"))


def newest(store: Store) -> int:
    with store.reading() as session:
        return audit.newest(session)


def head(store: Store) -> str:
    with store.reading() as session:
        return audit.verify_store(session).head


def onward(page: str) -> str:
    """Where the page leads on; nowhere once the check is at its end."""
    found = re.search(r'<a class="btn btn-primary" href="([^"]*)">Seguir</a>', page)
    return unescape(found[1]) if found else ""


def to_the_end(visitor: Visitor, page: str) -> tuple[str, int]:
    """The last page that the links lead to, and how many there were."""
    steps = 0
    while path := onward(page):
        page, steps = visitor.get(path), steps + 1
    return page, steps


def test_a_short_log_is_checked_at_the_first_look(signed_in: SignedIn, store: Store) -> None:
    page = signed_in(ALMA).get("/audit/check")
    assert f"{WHOLE}: {newest(store)} renglones" in page and head(store) in page and not onward(page)


def test_without_javascript_the_links_lead_to_the_end_piece_by_piece(
    signed_in: SignedIn, store: Store, rows: int
) -> None:
    alma = signed_in(ALMA)
    assert 'href="/audit/check"' in alma.get("/audit")
    page = alma.get("/audit/check")
    assert UNDER_WAY in page and f"10 de {rows} renglones" in page and f'max="{rows}" value="10"' in page
    page, steps = to_the_end(alma, page)
    assert steps == rows // 10 and f"{WHOLE}: {rows} renglones" in page and head(store) in page


def test_the_piece_alone_is_what_the_page_shows_next(signed_in: SignedIn, rows: int) -> None:
    alma = signed_in(ALMA)
    found = re.search(r'data-next="([^"]*)"', alma.get("/audit/check"))
    assert found is not None
    piece = alma.get(unescape(found[1]))
    assert f"20 de {rows} renglones" in piece and "data-next" in piece and "<html" not in piece


def test_rows_that_come_during_the_check_are_checked_and_counted(signed_in: SignedIn, store: Store, rows: int) -> None:
    alma = signed_in(ALMA)
    page = alma.get("/audit/check")
    for _time in range(20):
        more(store)
    page, _steps = to_the_end(alma, page)
    assert f"{WHOLE}: {rows + 20} renglones" in page and head(store) in page


@pytest.mark.parametrize("row", [5, 10, 25])
def test_a_row_that_was_altered_is_named_wherever_the_check_is(
    signed_in: SignedIn, store: Store, rows: int, row: int
) -> None:
    """Before the check, at the row it stopped at, and ahead of it."""
    alma = signed_in(ALMA)
    page = alma.get("/audit/check") if row > 5 else ""
    behind_the_triggers(store, f"UPDATE audit_event SET actor = 'nobody' WHERE seq = {row}")
    page, _steps = to_the_end(alma, page or alma.get("/audit/check"))
    assert f"La cadena se rompe en el renglón {row}." in page and "avise a la contraloría" in page and WHOLE not in page


BAD_MARKERS = ("ayer", "a.b.c", ".", "ñ" * 400, "%00", "WzEwLCJhIl0.Zm9v.YmFy", "0" * 4000)


@pytest.mark.parametrize("path", ["/audit/check", "/audit/check/piece"])
def test_a_marker_that_is_none_starts_from_the_first_row_and_says_so(signed_in: SignedIn, rows: int, path: str) -> None:
    alma = signed_in(ALMA)
    for typed in BAD_MARKERS:
        page = alma.get(f"{path}?from={typed}")
        assert ANEW in page and f"10 de {rows} renglones" in page, typed


def test_a_marker_is_of_one_person_and_one_hour_and_cannot_be_made(
    signed_in: SignedIn, store: Store, rows: int
) -> None:
    alma, carla = signed_in(ALMA), signed_in(CARLA)
    path = onward(alma.get("/audit/check"))
    assert f"20 de {rows} renglones" in alma.get(path)
    carla.get("/audit/check")
    page = carla.get(path)
    assert ANEW in page and f"10 de {newest(store)} renglones" in page
    page, _steps = to_the_end(carla, page)
    assert ANEW in page and WHOLE in page, "it is said until the end"
    assert ANEW in alma.get(path[:-1] + ("A" if path[-1] != "A" else "B"))
    with time_machine.travel(now() + timedelta(minutes=59)):
        assert ANEW not in alma.get(path)
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert ANEW in alma.get(path)


def test_another_portal_of_the_same_installation_goes_on_with_it(
    app: Flask, signed_in: SignedIn, store: Store, rows: int
) -> None:
    alma = signed_in(ALMA)
    path = onward(alma.get("/audit/check"))
    other = Visitor(create_app(app.extensions["netreg.settings"], store).test_client())
    other.sign_in(ALMA)
    assert f"20 de {rows} renglones" in other.get(path)


def test_the_check_leaves_one_line_in_the_log_at_its_start(signed_in: SignedIn, store: Store, rows: int) -> None:
    ines = signed_in(INES)
    page = ines.get("/audit/check")
    assert newest(store) == rows + 1
    with time_machine.travel(now() + timedelta(minutes=50)):
        page = ines.get(onward(page))
    with time_machine.travel(now() + timedelta(minutes=100)):
        page, _steps = to_the_end(ines, page)
    assert newest(store) == rows + 1 and f"{WHOLE}: {rows + 1} renglones" in page


def test_in_english_too(signed_in: SignedIn, rows: int) -> None:
    alma = signed_in(ALMA)
    assert f"10 of {rows} rows" in alma.get("/audit/check?lang=en")
    assert "it was somebody else's" in alma.get("/audit/check?from=x")


@pytest.mark.browser
def test_in_a_browser_the_check_goes_on_to_its_end_by_itself(
    chromium: Browser, address: str, store: Store, rows: int
) -> None:
    page, complaints = enter(chromium, address, ALMA, 390)
    pieces: list[str] = []
    page.on("request", lambda asked: pieces.append(asked.url) if "/audit/check/piece" in asked.url else None)
    page.goto(address + "/audit")
    with page.expect_navigation():
        page.click("text=Comprobar la cadena")
    expect(page.locator(".notice-success")).to_contain_text(f"{WHOLE}: {rows} renglones")
    expect(page.locator(".notice-success code")).to_have_text(head(store))
    expect(page.locator("[aria-live]")).not_to_have_attribute("aria-busy", "true")
    assert len(pieces) == rows // 10 and complaints == []
    check(page, 390)
    page.context.close()


@pytest.mark.browser
def test_in_a_browser_that_runs_no_scripts_the_bar_and_the_link_are_seen(
    chromium: Browser, address: str, rows: int, app: Flask
) -> None:
    page, _complaints = enter(chromium, address, ALMA, 390)
    state = page.context.storage_state()
    page.context.close()
    still = chromium.new_context(
        viewport={"width": 390, "height": 800}, locale="es-MX", java_script_enabled=False, storage_state=state
    ).new_page()
    still.goto(address + "/audit/check")
    expect(still.locator("progress")).to_have_attribute("value", "10")
    while still.locator("progress").count():
        with still.expect_navigation():
            still.click("noscript a")
    expect(still.locator(".notice-success")).to_contain_text(f"{WHOLE}: {rows} renglones")
    still.context.close()


@pytest.mark.browser
def test_a_check_whose_reader_was_signed_out_leads_to_the_door(chromium: Browser, address: str, rows: int) -> None:
    page, _complaints = enter(chromium, address, ALMA, 390)
    page.route("**/audit/check/piece*", lambda route: (page.context.clear_cookies(), route.continue_()))
    page.goto(address + "/audit/check")
    expect(page).to_have_url(re.compile("/login"))
    page.context.close()
