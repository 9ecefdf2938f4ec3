"""A year of the office's calendar as a page shows it: month by month, each day with why it does not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from netreg.policy.calendar import Calendar
from netreg.policy.calendar_dates import ONE_DAY, Reason

# A working day; one the week leaves out; one of the law; one a dated row closes; one a dated row opens.
Kind = Literal["working", "weekend", "law", "closed", "open"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day; `why` says what rules it, and is None for an ordinary working day."""

    date: date
    kind: Kind
    why: Reason | None


@dataclass(frozen=True, slots=True)
class MonthPage:
    """One month in weeks of seven places from Monday on; a place outside the month is None."""

    number: int
    working: int
    weeks: tuple[tuple[Day | None, ...], ...]


def months(calendar: Calendar, year: int) -> tuple[MonthPage, ...]:
    """The twelve months of a year; raises InvalidValue E_YEAR outside the years we know."""
    by_month = groupby(_days(calendar, year), key=lambda day: day.date.month)
    return tuple(_page(number, list(days)) for number, days in by_month)


def law_days(calendar: Calendar, year: int) -> list[tuple[date, Reason]]:
    """The days of the law that keep the office closed in this year, in order."""
    return [(day.date, day.why) for day in _days(calendar, year) if day.kind == "law" and day.why]


def _days(calendar: Calendar, year: int) -> Iterator[Day]:
    day = date(year, 1, 1)
    while day.year == year:
        yield _day(calendar, day)
        day += ONE_DAY


def _day(calendar: Calendar, day: date) -> Day:
    row = calendar.row_on(day)
    if row is not None:
        return Day(day, "open" if row.hours else "closed", row.reason)
    if calendar.is_working(day):
        return Day(day, "working", None)
    return Day(day, "law" if day in calendar.law_days(day.year) else "weekend", calendar.why_closed(day))


def _page(number: int, days: list[Day]) -> MonthPage:
    before: list[Day | None] = [None] * days[0].date.weekday()
    places = [*before, *days]
    places += [None] * (-len(places) % 7)
    weeks = tuple(tuple(places[i : i + 7]) for i in range(0, len(places), 7))
    return MonthPage(number, sum(day.kind in ("working", "open") for day in days), weeks)
