"""An area asks: every field is checked, one form is one request, and folios have no gap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netreg.errors import DuplicateMac, InvalidValue, NotFound, Refused
from netreg.procedures import asking, device_access
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, PASSWORD, ask, computer, mac, phone
from tests.processes import ask_for, together


def folios(store: Store) -> list[str]:
    with store.reading() as session:
        return sorted((ticket.folio or ticket.reference)[-5:] for ticket in queries.tickets(session))


BAD = {
    "no address": (replace(phone(1), mac=""), "mac", "E_EMPTY"),
    "an IMEI": (replace(phone(1), mac="356938035643809"), "mac", "E_IMEI"),
    "a random address": (replace(phone(1), mac="da:a1:19:00:00:01"), "mac", "E_RANDOM"),
    "a placeholder": (replace(phone(1), mac="02:00:00:00:00:00"), "mac", "E_PLACEHOLDER"),
    "nobody who holds it": (replace(phone(1), holder=" "), "holder", "E_EMPTY"),
    "a holder with hidden characters": (replace(phone(1), holder="Ana\u202eanA"), "holder", "E_HIDDEN"),
    "a name that is too long": (computer("A" * 16), "computer_name", "E_FORM"),
    "another kind": (replace(phone(1), kind="toaster"), "kind", "E_CHOICE"),
    "another owner": (replace(phone(1), ownership="stolen"), "ownership", "E_CHOICE"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_field_is_named_and_nothing_is_stored(sqlite_store: Store, name: str) -> None:
    wanted, field, code = BAD[name]
    with pytest.raises(InvalidValue) as refused:
        ask(sqlite_store, phone(2), wanted)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert folios(sqlite_store) == []


SAME = {
    "the same address twice": ((phone(1), replace(phone(2), mac=mac(1).upper().replace(":", "-"))), "E_SAME_MAC"),
    "the same computer twice": ((computer("OBRAS-1"), computer("obras-1")), "E_SAME_NAME"),
    "no device": ((), "E_DEVICES"),
    "too many devices": (tuple(phone(n) for n in range(21)), "E_DEVICES"),
}


@pytest.mark.parametrize("name", SAME)
def test_a_letter_that_contradicts_itself_is_refused(sqlite_store: Store, name: str) -> None:
    wanted, code = SAME[name]
    with pytest.raises((InvalidValue, DuplicateMac)) as refused:
        ask(sqlite_store, *wanted)
    assert refused.value.code == code
    assert folios(sqlite_store) == []


def send(store: Store, once: str, wanted: Wanted) -> str:
    with store.transaction(ANA.email) as tx:
        return asking.submit(tx, queries.area(tx.session, "OBRAS"), None, "Obra", [wanted], once=once).reference


def test_a_form_that_is_sent_twice_is_one_request(store: Store) -> None:
    once = "a" * 20
    assert send(store, once, phone(1)) == send(store, once, phone(1)) == "E1"
    assert folios(store) == ["E1"]


def test_copies_of_one_form_that_come_at_once_are_one_request(database: str, store: Store) -> None:
    answers = together(ask_for, [(database, [1], "a" * 20)] * 6)
    assert answers == [answers[0]] * 6
    assert folios(store) == ["00001"]


@pytest.mark.parametrize("once", ["short", "a" * 65, "with blanks inside it", "a" * 19 + "\n"])
def test_a_forms_mark_is_not_free_text(sqlite_store: Store, once: str) -> None:
    with pytest.raises(InvalidValue):
        send(sqlite_store, once, phone(1))


def test_a_transaction_that_fails_leaves_no_gap_in_the_folios(store: Store) -> None:
    ask(store, phone(1))
    with pytest.raises(ZeroDivisionError), store.transaction(ANA.email) as tx:
        area = queries.area(tx.session, "OBRAS")
        device_access.put_through(tx, asking.submit(tx, area, None, "Obra", [phone(2)]))
        raise ZeroDivisionError
    ask(store, phone(3), by=BETO)
    assert folios(store) == ["00001", "00002"]


def test_the_folio_of_another_area_looks_like_one_that_does_not_exist(store: Store) -> None:
    ask(store, phone(1))
    with store.reading() as session:
        folio = queries.tickets(session)[0].folio
        dif = queries.area(session, "dif").id
        answers = []
        for asked in (folio, "ADJ-P03-2026-99999"):
            with pytest.raises(NotFound) as missing:
                queries.ticket(session, asked, dif)
            answers.append((missing.value.code, missing.value.text("es"), missing.value.text("en")))
    assert answers[0] == answers[1]


PEOPLE = {
    "a used e-mail": ((ANA.email.upper(), "Otra", ("it",), PASSWORD), "person_exists"),
    "no e-mail": (("ana", "Otra", ("it",), PASSWORD), "E_FORM"),
    "an unknown role": (("x@municipio.gob.mx", "Otra", ("king",), PASSWORD), "role_unknown"),
    "no role": (("x@municipio.gob.mx", "Otra", (), PASSWORD), "role_unknown"),
    "a liaison of no area": (("x@municipio.gob.mx", "Otra", ("liaison",), PASSWORD), "area_missing"),
    "a short password": (("x@municipio.gob.mx", "Otra", ("it",), "corta"), "E_PASSWORD"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_added_whole_or_not_at_all(sqlite_store: Store, name: str) -> None:
    arguments, code = PEOPLE[name]
    with pytest.raises(Refused) as refused, sqlite_store.transaction(ACTOR) as tx:
        people.add_person(tx, *arguments)
    assert refused.value.code == code
    assert "corta" not in str(refused.value)


@pytest.mark.parametrize(("code", "name"), [("obras", "Otra"), ("NUEVA", "Obras Públicas")])
def test_an_area_is_added_once_whatever_the_case_of_its_code(sqlite_store: Store, code: str, name: str) -> None:
    with pytest.raises(InvalidValue) as refused, sqlite_store.transaction(ACTOR) as tx:
        people.add_area(tx, code, name)
    assert refused.value.code == "area_exists"
