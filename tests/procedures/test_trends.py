"""A month among the eleven before it says what it says alone; a request comes in time or too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netreg.policy.calendar import Calendar
from netreg.procedures.counting import Case, Count, Month
from netreg.procedures.figures import Frozen, lead_times, official, report, times
from netreg.procedures.lead_times import in_time as in_time_for
from netreg.procedures.particulars import LeadTime
from netreg.procedures.trends import YEAR, year_to
from tests.procedures.test_figures import FEBRUARY, JANUARY, MEXICO, NOW, any_cases, at, case

HOURS = LeadTime(applies=True, value=72, unit="hours", anchor="event_start")
WEEK = LeadTime(applies=True, value=7, unit="business_days", counting="business", anchor="needed_on")
THREE_DAYS = WEEK.model_copy(update={"value": 3})


@given(any_cases())
@settings(deadline=None)
def test_each_month_of_the_year_says_what_its_own_report_says(cases: list[Case]) -> None:
    frozen = {JANUARY: Frozen.of(official(cases[::2], JANUARY, MEXICO), NOW, MEXICO)}
    found = year_to(cases, FEBRUARY, MEXICO, NOW, frozen)
    assert list(found) == [FEBRUARY.back(before) for before in range(YEAR - 1, -1, -1)]
    for month, one in found.items():
        assert one.report == report(cases, month, MEXICO, NOW, frozen.get(month))


@given(any_cases(), any_cases(), st.booleans())
@settings(deadline=None)
def test_a_month_counted_before_stands_while_its_cases_do(first: list[Case], then: list[Case], froze: bool) -> None:
    """Whatever was counted before, what is said now is what would be said anew."""
    frozen = {JANUARY: Frozen.of(official(then[::2], JANUARY, MEXICO), NOW, MEXICO)} if froze else {}
    before = year_to(first, FEBRUARY, MEXICO, NOW, {})
    found = year_to(then, FEBRUARY, MEXICO, NOW, frozen, before)
    assert found == year_to(then, FEBRUARY, MEXICO, NOW, frozen)
    again = year_to(list(then), FEBRUARY, MEXICO, NOW, frozen, found)
    assert all(again[month] is found[month] for month in found)


def test_months_go_back_over_the_year() -> None:
    assert (JANUARY.back(0), JANUARY.back(1), JANUARY.back(11)) == (JANUARY, Month(2025, 12), Month(2025, 2))
    assert all(Month(2026, number).back(1).following == Month(2026, number) for number in range(1, 13))


def test_the_figure_of_two_procedures_is_their_sum_and_that_of_an_area_its_part() -> None:
    cases = [
        case(1, "2026-02-02", "2026-02-05", procedure="ADJ-P03"),
        case(2, "2026-02-02", "2026-02-06", procedure="GCH-CCS-P05", area="tesorería"),
        case(3, "2026-01-30", "2026-02-06", procedure="GCH-CCS-P05"),
    ]
    both = official(cases, FEBRUARY, MEXICO)
    assert official(cases[:1], FEBRUARY, MEXICO).plus(official(cases[1:], FEBRUARY, MEXICO)) == both
    here = {one.folio for one in cases if one.area == "obras"}
    assert both.among(here) == official([one for one in cases if one.area == "obras"], FEBRUARY, MEXICO)


def test_what_has_no_term_is_neither_in_term_nor_over_it_and_is_timed_all_the_same() -> None:
    cases = [
        case(1, "2026-02-02", "2026-02-05", elapsed=timedelta(hours=10)),
        case(2, "2026-02-02", "2026-02-20", elapsed=timedelta(hours=100), term=None),
        case(3, "2026-02-02", "2026-02-09", elapsed=timedelta(hours=30), term=24),
    ]
    found = times(cases)
    assert (found.in_term.folios, found.over_term.folios) == ((cases[0].folio,), (cases[2].folio,))
    assert len(found.timed) == 3 and str(found.in_term_percent) == "50.0" and str(found.p90) == "100.0"
    assert [one.folio for one in report(cases, FEBRUARY, MEXICO, NOW).late] == [cases[2].folio]
    assert times(cases[1:2]).in_term_percent is None


def test_the_share_received_in_time_is_of_those_that_had_to_be() -> None:
    cases = [case(number, "2026-02-02", in_time=said) for number, said in enumerate((True, True, False, None))]
    found = lead_times(cases)
    assert (len(found.in_time), len(found.too_late), str(found.percent)) == (2, 1, "66.7")
    assert lead_times(cases[3:]).percent is None


def test_a_weekday_is_local_time() -> None:
    sunday_night = replace(case(1, None), received=at("2026-02-08T23:30"))
    found = report([sunday_night], FEBRUARY, MEXICO, NOW).by_weekday
    assert found == (*(Count(),) * 6, Count((sunday_night.folio,)))


# --- lead times (decisions, with the worked examples of the procedures) --------------------------------


@pytest.mark.parametrize(
    ("lead", "needed", "received", "in_time"),
    [
        (HOURS, "2026-11-23T19:00", "2026-11-20T19:00:00", True),
        (HOURS, "2026-11-23T19:00", "2026-11-20T19:00:01", False),
        (HOURS, "2026-11-23T19:00", "2026-11-23T09:00:00", False),
        (WEEK, "2026-12-09", "2026-11-30T16:00:00", True),
        (WEEK, "2026-12-09", "2026-12-01T09:00:00", False),
        (WEEK, "2026-11-20", "2026-11-10T16:00:00", True),
        (WEEK, "2026-11-20", "2026-11-11T09:00:00", False),
        (THREE_DAYS, "2026-12-09", "2026-12-04T16:00:00", True),
        (THREE_DAYS, "2027-02-05", "2027-02-02T12:00:00", True),
        (THREE_DAYS, "2027-02-05", "2027-02-03T09:00:00", False),
        (THREE_DAYS, "2026-12-28", "2026-12-22T12:00:00", True),
    ],
)
def test_a_request_comes_in_time_to_the_minute_or_to_the_working_day(
    lead: LeadTime, needed: str, received: str, in_time: bool
) -> None:
    assert in_time_for(lead, needed, at(received), Calendar()) is in_time


@pytest.mark.parametrize("needed", [None, "", "mañana", 7, "2026-13-40", ["2026-11-20"]])
def test_without_a_day_or_a_rule_nothing_is_in_time_nor_late(needed: object) -> None:
    assert in_time_for(WEEK, needed, at("2026-11-10T12:00"), Calendar()) is None
    assert in_time_for(LeadTime(applies=False), "2026-11-20", at("2026-11-10T12:00"), Calendar()) is None


@given(st.datetimes(datetime(2025, 11, 1), datetime(2026, 5, 1)), st.integers(0, 200))
def test_whoever_comes_earlier_is_not_later(received: datetime, hours: int) -> None:
    moment = received.replace(tzinfo=MEXICO)
    for lead in (HOURS, WEEK, THREE_DAYS):
        if in_time_for(lead, "2026-03-02", moment, Calendar()):
            assert in_time_for(lead, "2026-03-02", moment - timedelta(hours=hours), Calendar())
