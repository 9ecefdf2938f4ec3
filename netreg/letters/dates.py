"""Days and minutes in the words of a Spanish letter, by the office's clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

_LOCALE = "es_MX"


def day_in_words(day: date) -> str:
    """As a letter dates itself: "20 de noviembre de 2026"."""
    return format_date(day, "d 'de' MMMM 'de' y", locale=_LOCALE)


def month_in_words(day: date) -> str:
    """The month of a report: "noviembre de 2026"."""
    return format_date(day, "MMMM 'de' y", locale=_LOCALE)


def minute_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Day and minute in the office's zone: "viernes 20 de noviembre de 2026, 13:00 horas".

    ValueError for a moment without a zone: the 72 hours are counted from this minute, so it may not be guessed.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    local = moment.astimezone(zone)
    return f"{format_date(local, 'EEEE', locale=_LOCALE)} {day_in_words(local)}, {local:%H:%M} horas"
