"""Two people before one request: the second is told what the first did, and loses nothing (workflow, test W-01)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, expect

from netreg.store.base import now
from netreg.store.transaction import Store
from portal.serving import serving
from tests.people import ANA, BETO, CARLA, INES, SARA, SOFIA, TOMAS, Member
from tests.portal.conftest import Visitor, a_request, row
from tests.portal.test_browser import check, chromium, enter
from tests.procedures.test_tickets import look

__all__ = ["chromium"]
SignedIn = Callable[[Member], Visitor]
PHONES = [f"a4:83:e7:11:22:{n}" for n in range(31, 40)]
WORDS = "Falta el número de inventario del equipo"


def status(store: Store, folio: str) -> str:
    return str(look(store, folio, lambda ticket: ticket.status))


def test_whoever_comes_second_sees_who_did_what_and_keeps_every_word(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, *PHONES[:2], who=BETO)
    ines, sara = signed_in(INES), signed_in(SARA)
    old = sara.seen(folio)
    ines.post(f"/requests/{folio}/devices/1/approve")
    page = sara.post(f"/requests/{folio}/ways/return_for_correction", 409, seen=old, note=WORDS)
    assert "Inés Mora" in page and f">{WORDS}</textarea>" in page and status(store, folio) == "en_revision"


def test_sent_once_more_it_goes_through(signed_in: SignedIn, store: Store) -> None:
    carla, sofia = signed_in(CARLA), signed_in(SOFIA)
    signed_in(ANA).ask(PHONES[0])
    old = carla.seen("E1")
    sofia.post("/requests/E1/ways/return_for_correction", note=WORDS)
    page = carla.post("/requests/E1/ways/return_for_correction", 409, seen=old, note="Otra cosa")
    assert "Lo que escribió ya no tiene un campo" in page and "Otra cosa" in page, "the form is gone, the words are not"
    assert status(store, "E1") == "prevenida"


def test_every_form_of_the_page_says_up_to_where_its_reader_knows_the_request(
    signed_in: SignedIn, store: Store
) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        folio = a_request(store, *PHONES[:2])
    draft = signed_in(ANA).fill(PHONES[3])
    for who, reference in ((ANA, draft), (ANA, folio), (INES, folio), (CARLA, folio)):
        page = signed_in(who).get(f"/requests/{reference}")
        forms = re.findall(rf'<form method="post" action="(/requests/{reference}[^"]*)"(.*?)</form>', page, re.DOTALL)
        assert forms, who.name
        assert [action for action, inside in forms if 'name="seen"' not in inside] == [], who.name


def test_a_rejection_keeps_its_reason_and_its_words(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, *PHONES[:2], who=BETO)
    ines, sara = signed_in(INES), signed_in(SARA)
    old = sara.seen(folio)
    ines.post(f"/requests/{folio}/devices/2/approve")
    page = sara.post(
        f"/requests/{folio}/devices/1/reject", 409, seen=old, code="unfit_device", reason="Sin parches desde 2019"
    )
    assert 'value="unfit_device" selected' in page and 'value="Sin parches desde 2019"' in page


def test_an_approval_that_somebody_else_was_quicker_with_says_so(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, *PHONES[:2], who=BETO)
    ines, sara = signed_in(INES), signed_in(SARA)
    old = sara.seen(folio)
    ines.post(f"/requests/{folio}/devices/1/reject", code="unfit_device")
    page = sara.post(f"/requests/{folio}/devices/1/approve", 409, seen=old)
    assert "Inés Mora" in page
    assert look(store, folio, lambda t: t.devices[0].authorisation.state) == "rejected"


def test_what_one_did_oneself_is_no_collision_until_a_step_is_left(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, *PHONES[:2], who=BETO)
    ines = signed_in(INES)
    old = ines.seen(folio)
    ines.post(f"/requests/{folio}/devices/1/approve", seen=old)
    ines.post(f"/requests/{folio}/devices/2/approve", seen=old)
    page = ines.post(f"/requests/{folio}/delay", 409, seen=old, why="workload")
    assert "Inés Mora concluyó el paso 4" in page


def test_a_form_that_is_sent_twice_leaves_one_step(signed_in: SignedIn, store: Store) -> None:
    signed_in(ANA).ask(PHONES[0])
    sofia = signed_in(SOFIA)
    old = sofia.seen("E1")
    sofia.post("/requests/E1/act", seen=old, answer="else", paper="yes")
    sofia.post("/requests/E1/act", 409, seen=old, answer="else", paper="yes")
    assert look(store, "E1", lambda ticket: ticket.step) == 3


def test_the_area_reads_what_changed_and_no_name_of_the_office(signed_in: SignedIn, store: Store) -> None:
    ana, tomas = signed_in(ANA), signed_in(TOMAS)
    ana.ask(PHONES[0])
    old = ana.seen("E1")
    signed_in(SOFIA).act("E1", paper="yes")
    page = ana.post("/requests/E1/ways/withdraw", 409, seen=old, note="Ya no hace falta")
    assert "La oficina concluyó el paso 2" in page and "Sofía" not in page and ">Ya no hace falta</textarea>" in page
    tomas.post("/requests/E1/ways/withdraw", seen=tomas.seen("E1"), note="Se canceló la obra")
    assert "Tomás Gil" in ana.post("/requests/E1/ways/withdraw", 409, seen=ana.marks["E1"], note="Ya no")


def test_a_form_that_does_not_say_what_its_reader_saw_is_refused(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, PHONES[0])
    ines = signed_in(INES)
    for seen in ("", "x", "-"):
        assert "Vuelva a abrir la página" in ines.post(f"/requests/{folio}/devices/1/approve", 400, seen=seen)
    assert look(store, folio, lambda t: t.devices[0].authorisation.state) == "requested"


def test_a_file_for_a_step_that_is_over_is_not_filed_as_something_else(signed_in: SignedIn, store: Store) -> None:
    ana, sofia = signed_in(ANA), signed_in(SOFIA)
    ana.ask(PHONES[0])
    old = ana.seen("E1")
    sofia.act("E1", paper="yes")
    assert "La oficina" in ana.post("/requests/E1/files", 409, seen=old, kind="request_letter")


@pytest.mark.browser
@pytest.mark.parametrize("width", (390, 1280))
def test_in_a_browser_the_second_finds_the_change_at_the_top_and_the_words_in_the_field(
    chromium: Browser, app: Flask, store: Store, signed_in: SignedIn, width: int
) -> None:
    folio = a_request(store, *PHONES[:2], who=BETO)
    with serving(app, host="127.0.0.1", port=0, threads=8) as address:
        page, _complaints = enter(chromium, address, SARA, width)
        page.goto(f"{address}/requests/{folio}")
        page.click("text=Devolver para corrección >> nth=0")
        page.fill("[name=note]", WORDS)
        signed_in(INES).post(f"/requests/{folio}/devices/1/reject", code="unfit_device")
        page.locator("form", has=page.locator("[name=note]")).first.locator("button.btn-outline-danger").click()
        expect(page.locator("#changed-title")).to_be_in_viewport()
        expect(page.locator(".notice-danger").first).to_contain_text("Inés Mora")
        expect(page.locator("[name=note]").first).to_have_value(WORDS)
        check(page, width)
        page.context.close()


def test_two_of_an_area_who_correct_one_request_do_not_overwrite_each_other(signed_in: SignedIn, store: Store) -> None:
    ana, tomas = signed_in(ANA), signed_in(TOMAS)
    draft = ana.fill(PHONES[0])
    for visitor in (ana, tomas):
        visitor.get(f"/requests/{draft}/correct")
    old, typed = tomas.marks[draft], {"once": "x" * 20, **row(mac=PHONES[1], holder="Eva Paz")}
    ana.post(f"/requests/{draft}/correct", **{"once": "y" * 20, "purpose": "Supervisión", **row(mac=PHONES[2])})
    grown = tomas.post(f"/requests/{draft}/correct", 409, seen=old, action="add", purpose="Cobranza", **typed)
    assert "Ana López guardó un borrador" in grown
    page = tomas.post(f"/requests/{draft}/correct", 409, seen=old, purpose="Cobranza", **typed)
    assert 'value="Cobranza"' in page and 'value="Eva Paz"' in page and f'value="{PHONES[1]}"' in page
    assert look(store, draft, lambda t: t.purpose) == "Supervisión"
    tomas.post(f"/requests/{draft}/correct", purpose="Cobranza", **typed)
    assert look(store, draft, lambda t: (t.purpose, t.devices[0].holder)) == ("Cobranza", "Eva Paz")


def test_what_was_corrected_after_a_colleague_sent_it_is_shown_to_be_copied(signed_in: SignedIn, store: Store) -> None:
    ana, tomas = signed_in(ANA), signed_in(TOMAS)
    draft = ana.fill(PHONES[0])
    tomas.get(f"/requests/{draft}/correct")
    old = tomas.marks[draft]
    ana.send(draft)
    page = tomas.post(
        f"/requests/{draft}/correct", 409, seen=old, once="x" * 20, purpose="Cobranza", **row(mac=PHONES[1])
    )
    assert "Lo que escribió ya no tiene un campo" in page and "Cobranza" in page and PHONES[1] in page


def test_who_follows_a_request_stands_in_nobodys_way_and_a_text_of_the_catalogue_hides_no_change(
    signed_in: SignedIn, store: Store
) -> None:
    folio = a_request(store, *PHONES[:2])
    ines, tomas, carla = signed_in(INES), signed_in(TOMAS), signed_in(CARLA)
    old = ines.seen(folio)
    tomas.post(f"/requests/{folio}/follow", follow="yes")
    way = f"/requests/{folio}/ways/return_for_correction"
    assert "Falta el oficio" in ines.post(way, 200, seen=old, code="letter_missing", begin="yes")
    carla.post(f"/requests/{folio}/note", internal_note="Ya lo vi con el área")
    page = ines.post(way, 409, seen=old, code="letter_missing", note="Ojo", begin="yes")
    assert "Carla Ríos escribió una nota interna" in page and ">Ojo</textarea>" in page
