"""The report as a workbook and as a CSV: read back, every number is a number and nothing from outside is ever run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from netreg.office import Office
from netreg.procedures import trends
from netreg.procedures.counting import Case, Count, Month
from netreg.procedures.particulars import Said
from netreg.procedures.report_book import LONGEST_NAME, put, sheet_name, to_xlsx
from netreg.procedures.report_sheet import to_csv
from netreg.procedures.trends import Overview, Workload

MEXICO, FEBRUARY = ZoneInfo("America/Mexico_City"), Month(2026, 2)
NOON = datetime(2026, 2, 2, 18, tzinfo=UTC)
NASTY = ['=HYPERLINK("http://198.51.100.7","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "#REF!", "{=A1}"]


def overview(*cases: Case) -> Overview:
    months = tuple(one.report for one in trends.year_to(cases, FEBRUARY, MEXICO, NOON, {}).values())
    work = Workload(Count(), {}, {"=cmd|' /C calc'!A0": Count(("E1",))})
    named = {case.folio: case for case in cases}
    return Overview(Said(es="=Todos", en="All"), months[-1], months, work, named, {}, has_term=True, has_lead=False)


def nasty() -> Overview:
    """Areas, reasons and words that a spreadsheet would run."""
    took = timedelta(hours=80)
    return overview(*(
        Case(f"ADJ-P03-2026-{number:05}", text, NOON, NOON + timedelta(days=9), "rejected", (text,), took,
             late_reason=text, late_words=text)
        for number, text in enumerate(NASTY, 1)
    ))  # fmt: skip


def test_w_09_nothing_in_the_workbook_is_a_formula_and_what_was_written_is_there() -> None:
    book = load_workbook(io.BytesIO(to_xlsx(nasty(), Office(), NOON)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula, no error"
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert set(NASTY) - {"\r=1"} <= texts, "as it was, and as text"
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(("=", "+", "-", "@")))


def test_w_09_no_cell_of_the_csv_begins_like_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(nasty(), Office()).decode("utf-8-sig"))))
    assert len(rows) > 40
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any("HYPERLINK" in cell for row in rows for cell in row)


def test_numbers_are_numbers_and_each_list_has_a_sheet_of_its_own() -> None:
    one = Case("ADJ-P03-2026-00001", "Obras", NOON, NOON + timedelta(days=1), "approved", (), timedelta(hours=24))
    book = load_workbook(io.BytesIO(to_xlsx(overview(one), Office(), NOON)))
    first = {row[0].value: row[1].value for row in book["Cifras"].iter_rows()}
    assert (
        first["Recibidas"] == 1 and first["Atención (atendidas / recibidas)"] == 100 and first["Tiempo mediano"] == 24
    )
    assert {"Recibidas y atendidas por mes", "Por área", "Rechazos por motivo", "Folios"} <= set(book.sheetnames)
    assert book["Folios"]["A2"].value == one.folio
    assert book["Por área"].freeze_panes == "A2"


@pytest.mark.parametrize("text", ["0", "7", "100.0 %", "24.5 h"])
def test_what_is_wholly_a_number_is_one(text: str) -> None:
    cell = Workbook().active["A1"]
    put(cell, text)
    assert cell.data_type == "n" and float(cell.value) == float(text.split()[0])


@pytest.mark.parametrize("text", ["007", "1e5", "12.345", "١", "5 MB", "2026-02", "", "1\n2"])
def test_what_only_looks_like_one_stays_text(text: str) -> None:
    cell = Workbook().active["A1"]
    put(cell, text)
    assert cell.data_type == "s"


@given(st.text(max_size=80))
def test_any_text_can_be_written_and_none_becomes_a_formula(text: str) -> None:
    cell = Workbook().active["A1"]
    put(cell, text)
    assert cell.data_type in ("s", "n")


@given(st.lists(st.text(max_size=60), max_size=8))
def test_every_sheet_has_a_name_that_a_spreadsheet_takes_and_its_own(titles: list[str]) -> None:
    book = Workbook()
    for title in titles:
        name = sheet_name(title, book.sheetnames)
        assert 0 < len(name) <= LONGEST_NAME and not set(name) & set("\\/*?:[]")
        assert name.casefold() not in {one.casefold() for one in book.sheetnames}
        book.create_sheet(name)
