"""The month's figures from real tickets: the number is the list behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from pypdf import PdfReader

from netreg.office import Office
from netreg.procedures import cases, report_lines, report_sheet, reporting
from netreg.procedures.counting import Month
from netreg.procedures.figures import Report
from netreg.procedures.trends import Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, INES, LEON, SOFIA, phone
from tests.procedures.test_tickets import ACCEPTED, PAPER, act, extend, first_device, sent, turned_over

START = datetime(2026, 10, 5, 15, tzinfo=UTC)  # a Monday, 9:00 at the office
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
EVERYTHING = Scope()
TEXT = "No procede el folio {folio}.\n\n{equipos_rechazados}"


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path)


def report(store: Store, month: Month, at: datetime) -> Report:
    with store.reading() as session:
        return reporting.report(session, "ADJ-P03", month, store.office, at)


def overview(store: Store, month: Month, at: datetime, scope: Scope = EVERYTHING) -> Overview:
    with store.reading() as session:
        return reporting.overview(session, scope, month, store.office, at)


def answered(store: Store, number: int, received: datetime, delivered: datetime, receipt: bool = True) -> str:
    """A request that was rejected and answered at these instants."""
    with time_machine.travel(received, tick=False):
        folio = turned_over(store, phone(number))
    with time_machine.travel(delivered, tick=False):
        with store.transaction(INES.email) as tx:
            one = queries.device(tx.session, first_device(store, folio))
            devices.reject(tx, one, queries.person(tx.session, INES.email), "not_official_use")
        act(store, LEON, folio, paragraphs=TEXT)
        act(store, CARLA, folio, "yes")
        act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
        act(store, SOFIA, folio, **({"signed": "yes"} if receipt else {"reason": "No quiso"}))
    return folio


def test_received_in_october_and_answered_in_november_counts_in_each_month_where_it_belongs(store: Store) -> None:
    own = answered(store, 1, START, START + timedelta(days=1))
    late = answered(store, 2, START, START + timedelta(days=30))
    october, november = (report(store, month, START + timedelta(days=40)) for month in (OCTOBER, NOVEMBER))
    assert (october.official.received.folios, october.official.attended.folios) == ((own, late), (own,))
    assert str(october.official.percent) == "50.0" and str(october.cohort.percent) == "100.0"
    assert november.official.carried_over.folios == (late,) and november.official.text() == "sin solicitudes"
    assert october.by_reason["not_official_use"].folios == (own,)
    assert (october.times.in_term.folios, november.times.over_term.folios) == ((own,), (late,))


def test_scenario_35_one_that_nobody_signed_for_is_attended_on_the_day_of_the_note(store: Store) -> None:
    folio = answered(store, 1, START, START + timedelta(days=2), receipt=False)
    october = report(store, OCTOBER, START + timedelta(days=3))
    assert october.official.attended.folios == october.undelivered.folios == (folio,)


def test_scenario_38_a_pause_of_two_working_days_keeps_a_four_day_answer_in_term(store: Store) -> None:
    with time_machine.travel(START, tick=False):
        folio = str(act(store, SOFIA, sent(store), **PAPER).folio)
    with time_machine.travel(START + timedelta(hours=1), tick=False):
        extend(store, CARLA, folio, "return_for_correction", "Falta la firma")
    with time_machine.travel(START + timedelta(days=2, hours=1), tick=False):
        act(store, ANA, folio, **ACCEPTED)
        act(store, SOFIA, folio, **PAPER)
        act(store, CARLA, folio)
    with time_machine.travel(START + timedelta(days=4), tick=False), store.transaction(INES.email) as tx:
        one = queries.device(tx.session, first_device(store, folio))
        devices.reject(tx, one, queries.person(tx.session, INES.email), "unfit_device")
    with store.reading() as session:
        (case,) = cases.as_of(session, "ADJ-P03", store.office.calendar, START + timedelta(days=5))
    assert case.elapsed == timedelta(days=2) and case.resubmitted == (START + timedelta(days=2, hours=1),)
    assert [pause.cause for pause in case.pauses] == ["Falta la firma"]


def test_a_withdrawn_request_was_received_and_is_attended_when_it_ends(store: Store) -> None:
    with time_machine.travel(START, tick=False):
        folio = str(act(store, SOFIA, sent(store), **PAPER).folio)
        extend(store, ANA, folio, "withdraw", "Ya no hace falta")
    october = report(store, OCTOBER, START + timedelta(days=1))
    assert october.by_outcome["withdrawn"].folios == october.official.attended.folios == (folio,)


def test_the_printed_report_says_the_same_numbers_and_lists_the_folios(store: Store) -> None:
    folio = answered(store, 1, START, START + timedelta(days=1))
    found = overview(store, OCTOBER, START + timedelta(days=2))
    pages = PdfReader(BytesIO(report_sheet.sheet(found, store.office, START))).pages
    said = " ".join(page.extract_text() for page in pages)
    assert folio in said and "100.0 %" in said and "octubre de 2026" in said and "Obras Públicas" in said


def test_a_month_without_requests_prints_too(sqlite_store: Store) -> None:
    found = overview(sqlite_store, NOVEMBER, START)
    assert report_sheet.sheet(found, Office(), START).startswith(b"%PDF")
    said = [report_sheet.said(line) for line in report_lines.lines(found)]
    assert ("Atención (atendidas / recibidas)", "sin solicitudes", "puede pasar de 100 %") in said
