"""The clocks of a request: what counts, what stands still, and that late is a colour and never a barrier."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.policy.calendar import Calendar, Counting
from netreg.policy.calendar_dates import Dated, Span
from netreg.procedures.clocks import Pause, due, elapsed, merged, read

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = Calendar()
SATURDAY = (Span(time(9), time(11)), Span(time(12), time(14)))
RICH = OFFICE.with_rows(
    [
        Dated(date(2026, 11, 23), date(2026, 11, 24), "Inventario"),
        Dated(date(2026, 11, 28), date(2026, 11, 28), "Jornada", hours=SATURDAY),
    ]
)
CALENDARS = st.sampled_from((OFFICE, RICH))
COUNTINGS: st.SearchStrategy[Counting] = st.sampled_from(("working_day_hours", "natural", "business_hours"))
# Whole hours as well as any instant, because rules break where two things happen at once.
INSTANTS = st.integers(0, 24 * 40).map(lambda hours: datetime(2026, 11, 6, 6, tzinfo=UTC) + timedelta(hours=hours)) | (
    st.datetimes(datetime(2026, 11, 6), datetime(2026, 12, 16), timezones=st.just(UTC))
)
HOURS = st.integers(0, 96)
CLOSED_PAUSES = st.tuples(INSTANTS, INSTANTS).map(lambda pair: Pause(min(pair), max(pair), "prevenida"))
OPEN_PAUSES = INSTANTS.map(lambda start: Pause(start, None, "prevenida"))
PAUSES = st.lists(CLOSED_PAUSES, max_size=4) | st.lists(CLOSED_PAUSES | OPEN_PAUSES, max_size=4)


def at(text: str) -> datetime:
    """The instant that a clock in Mexico City shows like this."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


ACUSE = at("2026-11-20T13:00")  # a Friday
PREVENIDA = Pause(at("2026-11-23T10:00"), at("2026-11-25T10:00"), "falta el oficio firmado")


# --- the scenarios --------------------------------------------------------------------------------------------------


def test_scenario_2_the_acuse_of_friday_13_00_is_due_on_wednesday_13_00() -> None:
    reading = read(ACUSE, ACUSE, OFFICE)
    assert reading.due == at("2026-11-25T13:00") and reading.state == "running"
    assert (reading.elapsed, reading.remaining, reading.marks) == (hours(0), hours(72), ())


def test_scenario_38_two_days_paused_and_answered_on_the_fourth_is_in_term_and_the_pause_is_listed() -> None:
    answered = OFFICE.add_working_day_hours(ACUSE, 4 * 24)
    reading = read(ACUSE, answered, OFFICE, answered=answered, pauses=[PREVENIDA])
    assert reading.state == "in_term" and reading.elapsed == hours(48) and reading.paused == hours(48)
    assert reading.due == at("2026-11-27T13:00")
    assert reading.pauses == (PREVENIDA,) and reading.pauses[0].cause == "falta el oficio firmado"
    assert read(ACUSE, answered, OFFICE, answered=answered).state == "answered_late"


def test_w04_a_pause_wholly_inside_a_weekend_changes_nothing() -> None:
    weekend = Pause(at("2026-11-21T09:00"), at("2026-11-22T23:00"), "prevenida")
    for now in ("2026-11-22T10:00", "2026-11-24T10:00", "2026-11-25T13:00", "2026-11-26T10:00"):
        plain, paused = read(ACUSE, at(now), OFFICE), read(ACUSE, at(now), OFFICE, pauses=[weekend])
        assert (paused.elapsed, paused.paused) == (plain.elapsed, timedelta())
    assert due(ACUSE, 72, [weekend], OFFICE) == due(ACUSE, 72, [], OFFICE)


def test_answering_in_ten_minutes_is_in_term_because_24_hours_are_no_wait() -> None:
    answered = ACUSE + timedelta(minutes=10)
    reading = read(ACUSE, at("2026-12-15T10:00"), OFFICE, answered=answered)
    assert (reading.state, reading.elapsed, reading.marks) == ("in_term", timedelta(minutes=10), ())


@pytest.mark.parametrize(
    ("now", "marks", "state"),
    [
        ("2026-11-23T13:00", (), "running"),
        ("2026-11-23T13:01", (24,), "running"),
        ("2026-11-24T13:01", (24, 48), "running"),
        ("2026-11-25T13:00", (24, 48), "running"),
        ("2026-11-25T13:01", (24, 48, 72), "late"),
        ("2026-11-28T10:00", (24, 48, 72), "late"),
    ],
)
def test_the_marks_of_24_48_and_72_hours_are_passed_one_after_the_other(
    now: str, marks: tuple[int, ...], state: str
) -> None:
    reading = read(ACUSE, at(now), OFFICE)
    assert (reading.marks, reading.state) == (marks, state)


def test_a_late_answer_says_by_how_much_and_is_read_like_any_other() -> None:
    answered = at("2026-11-26T15:00")
    reading = read(ACUSE, at("2026-12-01T09:00"), OFFICE, answered=answered)
    assert (reading.state, reading.remaining, reading.marks) == ("answered_late", -hours(26), (24, 48, 72))


def test_the_turno_has_four_office_hours_and_a_turno_after_closing_time_is_late() -> None:
    noon = at("2026-11-20T12:00")
    for done, state in (("2026-11-20T16:00", "in_term"), ("2026-11-20T17:00", "answered_late")):
        reading = read(noon, at(done), OFFICE, answered=at(done), hours=4, counting="business_hours", marks=())
        assert (reading.due, reading.state) == (at("2026-11-20T16:00"), state)


# --- pauses ---------------------------------------------------------------------------------------------------------


def test_while_a_pause_lasts_the_clock_stands_still_and_nothing_is_due() -> None:
    waiting = Pause(PREVENIDA.start, None, "no han traído el equipo")
    soon, later = (read(ACUSE, at(now), OFFICE, pauses=[waiting]) for now in ("2026-11-23T12:00", "2026-12-11T12:00"))
    assert soon.state == later.state == "paused" and soon.due is later.due is None
    assert soon.elapsed == later.elapsed == hours(21) and later.paused == hours(14 * 24 + 2)


def test_a_pause_that_begins_after_the_term_hides_nothing() -> None:
    excuse = Pause(at("2026-11-26T09:00"), None, "prevenida")
    reading = read(ACUSE, at("2026-11-27T09:00"), OFFICE, pauses=[excuse])
    assert (reading.state, reading.due) == ("late", at("2026-11-25T13:00"))


def test_a_past_instant_is_read_with_what_was_known_then() -> None:
    answered = at("2026-11-27T09:00")
    then = read(ACUSE, at("2026-11-24T09:00"), OFFICE, answered=answered, pauses=[PREVENIDA])
    assert (then.state, then.due) == ("paused", None) and then.pauses[0].end is None
    before = read(ACUSE, at("2026-11-23T09:00"), OFFICE, answered=answered, pauses=[PREVENIDA])
    assert (before.state, before.due, before.pauses) == ("running", at("2026-11-25T13:00"), ())


def test_answered_while_paused_is_in_term() -> None:
    waiting = Pause(PREVENIDA.start, None, "prevenida")
    reading = read(ACUSE, at("2026-12-11T12:00"), OFFICE, answered=at("2026-12-10T12:00"), pauses=[waiting])
    assert (reading.state, reading.elapsed, reading.due) == ("in_term", hours(21), None)


def test_overlapping_and_touching_pauses_are_one() -> None:
    one, two, three = at("2026-11-23T09:00"), at("2026-11-23T12:00"), at("2026-11-24T09:00")
    pauses = [
        Pause(two, three, "b"),
        Pause(one, at("2026-11-23T13:00"), "a"),
        Pause(three, at("2026-11-24T10:00"), "c"),
    ]
    assert merged(pauses) == ((one, at("2026-11-24T10:00")),)
    assert merged([*pauses, Pause(two, None, "d")]) == ((one, None),)


def test_a_pause_needs_its_cause_and_ends_after_it_starts() -> None:
    with pytest.raises(InvalidValue) as refused:
        Pause(ACUSE, None, " ")
    assert refused.value.code == "E_CAUSE"
    with pytest.raises(ValueError, match="before it starts"):
        Pause(ACUSE, ACUSE - hours(1), "prevenida")
    with pytest.raises(ValueError, match="before it started"):
        elapsed(ACUSE, ACUSE - hours(1), [], OFFICE)


# --- properties -----------------------------------------------------------------------------------------------------


@given(CALENDARS, INSTANTS, INSTANTS, PAUSES, COUNTINGS)
def test_pauses_only_take_away_and_never_twice(
    calendar: Calendar, one: datetime, two: datetime, pauses: list[Pause], counting: Counting
) -> None:
    start, end = sorted((one, two))
    spent, whole = elapsed(start, end, pauses, calendar, counting), calendar.between(start, end, counting)
    assert timedelta() <= spent <= whole
    assert elapsed(start, end, pauses * 2, calendar, counting) == spent
    apart = [Pause(first, last, "x") for first, last in merged(pauses)]
    assert elapsed(start, end, apart, calendar, counting) == spent
    inside = (calendar.between(max(start, a), min(end, b or end), counting) for a, b in merged(pauses)
              if a < end and (b or end) > start)  # fmt: skip
    assert whole - spent == sum(inside, timedelta())


@given(CALENDARS, INSTANTS, HOURS, PAUSES, COUNTINGS)
def test_when_the_term_is_due_exactly_its_hours_are_spent(
    calendar: Calendar, start: datetime, term: int, pauses: list[Pause], counting: Counting
) -> None:
    end = due(start, term, pauses, calendar, counting)
    if end is None:
        assert merged(pauses)[-1][1] is None
        assert elapsed(start, datetime(2028, 1, 1, tzinfo=UTC), pauses, calendar, counting) <= hours(term)
    else:
        assert end >= start and elapsed(start, end, pauses, calendar, counting) == hours(term)


@given(CALENDARS, INSTANTS, INSTANTS, HOURS, PAUSES)
def test_late_is_when_more_than_the_term_is_spent(
    calendar: Calendar, one: datetime, two: datetime, term: int, pauses: list[Pause]
) -> None:
    start, now = sorted((one, two))
    reading = read(start, now, calendar, pauses=pauses, hours=term, marks=(term,))
    assert (reading.state == "late") == (reading.elapsed > hours(term)) == bool(reading.marks)
    assert reading.elapsed + reading.remaining == hours(term)
    assert reading.elapsed + reading.paused == calendar.working_day_hours_between(start, now)
    assert read(start, now, calendar, pauses=pauses, hours=term, answered=now).elapsed == reading.elapsed


@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS, PAUSES, COUNTINGS)
def test_a_clock_never_runs_backwards(
    calendar: Calendar, one: datetime, two: datetime, three: datetime, pauses: list[Pause], counting: Counting
) -> None:
    start, soon, later = sorted((one, two, three))
    first, second = (read(start, now, calendar, pauses=pauses, counting=counting) for now in (soon, later))
    assert first.elapsed <= second.elapsed and set(first.marks) <= set(second.marks)
    assert not (first.state == "late" and second.state != "late")


@given(CALENDARS, INSTANTS, HOURS, PAUSES, st.integers(0, 13), st.integers(0, 23 * 60), st.integers(0, 23 * 60))
def test_a_pause_wholly_inside_closed_time_changes_nothing(
    calendar: Calendar, start: datetime, term: int, pauses: list[Pause], day: int, one: int, two: int
) -> None:
    closed = [
        date(2026, 11, 7) + timedelta(number)
        for number in range(40)
        if not calendar.is_working(date(2026, 11, 7) + timedelta(number))
    ][day % 8]
    midnight = datetime.combine(closed, time(0), MEXICO)
    first, last = sorted((one, two))
    extra = Pause(midnight + timedelta(minutes=first), midnight + timedelta(minutes=last), "nadie")
    assert due(start, term, [*pauses, extra], calendar) == due(start, term, pauses, calendar)
    end = start + timedelta(days=30)
    assert elapsed(start, end, [*pauses, extra], calendar) == elapsed(start, end, pauses, calendar)
