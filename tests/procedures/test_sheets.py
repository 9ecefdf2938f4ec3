"""What a request's page prints: the area's letter ready to sign, the stamped receipt, the turn slip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from netreg import events
from netreg.errors import NotFound
from netreg.office import Office
from netreg.procedures import asking, sheets, tickets
from netreg.procedures.asking import Form
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.letters.reading import pages, says
from tests.people import ANA, BETO, CARLA, SOFIA, computer, phone, phones
from tests.procedures.test_answer import signed, stand_in
from tests.procedures.test_tickets import PAPER, SARA, act, extend, received, sent, turned_over

Sheet = Callable[..., bytes]
HEAD = Office().letterhead


def printed(store: Store, sheet: Sheet, reference: str) -> bytes:
    with store.reading() as session:
        ticket = queries.ticket(session, reference)
        office = replace(store.office, letterhead=replace(HEAD, unit="Gobierno Digital", phone="722 100 0000"))
        return sheet(session, ticket, tickets.definition(session, ticket), office, now())


def test_the_areas_letter_is_addressed_signed_and_whole(sqlite_store: Store) -> None:
    reference = sent(sqlite_store, phone(1, holder="Eva Sol"), computer("OBRAS-01"))
    pdf = printed(sqlite_store, sheets.request_letter, reference)
    for words in ("Carla Ríos", "Tomás Gil", "Titular de Obras Públicas", "A4:83:E7:00:00:01", "OBRAS-01", "Eva Sol",
                  "Municipal, WiFi", "Trabajo de campo", "E1", "Al firmar, esta área declara"):  # fmt: skip
        assert says(pdf, words), words
    assert len(pages(pdf)) == 1 and not says(pdf, "aviso_privacidad") and not says(pdf, "falta")


def test_the_area_writes_under_its_own_name_and_numbers_its_letter_itself(sqlite_store: Store) -> None:
    pdf = printed(sqlite_store, sheets.request_letter, sent(sqlite_store))
    head = pages(pdf)[0].split("Oficio núm.")[0]
    assert "Obras Públicas" in head and "Gobierno" not in head and not says(pdf, "722 100 0000")
    with sqlite_store.transaction(ANA.email) as tx:
        ticket = queries.ticket(tx.session, "E1")
        ticket.form = {**ticket.form, "letter_number": "OP/012/2026"}
        tx.record(events.FileHandedIn(ticket=ticket.id, reference="E1", kind="request_letter", pages=1))
    assert says(printed(sqlite_store, sheets.request_letter, "E1"), "OP/012/2026")


def test_an_area_without_a_head_on_record_has_a_line_for_the_name(sqlite_store: Store) -> None:
    reference = sent(sqlite_store, by=BETO)
    with sqlite_store.transaction("cli:root") as tx:
        carla = queries.known_person(tx.session, CARLA.email)
        people.set_active(tx, carla, False)
    pdf = printed(sqlite_store, sheets.request_letter, reference)
    assert says(pdf, "Nombre y firma") and says(pdf, "Titular de Sistema DIF") and not says(pdf, "Carla")
    assert says(pdf, sqlite_store.office.signatory_post)


def test_a_replacement_says_which_phone_goes_out_by_its_last_octets(sqlite_store: Store) -> None:
    (old,) = phones(sqlite_store, 1)
    with sqlite_store.transaction(ANA.email) as tx:
        queries.device(tx.session, old).authorisation.state = "active"
        tx.record(events.DeviceActivated(device=old))
    pdf = printed(sqlite_store, sheets.request_letter, sent(sqlite_store, replace(phone(9), replaces=str(old))))
    assert says(pdf, "la sustitución que se detalla") and says(pdf, "Sustituye a") and says(pdf, "00:01")
    assert says(pdf, "A4:83:E7:00:00:09") and not says(pdf, "A4:83:E7:00:00:01")


def test_the_letter_is_printed_until_it_is_received_and_again_when_it_comes_back(sqlite_store: Store) -> None:
    sent(sqlite_store)
    folio = act(sqlite_store, SOFIA, "E1", **PAPER).folio or ""
    with pytest.raises(NotFound):
        printed(sqlite_store, sheets.request_letter, folio)
    extend(sqlite_store, CARLA, folio, "return_for_correction")
    assert printed(sqlite_store, sheets.request_letter, folio)
    with sqlite_store.transaction(ANA.email) as tx:
        ticket, ana = queries.ticket(tx.session, folio), queries.known_person(tx.session, ANA.email)
        asking.redraft(tx, ticket, Form("Obra", wanted=[phone(2)]), seen=ticket.version)
        asking.send(tx, ticket, ana, accepted=True)
    assert says(printed(sqlite_store, sheets.request_letter, folio), "A4:83:E7:00:00:02")
    extend(sqlite_store, ANA, folio, "withdraw")
    with pytest.raises(NotFound):
        printed(sqlite_store, sheets.request_letter, folio)


def test_the_turn_slip_says_who_turned_what_over_with_which_instruction(sqlite_store: Store) -> None:
    folio = received(sqlite_store)
    with pytest.raises(NotFound):
        printed(sqlite_store, sheets.turn_slip, folio)
    act(sqlite_store, CARLA, folio, instruction="Atender hoy")
    pdf = printed(sqlite_store, sheets.turn_slip, folio)
    for words in (folio, "Carla Ríos", "Área de Informática", "Atender hoy", "Obras Públicas", "Fecha límite"):
        assert says(pdf, words), words
    assert "a4:83" not in " ".join(pages(pdf)).lower()


def test_without_words_of_the_coordinator_the_slip_has_the_usual_instruction(sqlite_store: Store) -> None:
    folio = received(sqlite_store, by=BETO)
    stand_in(sqlite_store, SARA)
    act(sqlite_store, SARA, folio)
    pdf = printed(sqlite_store, sheets.turn_slip, folio)
    assert says(pdf, sheets.INSTRUCTION) and says(pdf, "Sara Vega") and says(pdf, "Por ausencia")


def test_a_request_that_came_back_after_its_turn_keeps_the_slip_of_the_last_one(sqlite_store: Store) -> None:
    folio = turned_over(sqlite_store)
    extend(sqlite_store, CARLA, folio, "return_for_correction")
    with sqlite_store.transaction(ANA.email) as tx:
        ticket, ana = queries.ticket(tx.session, folio), queries.known_person(tx.session, ANA.email)
        asking.redraft(tx, ticket, Form("Obra", wanted=[phone(2)]), seen=ticket.version)
        asking.send(tx, ticket, ana, accepted=True)
    act(sqlite_store, SOFIA, folio, **PAPER)
    extend(sqlite_store, CARLA, folio, "return_for_correction")
    assert says(printed(sqlite_store, sheets.turn_slip, folio), "Atender"), "a return is no turn"


def test_the_receipt_says_when_it_came_in_what_it_was_and_what_follows(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        printed(sqlite_store, sheets.receipt, sent(sqlite_store))
    act(sqlite_store, SOFIA, "E1", paper=True, annexes="2", letter_number="OP/012/2026", letter_date="2026-11-18")
    pdf = printed(sqlite_store, sheets.receipt, "E1")
    for words in ("Sofía Cano", "Ana López", "OP/012/2026", "18 de noviembre de 2026", "00:01", "Qué sigue"):
        assert says(pdf, words), words


def test_every_sheet_of_one_request_can_be_printed_to_the_end(sqlite_store: Store, tmp_path: object) -> None:
    sqlite_store.office = replace(sqlite_store.office, files=tmp_path)
    folio = signed(sqlite_store)
    for sheet in (sheets.receipt, sheets.turn_slip):
        assert printed(sqlite_store, sheet, folio).startswith(b"%PDF")
