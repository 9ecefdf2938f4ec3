"""The weekly report on paper and in a spreadsheet: nothing from outside is run, and nobody reads more than they may."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from pypdf import PdfReader

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.policy.week import Week
from netreg.procedures import rogue_sheet
from netreg.registry import rogues
from netreg.registry.commands.sightings import note_source
from netreg.registry.rogues import Report
from netreg.store.transaction import Store
from tests.people import mac
from tests.registry.conftest import sqlite_store
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, later

__all__ = ["sqlite_store"]


def report(store: Store) -> Report:
    zone = store.office.zone
    with store.reading() as session:
        return rogues.report(session, Week.of(NOW, zone), zone, later(days=6), blind_after=timedelta(minutes=30))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def printed(content: bytes) -> str:
    return " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_a_place_that_looks_like_a_formula_is_a_text_in_the_csv(sqlite_store: Store) -> None:
    hear(sqlite_store, Heard(ROGUE, port="=HYPERLINK(1)"), source="fdb", place="=cmd|'/c calc'!A1")
    lines = read(rogue_sheet.to_csv(report(sqlite_store), sqlite_store.office, whole=True))
    cells = [cell for line in lines for cell in line]
    assert str(ROGUE) in cells and not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_without_the_right_to_it_nobody_reads_a_whole_address(sqlite_store: Store) -> None:
    hear(sqlite_store, Heard(ROGUE), Heard(RANDOM))
    found, office = report(sqlite_store), sqlite_store.office
    masked = rogue_sheet.to_csv(found, office, whole=False).decode("utf-8-sig")
    assert str(ROGUE) not in masked and ROGUE.masked in masked
    paper = printed(rogue_sheet.sheet(found, office, whole=False))
    assert str(ROGUE)[:8] not in paper and str(RANDOM)[:8] not in paper


def test_the_sheet_tells_each_device_its_decision_and_who_was_looking(sqlite_store: Store) -> None:
    hear(sqlite_store, Heard(ROGUE), Heard(RANDOM))
    with sqlite_store.transaction("agent:scan") as tx:
        note_source(tx.session, "capture:patio", NOW, error="no such interface")
    paper = printed(rogue_sheet.sheet(report(sqlite_store), sqlite_store.office, whole=True))
    assert "2 equipos sin registro, 2 sin decidir" in paper and "dirección inventada" in paper
    assert "CIS 1.3, barrido activo, palacio: vio 2 equipos en 1 días de la semana" in paper
    assert "CIS 1.5, escucha de la red, patio: no vio a nadie en la semana. Hoy no ve nada." in paper


def test_a_week_without_anything_says_so_and_proves_nothing(sqlite_store: Store) -> None:
    paper = printed(rogue_sheet.sheet(report(sqlite_store), sqlite_store.office, whole=True))
    assert "no prueba nada" in paper and "0 equipos sin registro" in paper


def test_a_storm_is_printed_in_part_and_says_where_the_rest_is(sqlite_store: Store) -> None:
    number = rogue_sheet.MOST_PRINTED + 1
    hear(sqlite_store, *(Heard(MacAddress(mac(0x1000 + one))) for one in range(number)))
    found = report(sqlite_store)
    assert f"de {number}; los demás están en el CSV" in printed(
        rogue_sheet.sheet(found, sqlite_store.office, whole=True)
    )
    assert len(rogue_sheet.rows(found, sqlite_store.office, whole=True)) == number
