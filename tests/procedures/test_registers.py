"""The two registers of the manual hold every device that is let in and every letter, and print."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from netreg.errors import InvalidValue
from netreg.office import Office
from netreg.procedures import registers
from netreg.registry.commands import devices
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import CARLA, INES, LEON, SOFIA, do, mac, phone, phones
from tests.procedures.test_answer import REFUSAL, rejected
from tests.procedures.test_tickets import PAPER, act, sent


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path)


def said(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_the_register_of_devices_lists_whoever_is_let_in_or_may_return_and_nobody_else(store: Store) -> None:
    kept, suspended = phones(store, 2)
    sent(store, phone(9))
    do(store, devices.suspend, suspended, "Perdido")
    with store.reading() as session:
        rows = registers.devices(session, store.office, now(), whole=True)
        masked = registers.devices(session, store.office, now(), whole=False)
        printed = said(registers.device_sheet(session, store.office, now(), whole=False))
    assert [row[4] for row in rows] == [mac(1), mac(2)] and kept
    assert all("••" in str(row[4]) for row in masked) and "a4:83" not in printed.lower()
    assert rows[0][0] == "Obras Públicas" and rows[0][5] == "WiFi" and str(rows[0][7]).startswith("ADJ-P03-")
    assert "Registro de equipos conectados" in printed and "Luis Peña" in printed


def test_a_register_that_is_too_long_to_print_says_so_before_it_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones(store, 3)
    monkeypatch.setattr(registers, "MOST_PRINTED", 3)
    with store.reading() as session:
        assert "Luis Peña" in said(registers.device_sheet(session, store.office, now(), whole=False))
    monkeypatch.setattr(registers, "MOST_PRINTED", 2)
    monkeypatch.setattr(registers, "devices", None)
    with store.reading() as session, pytest.raises(InvalidValue, match="3 equipos") as refused:
        registers.device_sheet(session, store.office, now(), whole=False)
    assert refused.value.code == "register_too_long"


def test_the_register_of_letters_holds_what_came_in_and_what_went_out_in_order(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    other = str(act(store, SOFIA, sent(store, phone(5)), **PAPER, letter_number="OP/7/2026").folio)
    with store.reading() as session:
        rows = registers.letters(session, store.office)
        printed = said(registers.letter_sheet(session, store.office, now()))
    assert [row[5] for row in rows] == [folio, folio, other] and str(rows[1][0]).startswith("OF/0001/")
    assert (
        rows[2][0] == "OP/7/2026" and rows[2][6] == 2 and "Registro de oficios" in printed and INES.email not in printed
    )


def test_an_empty_register_prints_too(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        assert registers.letter_sheet(session, Office(), now()).startswith(b"%PDF")
