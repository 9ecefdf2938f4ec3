"""The dashboard of a month: every number leads to as many requests as it says, for those who may see them."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from openpyxl import load_workbook

from netreg.office import Office
from netreg.opening import open_store
from netreg.store.transaction import Store
from tests.databases import furnished_database
from tests.people import ALMA, ANA, BETO, CARLA, INES, NORA, SOFIA, Member, phone
from tests.portal.conftest import Visitor
from tests.procedures.test_freezing import CUT, freeze
from tests.procedures.test_reporting import START, answered
from tests.procedures.test_tickets import extend, received, sent, turned_over

SignedIn = Callable[[Member], Visitor]
LINK = re.compile(r'href="(/report/list\?[^"]+)">(\d+)<')
OCTOBER = "/report?month=2026-10"


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office to be copied: requests answered in term and late, returned, withdrawn, and three that lie open."""
    folder = tmp_path_factory.mktemp("october")
    with furnished_database("sqlite", folder) as url:
        store = open_store(url, office=Office(files=folder / "files", retention_key=folder / "retention.key"))
        answered(store, 1, START, START + timedelta(days=1))
        answered(store, 2, START - timedelta(days=20), START + timedelta(days=2), receipt=False)
        answered(store, 3, START, START + timedelta(days=21))
        with time_machine.travel(START + timedelta(days=1), tick=False):
            extend(store, ANA, received(store, phone(4)), "withdraw", "Ya no hace falta")
            extend(store, SOFIA, received(store, phone(5)), "return_for_correction", "Falta la firma")
            turned_over(store, phone(6), by=BETO)
            sent(store, phone(7))
        store.engine.dispose()
    return folder


@pytest.fixture
def busy(october: Path, store: Store, tmp_path: Path) -> Store:
    """That October of two areas, in an office of this test's own."""
    with (
        closing(sqlite3.connect(october / "netreg.db")) as kept,
        closing(sqlite3.connect(tmp_path / "netreg.db")) as own,
    ):
        kept.backup(own)
    shutil.copytree(october / "files", tmp_path / "files", dirs_exist_ok=True)
    return store


@pytest.mark.parametrize(
    "path", [OCTOBER, "/report?month=2026-09", f"{OCTOBER}&area=DIF", f"{OCTOBER}&procedure=ADJ-P03"]
)
def test_w_13_the_list_behind_every_number_has_as_many_rows_as_the_number_says(
    signed_in: SignedIn, busy: Store, path: str
) -> None:
    carla = signed_in(CARLA)
    links = {unescape(link): int(number) for link, number in LINK.findall(carla.get(path))}
    assert len(links) > 5
    for link, number in links.items():
        listed = carla.get(link)
        assert listed.count('<th scope="row"') == number > 0, link
        assert f"({number})</h1>" in listed


def test_every_chart_is_a_picture_with_a_name_and_the_table_behind_it(signed_in: SignedIn, busy: Store) -> None:
    page = signed_in(CARLA).get(OCTOBER)
    pictures = re.findall(r"<svg class=\"picture\".*?</svg>", page, re.DOTALL)
    assert len(pictures) == 9
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        names = {one.get("id") for one in root if one.get("id")}
        assert set(str(root.get("aria-labelledby")).split()) == names and root.get("role") == "img"
    sections = [section for section in page.split("<section")[1:] if "</svg>" in section]
    assert len(sections) == len(pictures)
    for section in sections:
        assert section.index("</svg>") < section.index("<details>") < section.index("<table")


def test_the_same_in_english(signed_in: SignedIn, busy: Store) -> None:
    page = signed_in(CARLA).get(f"{OCTOBER}&lang=en")
    for said in (
        "Report of October 2026", "Received and attended by month", "Answered of those received", "All procedures",
        "Open today, by person", "Over term (2)", "November 2025",
    ):  # fmt: skip
        assert said in page, said
    assert "Recibidas" not in page and "Atendidas" not in page


def test_a_frozen_month_says_so_and_an_open_one_too(signed_in: SignedIn, busy: Store) -> None:
    carla = signed_in(CARLA)
    assert "El mes sigue abierto" in carla.get(OCTOBER)
    freeze(busy, CUT)
    page = carla.get(OCTOBER)
    assert "Cifra congelada al corte del 06/11/2026 00:00." in page and "El mes sigue abierto" not in page


def test_the_files_are_of_what_is_shown_and_named_for_it(signed_in: SignedIn, busy: Store) -> None:
    carla = signed_in(CARLA)
    page = carla.get(f"{OCTOBER}&procedure=ADJ-P03&area=DIF")
    links = [unescape(link) for link in re.findall(r'href="(/report/[a-z]+\.(?:pdf|xlsx|csv)\?[^"]+)"', page)]
    kinds = {}
    for link in links:
        answer = carla.client.get(link)
        assert answer.status_code == 200 and "informe-2026-10-ADJ-P03-area-2" in answer.headers["Content-Disposition"]
        kinds[link.partition("?")[0].rpartition(".")[2]] = answer.data
    assert kinds["pdf"].startswith(b"%PDF") and kinds["csv"].startswith(b"\xef\xbb\xbfInforme,2026-10")
    figures = {row[0].value: row[1].value for row in load_workbook(io.BytesIO(kinds["xlsx"]))["Cifras"].iter_rows()}
    assert figures["Recibidas"] == 1 and figures["De"].endswith("Sistema DIF")


def test_what_does_not_exist_is_told_in_words(signed_in: SignedIn, busy: Store) -> None:
    carla = signed_in(CARLA)
    for path in ("/report?area=NADIE", "/report?procedure=ADJ-P99", "/report/list?of=nada", "/report/list"):
        carla.get(path, 404)
    carla.get("/report?month=2026-13", 400)
    assert "<script>" not in carla.get("/report/list?of=<script>", 404)
    assert "sin solicitudes" in carla.get("/report?month=2020-01")


@pytest.mark.parametrize("who", [ANA, BETO, SOFIA, NORA])
def test_figures_are_for_the_coordinator_it_and_the_auditor(signed_in: SignedIn, busy: Store, who: Member) -> None:
    visitor = signed_in(who)
    for path in (
        "/report",
        "/report/list?of=received",
        "/report/figures.csv",
        "/report/figures.xlsx",
        "/report/sheet.pdf",
    ):
        assert visitor.client.get(path).status_code == 403, path


@pytest.mark.parametrize("who", [CARLA, INES, ALMA])
def test_whoever_sees_a_number_may_open_what_is_behind_it(signed_in: SignedIn, busy: Store, who: Member) -> None:
    visitor = signed_in(who)
    listed = visitor.get("/report/list?of=received&month=2026-10")
    for folio in re.findall(r'href="(/requests/[^"]+)"', listed):
        if folio != "/requests/new":
            visitor.get(folio)
