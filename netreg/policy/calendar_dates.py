"""The pieces of an office calendar: the hours of a day, the week, dates that differ, and what is refused of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from netreg.errors import InvalidValue

Statutory = Literal["mx-lft-74", "none"]

ONE_DAY = timedelta(days=1)
# The statutory rules are known for these years, and a date outside them is a slip of the pen.
FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_RANGE = 366
MOST_ROWS = 500
MOST_LETTERS = 200

# Monday first, as `date.weekday` counts.
DAY_NAMES = (
    ("lunes", "Monday"), ("martes", "Tuesday"), ("miércoles", "Wednesday"), ("jueves", "Thursday"),
    ("viernes", "Friday"), ("sábado", "Saturday"), ("domingo", "Sunday"),
)  # fmt: skip

# code -> Spanish sentence, English sentence
_TEXTS = {
    "E_HOURS": (
        "La hora de cierre debe ser posterior a la de apertura.",
        "The closing time must come after the opening time.",
    ),
    "E_HOURS_OVERLAP": (
        "Los horarios de un día van en orden, sin tocarse ni encimarse.",
        "The hours of a day come in order and neither touch nor overlap.",
    ),
    "E_OPEN_TWICE": (
        "Un mismo día no puede tener dos horarios extraordinarios.",
        "One day cannot have two sets of special hours.",
    ),
    "E_RANGE": (
        "La fecha final no puede ser anterior a la inicial, y el periodo dura un año cuando más.",
        "The last date cannot come before the first one, and the period is a year at most.",
    ),
    "E_REASON": (
        "Falta el motivo en español.",
        "The reason in Spanish is missing.",
    ),
    "E_ROWS": (
        f"El calendario admite {MOST_ROWS} fechas cuando más.",
        f"The calendar takes {MOST_ROWS} dates at most.",
    ),
    "E_STATUTORY": (
        "Los días de ley son mx-lft-74 o none.",
        "The statutory days are mx-lft-74 or none.",
    ),
    "E_TEXT": (
        f"El texto es de un solo renglón, sin caracteres invisibles, de {MOST_LETTERS} letras cuando más.",
        f"The text is one line, without invisible characters, of {MOST_LETTERS} letters at most.",
    ),
    "E_TIMEZONE": (
        "No existe esa zona horaria; por ejemplo America/Mexico_City.",
        "There is no such time zone; for example America/Mexico_City.",
    ),
    "E_VERSION": (
        "La versión es un número desde 1.",
        "The version is a number from 1 on.",
    ),
    "E_WEEK": (
        "La semana tiene siete días y la oficina abre al menos uno.",
        "A week has seven days and the office opens on one of them at least.",
    ),
    "E_YEAR": (
        f"El año debe estar entre {FIRST_YEAR} y {LAST_YEAR}.",
        f"The year must be between {FIRST_YEAR} and {LAST_YEAR}.",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a day is closed, in both languages, and who says so."""

    es: str
    en: str
    source: str = ""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Office hours of one day, local time, both ends included; raises InvalidValue E_HOURS when they are none."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo or not self.start < self.end:
            raise _refused("E_HOURS", "hours")


@dataclass(frozen=True, order=True, slots=True)
class Dated:
    """An exception from `first` to `last`, both included: closed, or open during `hours` where there are any.

    `en` may be empty, then the Spanish text serves both. Raises InvalidValue with E_YEAR, E_RANGE, E_REASON, E_TEXT or
    E_HOURS_OVERLAP.
    """

    first: date
    last: date
    es: str
    en: str = ""
    source: str = ""
    hours: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        _check_range(self.first, self.last)
        for field in ("es", "en", "source"):
            object.__setattr__(self, field, _one_line(getattr(self, field), field))
        if not self.es:
            raise _refused("E_REASON", "es")
        check_spans(self.hours, "hours")

    @property
    def reason(self) -> Reason:
        return Reason(self.es, self.en or self.es, self.source)

    def days(self) -> Iterator[date]:
        """Every day of the range."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + number * ONE_DAY


Week = tuple[tuple[Span, ...], ...]
_NINE_TO_FOUR = (Span(time(9), time(16)),)
# Chalco's manual, lines 194 and 456; Almoloya's is silent, so the office confirms its hours when it installs.
MONDAY_TO_FRIDAY: Week = (_NINE_TO_FOUR,) * 5 + ((), ())


# --- checks ---------------------------------------------------------------------------------------------------------


def _refused(code: str, field: str) -> InvalidValue:
    spanish, english = _TEXTS[code]
    return InvalidValue(spanish, english, code=code, field=field)


def check_day(day: date) -> None:
    """Refuse a day outside the years we know with InvalidValue E_YEAR; TypeError for an instant."""
    if isinstance(day, datetime):  # it is a date too, and would miss every row
        raise TypeError("an instant where a day is wanted: use local_day")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _refused("E_YEAR", "date")


def _check_range(first: date, last: date) -> None:
    check_day(first)
    check_day(last)
    if not 0 <= (last - first).days < LONGEST_RANGE:
        raise _refused("E_RANGE", "to")


def _one_line(text: str, field: str) -> str:
    """The text with blanks of every kind made one; refused when it holds what does not print.

    A cell copied from a document brings unbreakable blanks and line ends; anything else that is invisible has no
    business in a letter, an ICS file or a spreadsheet.
    """
    line = " ".join(text.split())
    if not line.isprintable() or len(line) > MOST_LETTERS:
        raise _refused("E_TEXT", field)
    return line


def check_spans(spans: tuple[Span, ...], field: str) -> None:
    """Refuse hours of one day that are out of order, touch or overlap, with InvalidValue E_HOURS_OVERLAP."""
    if any(one.end >= other.start for one, other in pairwise(spans)):
        raise _refused("E_HOURS_OVERLAP", field)


def check_zone(name: str) -> None:
    """Refuse a name that is no time zone, with InvalidValue E_TIMEZONE."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _refused("E_TIMEZONE", "timezone") from error


def check_week(week: Week) -> None:
    """Refuse a week of other than seven days or that never opens with InvalidValue E_WEEK; hours as `check_spans`."""
    if len(week) != len(DAY_NAMES) or not any(week):
        raise _refused("E_WEEK", "week")
    for spans in week:
        check_spans(spans, "week")


def check_rows(rows: tuple[Dated, ...]) -> None:
    """Refuse too many rows with InvalidValue E_ROWS, and two sets of hours on one day with E_OPEN_TWICE."""
    if len(rows) > MOST_ROWS:
        raise _refused("E_ROWS", "closed")
    opened = [day for row in rows if row.hours for day in row.days()]
    if len(set(opened)) != len(opened):
        raise _refused("E_OPEN_TWICE", "open")


def check_rest(statutory: str, version: int) -> None:
    """Refuse an unknown rule of the law with InvalidValue E_STATUTORY, and a version below one with E_VERSION."""
    if statutory not in get_args(Statutory):
        raise _refused("E_STATUTORY", "statutory")
    if version < 1:
        raise _refused("E_VERSION", "version")
