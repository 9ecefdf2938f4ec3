"""A month is frozen at its cut, once, with what was counted then; what changes later is an adjustment."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader

from netreg.office import Office
from netreg.procedures import report_lines, report_sheet, reporting
from netreg.procedures.counting import Month
from netreg.procedures.figures import Report
from netreg.procedures.trends import Overview
from netreg.registry import queries
from netreg.store.transaction import Store
from tests.people import SOFIA, phone
from tests.procedures.test_reporting import OCTOBER, START, answered, overview
from tests.procedures.test_tickets import act, turned_over
from tests.procedures.test_timing import delivered_now

CUT = datetime(2026, 11, 6, 6, tzinfo=UTC)  # midnight after the 5th, at the office


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path)


def freeze(store: Store, at: datetime) -> list[str]:
    with store.transaction("schedule") as tx:
        return reporting.freeze(tx, at)


def october(store: Store, at: datetime) -> Report:
    with store.reading() as session:
        return reporting.report(session, "ADJ-P03", OCTOBER, store.office, at)


def test_the_figure_is_frozen_at_the_cut_and_not_before_and_only_once(store: Store) -> None:
    folio = answered(store, 1, START, START + timedelta(days=1))
    assert freeze(store, CUT - timedelta(seconds=1)) == [] and october(store, CUT).frozen is None
    assert freeze(store, CUT) == ["ADJ-P03 2026-10"]
    assert freeze(store, CUT + timedelta(days=1)) == []
    found = october(store, CUT + timedelta(days=20))
    assert found.frozen and not found.frozen.late and found.frozen.at == CUT
    assert found.official.attended.folios == (folio,) and found.adjustments == ()
    with store.reading() as session:
        (event,) = [one for one in queries.audit(session) if one.name == "report.month_frozen"]
        assert "se congeló la cifra de 2026-10" in event.sentence() and event.facts["after"]["received"] == [folio]


def test_what_changes_after_the_cut_is_an_ajuste_on_page_pdf_and_csv_and_the_figure_stands(store: Store) -> None:
    with time_machine.travel(START, tick=False):
        folio = turned_over(store, phone(1))
    finish(store, folio, START + timedelta(days=1))
    freeze(store, CUT)
    with time_machine.travel(CUT + timedelta(days=2), tick=False):
        act(store, SOFIA, folio, reason="No quisieron firmar")
    found = october(store, CUT + timedelta(days=3))
    assert found.official.attended.folios == (folio,) and found.official.text() == "100.0 %"
    beside = overview(store, OCTOBER, CUT + timedelta(days=3))
    assert beside.report == found
    (line,) = [line for line in report_lines.lines(beside) if line.what.startswith("Ajuste")]
    assert report_sheet.said(line) == ("Ajuste: atendidas", "+0 −1", f"− {folio}")
    pages = PdfReader(BytesIO(report_sheet.sheet(beside, store.office, CUT))).pages
    said = " ".join(page.extract_text() for page in pages)
    assert "Ajuste: atendidas" in said and "Cifra congelada al corte del 06/11/2026 00:00" in said
    assert ["Ajuste: atendidas", "'+0 −1", f"− {folio}"] in rows(beside, store.office)


def finish(store: Store, folio: str, at: datetime) -> None:
    """Reject, answer and deliver; the copy is still out."""
    with time_machine.travel(at, tick=False):
        delivered_now(store, folio)


def rows(found: Overview, office: Office) -> list[list[str]]:
    return list(csv.reader(io.StringIO(report_sheet.to_csv(found, office).decode("utf-8-sig"))))


def test_after_an_outage_every_month_is_frozen_with_what_was_counted_at_its_cut_and_says_it_was_late(
    store: Store,
) -> None:
    with time_machine.travel(START, tick=False):
        folio = turned_over(store, phone(1))
    finish(store, folio, START + timedelta(days=1))
    with time_machine.travel(CUT + timedelta(days=2), tick=False):
        act(store, SOFIA, folio, reason="No quisieron firmar")
    back = CUT + timedelta(days=70)
    assert freeze(store, back) == ["ADJ-P03 2026-10", "ADJ-P03 2026-11", "ADJ-P03 2026-12"]
    found = october(store, back)
    assert found.official.attended.folios == (folio,), "delivered at the cut, whatever was noted later"
    assert (
        found.frozen
        and found.frozen.late
        and "se congeló tarde, el 15/01/2027" in report_lines.frozen_text(found, store.office)
    )


def test_a_service_without_requests_freezes_nothing(store: Store) -> None:
    assert freeze(store, CUT) == []


def test_a_request_of_a_later_month_is_not_in_a_figure_that_is_frozen_late(store: Store) -> None:
    own = answered(store, 1, START, START + timedelta(days=1))
    answered(store, 2, START + timedelta(days=60), START + timedelta(days=61))
    freeze(store, START + timedelta(days=200))
    assert october(store, START + timedelta(days=201)).official.received.folios == (own,)
    with store.reading() as session:
        november = reporting.frozen(session, "ADJ-P03", Month(2026, 11), store.office)
    assert november is not None and november.official.text() == "sin solicitudes"


def test_the_csv_has_every_list_and_no_cell_that_a_spreadsheet_would_run(store: Store) -> None:
    folio = answered(store, 1, START, START + timedelta(days=9))
    found = overview(store, OCTOBER, START + timedelta(days=10))
    lines = rows(found, store.office)
    assert ["Folio", "Horas", "Causa"] in lines and [folio, "168.0", "sin causa escrita"] in lines
    assert ["Recibidas", "1", "acuses del mes"] in lines
    assert all(not cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
