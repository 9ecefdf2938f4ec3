"""Working time: which days are worked, when the office is open, how hours are counted.

The worked examples are those of the procedures' README, computed there by hand with the 2026-2027 statutory days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import ConfigError, InvalidValue
from netreg.policy.calendar import Calendar, Counting, missing_year
from netreg.policy.calendar_dates import MONDAY_TO_FRIDAY, Dated, Span

MEXICO = ZoneInfo("America/Mexico_City")
OFFICE = Calendar()
MORNING, AFTERNOON = Span(time(9), time(14)), Span(time(15), time(18))
LUNCH = replace(OFFICE, week=((MORNING, AFTERNOON),) * 5 + ((), ()))
VACATION = Dated(date(2026, 12, 21), date(2027, 1, 6), "Segundo periodo vacacional", "Winter vacation", "Gaceta")
GUARD_DAY = Dated(date(2026, 12, 22), date(2026, 12, 22), "Guardia", "Guard day", "", (Span(time(10), time(12)),))
OPEN_SATURDAY = Dated(date(2026, 11, 21), date(2026, 11, 21), "Jornada", "Open day", "", (Span(time(9), time(13)),))
RICH = LUNCH.with_rows([VACATION, GUARD_DAY, OPEN_SATURDAY])
# A zone that still changes its clocks: the border follows the United States.
BORDER = replace(RICH, timezone="America/Tijuana")

CALENDARS = st.sampled_from((OFFICE, LUNCH, RICH, BORDER))
COUNTINGS: st.SearchStrategy[Counting] = st.sampled_from(("working_day_hours", "natural", "business_hours"))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC)) | st.datetimes(
    datetime(2026, 12, 18), datetime(2027, 1, 9), timezones=st.just(MEXICO)
).map(lambda instant: instant.replace(minute=0, second=0, microsecond=0))
HOURS = st.integers(0, 200) | st.integers(0, 200 * 60).map(lambda minutes: minutes / 60)


def at(text: str) -> datetime:
    """The instant that a clock in Mexico City shows like this."""
    return datetime.fromisoformat(text).replace(tzinfo=MEXICO)


# --- days -----------------------------------------------------------------------------------------------------------

STATUTORY = {
    2026: {"01-01", "02-02", "03-16", "05-01", "09-16", "11-16", "12-25"},
    2027: {"01-01", "02-01", "03-15", "05-01", "09-16", "11-15", "12-25"},
}
NAMES = ("Año Nuevo", "Constitución", "Juárez", "Trabajo", "Independencia", "Revolución", "Navidad")


@pytest.mark.parametrize("year", STATUTORY)
def test_the_statutory_days_are_those_of_article_74(year: int) -> None:
    every_day = replace(OFFICE, week=(MONDAY_TO_FRIDAY[0],) * 7)
    days = [date(year, 1, 1) + timedelta(number) for number in range(365)]
    closed = [day for day in days if not every_day.is_working(day)]
    assert {f"{day:%m-%d}" for day in closed} == STATUTORY[year]
    for day, name in zip(closed, NAMES, strict=True):
        reason = every_day.why_closed(day)
        assert reason is not None and name in reason.es and reason.en and "art. 74" in reason.source


def test_the_handover_of_the_federal_executive_is_on_1_october_every_six_years() -> None:
    first_of_october = [year for year in range(2025, 2037) if not OFFICE.is_working(date(year, 10, 1))]
    assert [year for year in first_of_october if date(year, 10, 1).weekday() < 5] == [2030, 2036]


def test_without_the_statutory_rule_only_the_week_and_the_rows_close() -> None:
    bare = replace(OFFICE, statutory="none")
    assert bare.is_working(date(2026, 9, 16)) and not OFFICE.is_working(date(2026, 9, 16))


def test_a_closed_day_says_why_in_both_languages_and_a_working_day_says_nothing() -> None:
    saturday = OFFICE.why_closed(date(2026, 11, 28))
    vacation = RICH.why_closed(date(2026, 12, 23))
    assert saturday is not None and "sábado" in saturday.es and "Saturday" in saturday.en
    assert vacation == VACATION.reason and vacation.source == "Gaceta"
    assert OFFICE.why_closed(date(2026, 11, 20)) is None
    assert Dated(date(2026, 1, 2), date(2026, 1, 2), "Puente").reason.en == "Puente"


def test_an_open_row_is_stronger_than_a_vacation_a_weekend_and_a_statutory_day() -> None:
    christmas = Dated(date(2026, 12, 25), date(2026, 12, 25), "Guardia", "", "", (MORNING,))
    calendar = OFFICE.with_rows([VACATION, GUARD_DAY, OPEN_SATURDAY, christmas])
    for row in (GUARD_DAY, OPEN_SATURDAY, christmas):
        assert calendar.hours_on(row.first) == row.hours and calendar.why_closed(row.first) is None
    assert not calendar.is_working(date(2026, 12, 23))


def test_a_holiday_moved_by_the_gazette_is_an_open_row_and_a_closed_one() -> None:
    moved = OFFICE.with_rows(
        [
            Dated(date(2026, 3, 16), date(2026, 3, 16), "Se labora", hours=MONDAY_TO_FRIDAY[0]),
            Dated(date(2026, 3, 20), date(2026, 3, 20), "Natalicio de Benito Juárez"),
        ]
    )
    assert moved.is_working(date(2026, 3, 16)) and not moved.is_working(date(2026, 3, 20))


def test_two_closed_rows_may_overlap_and_the_one_that_begins_first_gives_the_reason() -> None:
    feast = Dated(date(2026, 12, 28), date(2026, 12, 28), "Fiesta")
    assert OFFICE.with_rows([feast, VACATION]).why_closed(date(2026, 12, 28)) == VACATION.reason


def test_a_new_set_of_rows_is_a_new_version_and_rows_are_kept_once_and_in_order() -> None:
    assert (OFFICE.version, RICH.version) == (1, 2)
    assert OFFICE.with_rows([VACATION, GUARD_DAY, VACATION]) == OFFICE.with_rows([GUARD_DAY, VACATION])


@pytest.mark.parametrize(
    ("day", "n", "last"),
    [
        ("2026-12-09", 7, "2026-11-30"),  # P04, P05
        ("2026-12-09", 3, "2026-12-04"),  # P06
        ("2026-11-20", 7, "2026-11-10"),  # P04, Monday 16 is a holiday
        ("2027-02-05", 3, "2027-02-02"),  # P06, Monday 1 is a holiday
        ("2026-12-28", 3, "2026-12-22"),  # P06, Friday 25 is a holiday
    ],
)
def test_x17_business_days_are_counted_back_without_the_day_itself(day: str, n: int, last: str) -> None:
    assert OFFICE.business_days_back(date.fromisoformat(day), n) == date.fromisoformat(last)
    assert OFFICE.last_reception(date.fromisoformat(day), n) == at(f"{last}T16:00")


@given(CALENDARS, INSTANTS, st.integers(1, 30))
def test_counting_back_passes_over_n_working_days_and_ends_on_one(
    calendar: Calendar, instant: datetime, n: int
) -> None:
    day = calendar.local_day(instant)
    back, ahead = calendar.business_days_back(day, n), calendar.business_days_ahead(day, n)
    assert calendar.is_working(back) and calendar.is_working(ahead)
    assert sum(calendar.is_working(back + timedelta(i)) for i in range((day - back).days)) == n
    assert calendar.business_days_back(ahead, n) <= day <= calendar.business_days_ahead(back, n)


def test_no_business_days_is_the_day_itself_and_fewer_are_nonsense() -> None:
    sunday = date(2026, 11, 22)
    assert OFFICE.business_days_back(sunday, 0) == OFFICE.business_days_ahead(sunday, 0) == sunday
    with pytest.raises(ValueError, match="negative"):
        OFFICE.business_days_back(sunday, -1)
    with pytest.raises(ValueError, match="closed"):
        OFFICE.last_reception(sunday, 0)
    assert OFFICE.last_reception(sunday, 1) == at("2026-11-20T16:00")


# --- the window -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("2026-11-20T08:59:59.999999", "2026-11-20T09:00"),
        ("2026-11-20T09:00", None),
        ("2026-11-20T16:00", None),
        ("2026-11-20T16:00:00.000001", "2026-11-23T09:00"),
        ("2026-11-20T18:00", "2026-11-23T09:00"),
        ("2026-11-13T16:30", "2026-11-17T09:00"),  # Monday 16 is a holiday
        ("2026-11-21T11:00", "2026-11-23T09:00"),
    ],
)
def test_x15_both_ends_of_the_window_are_inside_and_the_rest_waits_for_the_next_opening(
    text: str, opening: str | None
) -> None:
    assert OFFICE.within_window(at(text)) is (opening is None)
    assert OFFICE.next_opening(at(text)) == at(opening or text)


def test_the_lunch_break_is_outside_the_window() -> None:
    assert LUNCH.within_window(at("2026-11-20T14:00")) and LUNCH.within_window(at("2026-11-20T15:00"))
    assert LUNCH.next_opening(at("2026-11-20T14:30")) == at("2026-11-20T15:00")


@given(CALENDARS, INSTANTS)
def test_the_next_opening_is_inside_the_window_and_nothing_before_it_is(calendar: Calendar, instant: datetime) -> None:
    opening = calendar.next_opening(instant)
    assert opening >= instant and opening.tzinfo is UTC and calendar.within_window(opening)
    assert calendar.office_hours_between(instant, opening) == timedelta()


# --- counting -------------------------------------------------------------------------------------------------------

WORKED = [
    ("2026-11-20T13:00", 72, "2026-11-25T13:00"),
    ("2026-11-13T13:00", 24, "2026-11-17T13:00"),  # Monday 16 is a holiday
    ("2026-11-13T13:00", 48, "2026-11-18T13:00"),
    ("2026-11-13T13:00", 72, "2026-11-19T13:00"),
    ("2026-12-24T15:30", 72, "2026-12-30T15:30"),  # Friday 25 is a holiday
    ("2026-11-21T11:00", 72, "2026-11-26T00:00"),  # a Saturday: from Monday 00:00 on
    ("2026-11-21T11:00", 0, "2026-11-23T00:00"),
    ("2026-11-25T00:00", 72, "2026-11-30T00:00"),  # the same time, three working days later
]


@pytest.mark.parametrize(("start", "hours", "end"), WORKED)
def test_x18_the_clock_runs_24_hours_on_each_working_day(start: str, hours: int, end: str) -> None:
    assert OFFICE.add_working_day_hours(at(start), hours) == at(end)
    assert OFFICE.working_day_hours_between(at(start), at(end)) == timedelta(hours=hours)


def test_scenario_2_an_acuse_of_friday_13_00_is_due_on_wednesday_13_00_and_natural_time_would_be_monday() -> None:
    acuse = at("2026-11-20T13:00")
    assert OFFICE.add_working_day_hours(acuse, 72) == at("2026-11-25T13:00")
    assert OFFICE.add(acuse, 72, "natural") == at("2026-11-23T13:00")


def test_p01_sent_after_the_window_is_received_on_monday_ten_hours_ahead_although_73_passed_since_sending() -> None:
    sent, event = at("2026-11-20T18:00"), at("2026-11-23T19:00")
    received = OFFICE.next_opening(sent)
    assert received == at("2026-11-23T09:00")
    assert OFFICE.natural_hours_between(received, event) == timedelta(hours=10)
    assert OFFICE.natural_hours_between(sent, event) == timedelta(hours=73)
    assert OFFICE.natural_hours_between(event, sent) == -timedelta(hours=73)


def test_the_turno_has_four_office_hours_and_ends_at_closing_time() -> None:
    assert OFFICE.add_office_hours(at("2026-11-20T12:00"), 4) == at("2026-11-20T16:00")
    assert OFFICE.add_office_hours(at("2026-11-20T13:00"), 4) == at("2026-11-23T10:00")
    assert LUNCH.add_office_hours(at("2026-11-20T13:00"), 4) == at("2026-11-20T18:00")
    assert OFFICE.office_hours_between(at("2026-11-20T13:00"), at("2026-11-23T10:00")) == timedelta(hours=4)


def test_an_exceptionally_open_saturday_counts_its_24_hours_and_its_own_office_hours() -> None:
    acuse = at("2026-11-20T13:00")
    assert RICH.add_working_day_hours(acuse, 72) == at("2026-11-24T13:00")
    assert RICH.add_office_hours(acuse, 4 + 4) == at("2026-11-21T13:00")


@given(CALENDARS, INSTANTS, st.integers(0, 20))
def test_24_hours_are_the_same_time_one_working_day_later(calendar: Calendar, instant: datetime, days: int) -> None:
    start = calendar.add_working_day_hours(instant, 0).astimezone(ZoneInfo(calendar.timezone))
    end = calendar.add_working_day_hours(start, 24 * days).astimezone(ZoneInfo(calendar.timezone))
    assert end.date() == calendar.business_days_ahead(start.date(), days)
    assert end.time() == start.time()


@given(CALENDARS, INSTANTS, COUNTINGS)
def test_nothing_added_changes_nothing_while_the_clock_runs(
    calendar: Calendar, instant: datetime, counting: Counting
) -> None:
    start = calendar.add(instant, 0, counting)
    assert start >= instant and calendar.between(instant, start, counting) == timedelta()
    assert calendar.add(start, 0, counting) == start
    if calendar.within_window(instant) or counting == "natural":
        assert start == instant


@given(CALENDARS, INSTANTS, HOURS, COUNTINGS)
def test_what_was_added_is_what_lies_between(
    calendar: Calendar, instant: datetime, hours: float, counting: Counting
) -> None:
    assert calendar.between(instant, calendar.add(instant, hours, counting), counting) == timedelta(hours=hours)


@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS, COUNTINGS)
def test_time_between_adds_up_turns_round_and_never_exceeds_natural_time(
    calendar: Calendar, one: datetime, two: datetime, three: datetime, counting: Counting
) -> None:
    first, second, third = sorted((one, two, three))
    whole = calendar.between(first, third, counting)
    assert calendar.between(first, second, counting) + calendar.between(second, third, counting) == whole
    assert calendar.between(third, first, counting) == -whole
    assert timedelta() <= whole <= third - first


@given(CALENDARS, INSTANTS, INSTANTS, HOURS, HOURS, COUNTINGS)
def test_a_later_start_or_more_hours_never_end_earlier(
    calendar: Calendar, one: datetime, two: datetime, few: float, many: float, counting: Counting
) -> None:
    first, second = sorted((one, two))
    fewer, more = sorted((few, many))
    assert calendar.add(first, fewer, counting) <= calendar.add(second, fewer, counting)
    assert calendar.add(first, fewer, counting) <= calendar.add(first, more, counting)


@given(INSTANTS, INSTANTS)
def test_natural_time_is_the_plain_difference(one: datetime, two: datetime) -> None:
    assert BORDER.natural_hours_between(one, two) == two.astimezone(UTC) - one.astimezone(UTC)


def test_a_border_office_keeps_the_time_of_day_over_a_change_of_clocks() -> None:
    friday = datetime(2026, 10, 30, 13, tzinfo=ZoneInfo("America/Tijuana"))
    assert BORDER.add_working_day_hours(friday, 24) == datetime(2026, 11, 2, 13, tzinfo=ZoneInfo("America/Tijuana"))


# --- what is refused ------------------------------------------------------------------------------------------------


def test_an_instant_needs_a_zone_and_a_day_is_no_instant() -> None:
    with pytest.raises(ValueError, match="zone"):
        OFFICE.within_window(datetime(2026, 11, 20, 13))
    with pytest.raises(TypeError, match="local_day"):
        OFFICE.is_working(at("2026-11-20T13:00"))
    with pytest.raises(ValueError, match="negative"):
        OFFICE.add_office_hours(at("2026-11-20T13:00"), -1)


def test_an_unknown_way_to_count_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigError, match="calendar_days") as refused:
        OFFICE.add(at("2026-11-20T13:00"), 1, "calendar_days")  # type: ignore[arg-type]
    assert refused.value.id == "calendar.counting"


@pytest.mark.parametrize("year", [1999, 2100, 9999])
def test_a_year_we_know_nothing_about_is_refused_instead_of_worked_through(year: int) -> None:
    for ask in (
        lambda: OFFICE.is_working(date(year, 5, 5)),
        lambda: OFFICE.business_days_back(date(year, 5, 5), 1),
        lambda: Dated(date(year, 5, 5), date(year, 5, 5), "Fiesta"),
    ):
        with pytest.raises(InvalidValue) as refused:
            ask()
        assert refused.value.code == "E_YEAR"


def test_a_count_towards_the_end_of_time_ends() -> None:
    with pytest.raises(InvalidValue) as refused:
        OFFICE.natural_hours_between(at("2099-12-01T00:00"), datetime(9999, 12, 30, tzinfo=UTC))
    assert refused.value.code == "E_YEAR"


TODAY = date(2026, 11, 20)
MANY = [Dated(TODAY, TODAY, str(number)) for number in range(501)]
NONSENSE = {
    "E_TIMEZONE": lambda: Calendar(timezone="America/Almoloya"),
    "E_WEEK": lambda: Calendar(week=((),) * 7),
    "E_STATUTORY": lambda: Calendar(statutory="mx"),  # type: ignore[arg-type]
    "E_VERSION": lambda: Calendar(version=0),
    "E_HOURS": lambda: Span(time(16), time(9)),
    "E_HOURS_OVERLAP": lambda: Calendar(week=((MORNING, Span(time(14), time(16))),) * 7),
    "E_RANGE": lambda: Dated(TODAY, TODAY - timedelta(1), "Al revés"),
    "E_REASON": lambda: Dated(TODAY, TODAY, " \n"),
    "E_TEXT": lambda: Dated(TODAY, TODAY, "Puente\u202e"),
    "E_OPEN_TWICE": lambda: OFFICE.with_rows([GUARD_DAY, replace(GUARD_DAY, es="Otra guardia")]),
    "E_ROWS": lambda: OFFICE.with_rows(MANY),
}


def test_what_reaches_a_limit_without_passing_it_is_accepted() -> None:
    assert OFFICE.is_working(date(2000, 1, 3)) and OFFICE.is_working(date(2099, 12, 31))
    assert Dated(TODAY, TODAY, "x" * 200).es and len(OFFICE.with_rows(MANY[:500]).rows) == 500
    with pytest.raises(InvalidValue):
        Dated(TODAY, TODAY, "x" * 201)
    with pytest.raises(InvalidValue):
        Span(time(9), time(9))


@pytest.mark.parametrize("code", NONSENSE)
def test_a_calendar_that_makes_no_sense_is_refused_in_both_languages(code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        NONSENSE[code]()
    assert refused.value.code == code and refused.value.field
    assert refused.value.message and refused.value.english and refused.value.message != refused.value.english


@pytest.mark.parametrize("zone", ["", ".", "..", "../../etc/passwd", "/etc/passwd", "America", "a\0b", "México"])
def test_a_zone_is_a_name_and_no_path(zone: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        Calendar(timezone=zone)
    assert refused.value.code == "E_TIMEZONE"


def test_a_period_lasts_a_year_at_most() -> None:
    assert len(list(Dated(TODAY, TODAY + timedelta(365), "Obra").days())) == 366
    with pytest.raises(InvalidValue):
        Dated(TODAY, TODAY + timedelta(366), "Obra")


def test_texts_copied_from_a_document_lose_their_odd_blanks() -> None:
    assert Dated(TODAY, TODAY, "  Segundo\u00a0periodo\n vacacional ").es == "Segundo periodo vacacional"


# --- the yearly reminder --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "missing"),
    [("2026-11-30", None), ("2026-12-01", 2027), ("2026-12-31", 2027), ("2027-01-02", 2027)],
)
def test_from_1_december_somebody_should_load_the_next_year_and_a_vacation_that_reaches_into_it_is_not_it(
    today: str, missing: int | None
) -> None:
    assert missing_year(OFFICE.with_rows([VACATION]), date.fromisoformat(today)) == missing
    loaded = OFFICE.with_rows([VACATION, Dated(date(2027, 3, 22), date(2027, 3, 26), "Semana Santa")])
    assert missing_year(loaded, date.fromisoformat(today)) is None


def test_an_office_that_never_loaded_its_calendar_is_told_at_once() -> None:
    assert missing_year(OFFICE, TODAY) == 2026
