"""A year as its page shows it: every day once, each told by what rules it."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_dates import Dated, Span
from netreg.policy.calendar_year import Day, law_days, months

LOADED = Calendar().with_rows(
    [
        Dated(date(2026, 12, 21), date(2027, 1, 6), "Vacaciones"),
        Dated(date(2026, 11, 28), date(2026, 11, 28), "Jornada", hours=(Span(time(9), time(13)),)),
        Dated(date(2026, 9, 16), date(2026, 9, 16), "Guardia", hours=(Span(time(9), time(13)),)),
    ]
)


def days(calendar: Calendar, year: int) -> dict[date, Day]:
    found = [day for month in months(calendar, year) for week in month.weeks for day in week if day]
    assert len({day.date for day in found}) == len(found)
    return {day.date: day for day in found}


def test_each_kind_of_day_is_told_with_its_reason() -> None:
    year = days(LOADED, 2026)
    kinds = {text: year[date.fromisoformat(text)].kind for text in (
        "2026-11-27", "2026-11-29", "2026-11-16", "2026-12-24", "2026-12-26", "2026-11-28", "2026-09-16",
    )}  # fmt: skip
    assert kinds == {
        "2026-11-27": "working", "2026-11-29": "weekend", "2026-11-16": "law", "2026-12-24": "closed",
        "2026-12-26": "closed", "2026-11-28": "open", "2026-09-16": "open",
    }  # fmt: skip
    assert year[date(2026, 11, 27)].why is None and "Revolución" in str(year[date(2026, 11, 16)].why)


def test_a_day_of_the_law_that_a_row_opens_is_no_closed_one() -> None:
    assert date(2026, 9, 16) not in dict(law_days(LOADED, 2026)) and date(2026, 9, 16) in dict(
        law_days(Calendar(), 2026)
    )


@given(st.integers(2000, 2099), st.sampled_from((Calendar(), LOADED)))
def test_a_year_has_every_day_once_in_its_weekday_and_counts_what_works(year: int, calendar: Calendar) -> None:
    found = days(calendar, year)
    assert len(found) == (date(year + 1, 1, 1) - date(year, 1, 1)).days
    for month in months(calendar, year):
        assert all(day is None or day.date.weekday() == n for week in month.weeks for n, day in enumerate(week))
        working = [day for day, one in found.items() if day.month == month.number and calendar.is_working(day)]
        assert month.working == len(working) and all(len(week) == 7 for week in month.weeks)


def test_a_year_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidValue):
        months(Calendar(), 1492)
