"""Working time: on which days the office works, when it is open, and how the hours of a term are counted.

A `Calendar` is a value with a version (decision X-19). Instants are handed in, always with a zone; every instant that
comes out is UTC (decision X-14), and days and office hours are those of the calendar's own zone. Three ways to count:

working_day_hours   24 hours on each working day, midnight to midnight, none on a closed one (decision X-18)
business_hours      only while the office is open
natural             every hour
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from netreg.errors import ConfigError
from netreg.policy.calendar_dates import (
    DAY_NAMES,
    MONDAY_TO_FRIDAY,
    ONE_DAY,
    Dated,
    Reason,
    Span,
    Statutory,
    Week,
    check_day,
    check_rest,
    check_rows,
    check_week,
    check_zone,
)

Counting = Literal["working_day_hours", "natural", "business_hours"]
Interval = tuple[datetime, datetime]

NOTHING = timedelta()
LAST_MONTH = 12


@dataclass(frozen=True)
class Calendar:
    """The working time of one office. The strongest rule of a day: open row, closed row, statutory holiday, week.

    Rows are kept sorted and once each, so two calendars that say the same are equal. Raises InvalidValue, naming the
    field, for a zone that does not exist, a week that never opens, and two open rows on one day.
    """

    timezone: str = "America/Mexico_City"
    week: Week = MONDAY_TO_FRIDAY
    rows: tuple[Dated, ...] = ()
    statutory: Statutory = "mx-lft-74"
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(sorted(set(self.rows))))
        check_zone(self.timezone)
        check_week(self.week)
        check_rows(self.rows)
        check_rest(self.statutory, self.version)

    def with_rows(self, rows: Iterable[Dated]) -> Calendar:
        """The next version of this calendar, with exactly these dated rows."""
        return replace(self, rows=tuple(rows), version=self.version + 1)

    # --- days -------------------------------------------------------------------------------------------------------

    def local_day(self, instant: datetime) -> date:
        """The day it is at the office at that instant; ValueError for an instant without a zone."""
        if instant.tzinfo is None:
            raise ValueError("an instant without a zone")
        return instant.astimezone(self._zone).date()

    def hours_on(self, day: date) -> tuple[Span, ...]:
        """The office hours of a day, none when it is closed; InvalidValue E_YEAR outside the years we know."""
        check_day(day)
        row = self._rows_by_day.get(day)
        if row is not None:
            return row.hours
        return () if day in self._holidays(day.year) else self.week[day.weekday()]

    def is_working(self, day: date) -> bool:
        return bool(self.hours_on(day))

    def why_closed(self, day: date) -> Reason | None:
        """The reason a person may read, or None for a working day."""
        if self.is_working(day):
            return None
        row = self._rows_by_day.get(day)
        if row is not None:
            return row.reason
        return self._holidays(day.year).get(day) or _not_in_the_week(day)

    def row_on(self, day: date) -> Dated | None:
        """The dated row that rules a day, or None where the law or the week does."""
        return self._rows_by_day.get(day)

    def law_days(self, year: int) -> Mapping[date, Reason]:
        """The statutory holidays of a year, whether or not a row opens the office on one of them."""
        return self._holidays(year)

    def business_days_back(self, day: date, n: int) -> date:
        """The n-th working day before `day`, which does not count itself: the last day to receive (decision X-17)."""
        return self._steps(day, n, -ONE_DAY)

    def business_days_ahead(self, day: date, n: int) -> date:
        """The n-th working day after `day`, which does not count itself; `day` when n is 0."""
        return self._steps(day, n, ONE_DAY)

    def last_reception(self, day: date, n: int) -> datetime:
        """The last instant to receive what is needed on `day`, n >= 1 working days ahead (decisions X-15, X-17)."""
        if n < 1:
            raise ValueError("the day itself may be closed")
        last = self.business_days_back(day, n)
        return self._at(last, self.hours_on(last)[-1].end)

    # --- the window (X-15) ------------------------------------------------------------------------------------------

    def within_window(self, instant: datetime) -> bool:
        """Whether the office is open, both ends included to the microsecond (decision X-15)."""
        return self.next_opening(instant) == instant

    def next_opening(self, instant: datetime) -> datetime:
        """The first instant from `instant` on at which the office is open: `instant` itself inside the window.

        What arrives outside the window counts as received then (decision X-15).
        """
        return next(self._counted(instant, "business_hours"))[0]

    # --- counting (X-16, X-18) --------------------------------------------------------------------------------------

    def between(self, start: datetime, end: datetime, counting: Counting) -> timedelta:
        """The time counted from `start` to `end`, negative when `end` comes first."""
        if end < start:
            return -self.between(end, start, counting)
        total = NOTHING
        for opens, closes in self._counted(start, counting):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def add(self, instant: datetime, hours: float | timedelta, counting: Counting) -> datetime:
        """The instant at which `hours`, or that length of time, are used up from `instant` on; ValueError below zero.

        On days the answer is the same time of a later working day, so a count that ends with a Friday ends at Monday
        00:00. In office hours it is the closing time, which is what a person expects to read.
        """
        left = _length(hours)
        for opens, closes in self._counted(instant, counting):
            room = closes - opens
            if left < room or (left == room and counting == "business_hours"):
                return opens + left
            left -= room
        raise AssertionError("counted time has no end")

    def add_working_day_hours(self, instant: datetime, hours: float) -> datetime:
        """Decision X-18: 72 h is the same time three working days later; from a closed day, the next one's 00:00 on."""
        return self.add(instant, hours, "working_day_hours")

    def add_office_hours(self, instant: datetime, hours: float) -> datetime:
        """For the internal clocks, such as the four office hours of the turno (core workflow, section 11)."""
        return self.add(instant, hours, "business_hours")

    def working_day_hours_between(self, start: datetime, end: datetime) -> timedelta:
        return self.between(start, end, "working_day_hours")

    def office_hours_between(self, start: datetime, end: datetime) -> timedelta:
        return self.between(start, end, "business_hours")

    def natural_hours_between(self, start: datetime, end: datetime) -> timedelta:
        """Decision X-16: every hour, from the official reception to the event."""
        return self.between(start, end, "natural")

    # --- how --------------------------------------------------------------------------------------------------------

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def _rows_by_day(self) -> dict[date, Dated]:
        """The row that rules each day: an open one before a closed one, then the one that begins first."""
        ruled: dict[date, Dated] = {}
        for row in sorted(self.rows, key=lambda row: not row.hours):
            for day in row.days():
                ruled.setdefault(day, row)
        return ruled

    def _holidays(self, year: int) -> Mapping[date, Reason]:
        return {} if self.statutory == "none" else _article_74(year)

    def _at(self, day: date, clock: time = time.min) -> datetime:
        return datetime.combine(day, clock, self._zone).astimezone(UTC)

    def _steps(self, day: date, n: int, step: timedelta) -> date:
        if n < 0:
            raise ValueError("a negative number of days")
        while n:
            day += step
            n -= self.is_working(day)
        return day

    @cached_property
    def _known(self) -> dict[tuple[date, Counting], tuple[Interval, ...]]:
        """The intervals of the days that were asked for so far: the requests of a list ask for the same ones."""
        return {}

    def _intervals(self, day: date, counting: Counting) -> tuple[Interval, ...]:
        known = self._known.get((day, counting))
        if known is None:
            known = self._known[day, counting] = tuple(self._worked_out(day, counting))
        return known

    def _worked_out(self, day: date, counting: Counting) -> Iterator[Interval]:
        """The counted intervals of one day: the one place that tells the three ways apart.

        Refuses a day outside the years we know (E_YEAR), which also ends a count that would never finish.
        """
        check_day(day)
        if counting == "business_hours":
            yield from ((self._at(day, span.start), self._at(day, span.end)) for span in self.hours_on(day))
        elif counting == "natural" or (counting == "working_day_hours" and self.is_working(day)):
            yield self._at(day), self._at(day + ONE_DAY)
        elif counting not in get_args(Counting):
            raise ConfigError(
                "calendar.counting",
                f"There is no way to count called {counting!r}.",
                f"use one of {get_args(Counting)}",
            )

    def _counted(self, instant: datetime, counting: Counting) -> Iterator[Interval]:
        """Every counted interval from `instant` on; the first may be empty, where `instant` is an end."""
        day, instant = self.local_day(instant), instant.astimezone(UTC)
        while True:
            for opens, closes in self._intervals(day, counting):
                if closes >= instant:
                    yield max(opens, instant), closes
            day += ONE_DAY


def missing_year(calendar: Calendar, today: date) -> int | None:
    """The year whose official dates somebody should load: this one or, from 1 December, the next; or None.

    Extra days off move from year to year and cannot be computed. A row belongs to the year it begins in, because the
    winter vacation of this year reaches into the next one without telling anything about it.
    """
    loaded = {row.first.year for row in calendar.rows}
    wanted = (today.year, today.year + 1) if today.month == LAST_MONTH else (today.year,)
    return next((year for year in wanted if year not in loaded), None)


@lru_cache(maxsize=64)
def _article_74(year: int) -> Mapping[date, Reason]:
    """The statutory holidays of a year (Ley Federal del Trabajo, article 74, with the handover on 1 October)."""
    # Imported here because it takes a third of a second, which most commands need not pay.
    from holidays import country_holidays

    spanish, english = (
        country_holidays("MX", years=year, language=language, categories="public") for language in ("es", "en_US")
    )
    return {day: Reason(name, english[day], "Ley Federal del Trabajo, art. 74") for day, name in spanish.items()}


def _not_in_the_week(day: date) -> Reason:
    es, en = DAY_NAMES[day.weekday()]
    return Reason(f"La oficina no atiende en {es}.", f"The office does not work on a {en}.")


def _length(hours: float | timedelta) -> timedelta:
    length = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if length < NOTHING:
        raise ValueError("a negative number of hours")
    return length
