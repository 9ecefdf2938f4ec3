"""The report of a procedure without a term, of all procedures together, of one area, and of the work that lies open."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import insert

from netreg.office import Office
from netreg.procedures import catalogue, report_charts, report_lines, reporting
from netreg.procedures.procedure import parse
from netreg.procedures.trends import Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.models import Definition, Move, Ticket
from netreg.store.transaction import Store
from tests.people import ANA, BETO, SOFIA, phone
from tests.procedures.test_freezing import CUT, freeze
from tests.procedures.test_reporting import OCTOBER, START, answered, overview
from tests.procedures.test_tickets import extend, received, sent, turned_over

DESIGN = "GCH-CCS-P05"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path)


@pytest.fixture
def design(monkeypatch: pytest.MonkeyPatch) -> str:
    """A procedure without a term that wants seven working days in advance; the text of its definition."""
    text = files(catalogue.__package__).joinpath("ADJ-P03.toml").read_text(encoding="utf-8")
    for old, new in {
        'code = "ADJ-P03"': f'code = "{DESIGN}"',
        "[sla]\napplies = true": "[sla]\napplies = false",
        "[lead_time]\napplies = false": '[lead_time]\napplies = true\nvalue = 7\nunit = "business_days"\n'
        'counting = "business"\nanchor = "needed_on"',
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    there = catalogue.procedures() | {DESIGN: parse(text, DESIGN)}
    monkeypatch.setattr(catalogue, "procedures", lambda: there)
    return text


def asked(store: Store, text: str, number: int, at: datetime, needed: str, closed: datetime | None = None) -> str:
    """A request of that procedure, received then and perhaps ended; its folio. Past the engine: figures only read."""
    folio, sha256 = f"{DESIGN}-2026-{number:05}", hashlib.sha256(text.encode()).hexdigest()
    with store.reading() as session:
        area, known = queries.area(session, "OBRAS").id, session.get(Definition, sha256) is not None
    with store.engine.begin() as connection:
        if not known:
            connection.execute(insert(Definition).values(sha256=sha256, code=DESIGN, text=text))
        row = {
            "procedure": DESIGN, "definition": sha256, "folio": folio, "area_id": area, "form": {"needed_on": needed},
            "step": 3, "status": "concluida" if closed else "turnada", "opened": at, "sent": at, "received": at,
            "closed": closed, "outcome": "completed" if closed else "", "once": folio,
        }  # fmt: skip
        ticket = connection.execute(insert(Ticket).values(**row)).inserted_primary_key[0]  # type: ignore[index]
        if closed:
            end = {"ticket_id": ticket, "at": closed, "actor": SOFIA.email, "left": 11, "to": 0, "answer": "else"}
            connection.execute(insert(Move).values(**end))
    return folio


def whats(found: Overview) -> set[str]:
    return {line.what for line in report_lines.lines(found)} | {
        chart.picture.name for chart in report_charts.charts(found)
    }


def test_a_procedure_without_a_term_shows_no_share_in_term_but_how_many_came_in_time(store: Store, design: str) -> None:
    early = asked(store, design, 1, START, "2026-10-30", START + 2 * DAY)
    late = asked(store, design, 2, START, "2026-10-08", START + 4 * DAY)
    found = overview(store, OCTOBER, START + 5 * DAY, Scope(DESIGN))
    assert found.report.official.attended.folios == (early, late)
    assert (found.report.lead.in_time.folios, found.report.lead.too_late.folios) == ((early,), (late,))
    assert str(found.report.times.median) == "72.0" and found.report.times.in_term_percent is None
    assert not whats(found) & {"En término, de las atendidas", "Atendidas en 24 h", "term"}
    assert {"Recibidas con la anticipación debida", "lead"} <= whats(found)


def test_one_with_a_term_and_no_days_in_advance_shows_it_the_other_way_round(store: Store, design: str) -> None:
    answered(store, 1, START, START + DAY)
    asked(store, design, 1, START, "2026-10-30", START + DAY)
    found = overview(store, OCTOBER, START + 2 * DAY, Scope("ADJ-P03"))
    assert {"En término, de las atendidas", "Atendidas en 24 h", "term"} <= whats(found)
    assert not whats(found) & {"Recibidas con la anticipación debida", "lead", "procedures"}


def test_all_together_are_the_sum_and_each_is_told_apart(store: Store, design: str) -> None:
    own = answered(store, 1, START, START + DAY)
    other = asked(store, design, 1, START, "2026-10-30")
    found = overview(store, OCTOBER, START + 2 * DAY)
    assert found.report.official.received.folios == (own, other) and found.report.official.text() == "50.0 %"
    assert [(one.name, str(one.percent)) for one in found.report.by_procedure] == [
        ("ADJ-P03", "100.0"),
        (DESIGN, "0.0"),
    ]
    assert {"term", "lead", "procedures"} <= whats(found) and found.subject.es == "Todos los procedimientos"


def test_an_area_is_counted_alone_its_frozen_part_too(store: Store) -> None:
    own = answered(store, 1, START, START + DAY)
    with time_machine.travel(START, tick=False):
        theirs = received(store, phone(2), by=BETO)
    freeze(store, CUT)
    for code, folio, attended in (("OBRAS", own, (own,)), ("DIF", theirs, ())):
        with store.reading() as session:
            scope = Scope("ADJ-P03", queries.area(session, code))
            found = reporting.overview(session, scope, OCTOBER, store.office, CUT + DAY)
        assert (found.report.official.received.folios, found.report.official.attended.folios) == ((folio,), attended)
        assert found.report.frozen and found.report.adjustments == () and set(found.cases) == {folio}
        assert found.subject.en.endswith(f", {found.report.by_area[0].name}")


def test_frozen_months_of_two_procedures_add_up_and_an_adjustment_is_seen_in_the_sum(store: Store, design: str) -> None:
    own = answered(store, 1, START, START + DAY)
    first = asked(store, design, 1, START, "2026-10-30", START + DAY)
    assert sorted(freeze(store, CUT)) == ["ADJ-P03 2026-10", f"{DESIGN} 2026-10"]
    late = asked(store, design, 2, START, "2026-10-30", START + DAY)
    found = overview(store, OCTOBER, CUT + DAY)
    assert found.report.official.received.folios == (own, first)
    assert {one.what: one.added.folios for one in found.report.adjustments} == {
        "received": (late,),
        "attended": (late,),
    }


def test_the_year_ends_with_the_month_and_frozen_months_stand_in_it(store: Store) -> None:
    folio = answered(store, 1, START, START + DAY)
    freeze(store, CUT)
    found = overview(store, OCTOBER.following.following, CUT + 60 * DAY)
    assert [str(one.official.month) for one in (found.months[0], found.months[-1])] == ["2026-01", "2026-12"]
    october = found.months[-3]
    assert october.frozen and october.official.attended.folios == (folio,)


# --- open work ------------------------------------------------------------------------------------------------------


def test_open_work_lies_with_the_unit_whose_turn_it_is_and_with_everybody_who_may_do_it(store: Store) -> None:
    with time_machine.travel(START, tick=False):
        waiting = sent(store, phone(1))
        folio = turned_over(store, phone(2))
        back = received(store, phone(3))
        extend(store, SOFIA, back, "return_for_correction", "Falta la firma")
    work = overview(store, OCTOBER, START + DAY).workload
    assert work.open.folios == tuple(sorted((waiting, folio, back)))
    assert {unit.es: count.folios for unit, count in work.by_unit.items()} == {
        "Área Secretarial CGDI": (waiting,), "Área de Informática": (folio,), "Área u Organismo solicitante": (back,),
    }  # fmt: skip
    assert work.by_person["Sofía Cano"].folios == (waiting,) and work.by_person["Inés Mora"].folios == (folio,)
    assert ANA.name not in work.by_person, "what waits for an area is not the office's work"


def test_a_draft_and_what_is_closed_are_nobody_s_work(store: Store) -> None:
    with time_machine.travel(START, tick=False):
        extend(store, ANA, received(store, phone(1)), "withdraw", "Ya no hace falta")
    work = overview(store, OCTOBER, START + DAY).workload
    assert not len(work.open) and not work.by_unit and not work.by_person


# --- what is not about devices --------------------------------------------------------------------------------------


def test_a_refusal_without_a_code_has_a_cause_all_the_same(store: Store, design: str) -> None:
    folio = asked(store, design, 1, START, "2026-10-30", START + DAY)
    with store.engine.begin() as connection:
        connection.execute(Ticket.__table__.update().values(outcome="refused"))  # type: ignore[attr-defined]
    found = overview(store, OCTOBER, START + 2 * DAY).report
    assert found.by_outcome["rejected"].folios == found.by_reason["none"].folios == (folio,)


@pytest.mark.parametrize("why", ["duplicate", "void"])
def test_what_ended_as_a_duplicate_counts_nowhere_and_is_listed(store: Store, design: str, why: str) -> None:
    folio = asked(store, design, 1, START, "2026-10-30", START + DAY)
    with store.engine.begin() as connection:
        connection.execute(Ticket.__table__.update().values(outcome=why))  # type: ignore[attr-defined]
    found = overview(store, OCTOBER, START + 2 * DAY).report.official
    assert found.excluded.folios == (folio,) and not len(found.received) and not len(found.attended)


def test_one_that_is_opened_again_stays_attended_on_the_day_of_its_first_end(store: Store, design: str) -> None:
    folio = asked(store, design, 1, START, "2026-10-30", START + DAY)
    with store.engine.begin() as connection:
        connection.execute(Ticket.__table__.update().values(closed=None, outcome=""))  # type: ignore[attr-defined]
    case = overview(store, OCTOBER, START + 9 * DAY).cases[folio]
    assert case.attended == START + DAY and case.elapsed == DAY
