"""Days and weeks at the office: from midnight to midnight, a week by its ISO 8601 name from Monday to Sunday."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from netreg.errors import InvalidValue

_WEEK = re.compile(r"(?P<year>20[0-9]{2})-W(?P<number>0[1-9]|[1-4][0-9]|5[0-3])", re.ASCII)
DAYS = 7


class Week(NamedTuple):
    """A week of seven days at the office; week 1 is the one with the year's first Thursday (ISO 8601)."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week written 2026-W47; InvalidValue E_WEEK for anything else, and for a week 53 that the year lacks."""
        match = _WEEK.fullmatch(text)
        try:
            if match is None:
                raise ValueError
            found = cls(int(match["year"]), int(match["number"]))
            date.fromisocalendar(*found, 1)
        except ValueError as error:
            raise InvalidValue(
                "Escriba la semana como 2026-W47.", "Write the week as 2026-W47.", code="E_WEEK", field="week"
            ) from error
        return found

    @classmethod
    def of(cls, instant: datetime, zone: tzinfo) -> Week:
        """The week it is at the office at that instant."""
        year, number, _day = instant.astimezone(zone).isocalendar()
        return cls(year, number)

    @property
    def first(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=DAYS - 1)

    @property
    def before(self) -> Week:
        year, number, _day = (self.first - timedelta(days=DAYS)).isocalendar()
        return Week(year, number)

    @property
    def after(self) -> Week:
        year, number, _day = (self.first + timedelta(days=DAYS)).isocalendar()
        return Week(year, number)

    def start(self, zone: tzinfo) -> datetime:
        """Its first instant, UTC."""
        return start_of(self.first, zone)

    def end(self, zone: tzinfo) -> datetime:
        """The first instant that is no more of it, UTC."""
        return start_of(self.last + timedelta(days=1), zone)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day at the office, UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """Some days in a row. `starts` are their first instants, and that of the day after the last."""

    dates: Sequence[date]
    starts: Sequence[datetime]

    @classmethod
    def of(cls, first: date, last: date, zone: tzinfo) -> Days:
        dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return cls(dates, [start_of(day, zone) for day in (*dates, last + timedelta(days=1))])
