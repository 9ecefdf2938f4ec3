"""Dates and moments as pages write them: in the reader's language and the office's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import format_date, format_datetime


def when(moment: datetime | None) -> str:
    """A moment in the office's time zone, or a dash."""
    return format_datetime(moment, "d MMM y, HH:mm:ss") if moment else "—"


def to_the_second(moment: datetime) -> str:
    """The time of the day."""
    return format_datetime(moment, "HH:mm:ss")


def to_the_minute(moment: datetime | None) -> str:
    """A moment as lists have it, without its seconds, or a dash."""
    return format_datetime(moment, "d MMM y, HH:mm") if moment else "—"


def span(first: datetime, last: datetime) -> str:
    """From one moment to another, to the minute; a short one is told once."""
    start, end = to_the_minute(first), to_the_minute(last)
    return start if start == end else f"{start} – {end}"


def day(when: date | str) -> str:
    """A date, also one written as 2026-11-20; a dash where there is none."""
    one = date.fromisoformat(when) if isinstance(when, str) and when else when
    return format_date(one, "EEE d MMM y") if one else "—"


def short_day(when: date) -> str:
    """A date as a chart has it."""
    return format_date(when, "d MMM")


def minute(moment: datetime) -> str:
    """A moment to the minute, in the office's time zone."""
    return format_datetime(moment, "EEE d MMM, HH:mm")


def month_name(year: int, number: int) -> str:
    """The name of a month, as a heading begins."""
    name = format_date(date(year, number, 1), "LLLL")
    return name[:1].upper() + name[1:]


def weekdays() -> list[tuple[str, str]]:
    """The days of the week from Monday on: two letters, and the whole name."""
    monday = date(2024, 1, 1)
    names = [format_date(monday + timedelta(days=number), "EEEE") for number in range(7)]
    return [(name[:2], name) for name in names]
