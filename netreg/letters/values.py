"""How the values of a letter are read and printed. Data come from JSON, so dates may be ISO text.

Each `Shape` reads one sort of value: `read` gives what the template prints and raises ValueError for anything else;
`es` and `en` say what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from netreg.letters.dates import day_in_words, minute_in_words, month_in_words
from netreg.letters.printable import clean

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

# A letter is read by a person. 2000 rows take about four seconds and 400 MB to compose; more is a CSV file.
LONGEST = 4000
MOST_ROWS = 2000

# The senses of an answer, and what they are called in its text.
PARTIAL = "partial"
SENSES = {
    "approval": "autorización",
    "quota": "rechazo por cupo",
    PARTIAL: "autorización parcial",
    "other": "rechazo por otra causa",
    "removal": "baja",
    "update": "cambio de datos",
    "answered": "respuesta",
}

_OCTETS = re.compile(r"[0-9a-f]{2}:[0-9a-f]{2}", re.ASCII)
# A longer one would need a QR code too fine for a camera at the size it has in the footer.
_ADDRESS = re.compile(r"https?://[!-~]{1,112}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
_PICTURE = re.compile(r"\s*<(?:svg|\?xml)[\s>]")


@dataclass(frozen=True, slots=True)
class Shape:
    """One sort of value: how it is read, and in two languages what it must be."""

    read: Callable[[object, ZoneInfo], Json]
    es: str
    en: str


def _text(value: object, _zone: ZoneInfo) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > LONGEST:
        raise ValueError
    return clean(str(value))


def _count(value: object, _zone: ZoneInfo) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return str(value)


def _flag(value: object, _zone: ZoneInfo) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _day(value: object, _zone: ZoneInfo) -> str:
    return day_in_words(_date(value))


def _month(value: object, _zone: ZoneInfo) -> str:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return month_in_words(date.fromisoformat(f"{value}-01"))
    return month_in_words(_date(value))


def _date(value: object) -> date:
    """A day; never a moment, whose day depends on where one stands."""
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise ValueError
    return date.fromisoformat(value) if isinstance(value, str) else value


def _minute(value: object, zone: ZoneInfo) -> str:
    if not isinstance(value, str | datetime):
        raise ValueError
    return minute_in_words(datetime.fromisoformat(value) if isinstance(value, str) else value, zone)


def _lines(value: object, zone: ZoneInfo) -> list[Json]:
    return [_text(line, zone) for line in _sequence(value)]


def _grid(value: object, zone: ZoneInfo) -> list[Json]:
    """Rows of cells; None is an empty cell."""
    return [["" if cell is None else _text(cell, zone) for cell in _sequence(row)] for row in _sequence(value)]


def _sequence(value: object) -> Sequence[object]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence) or len(value) > MOST_ROWS:
        raise ValueError
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[object, ZoneInfo], Json]:
    def read(value: object, _zone: ZoneInfo) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError
        return value

    return read


def _picture(value: object, _zone: ZoneInfo) -> str:
    if not isinstance(value, str) or not _PICTURE.match(value):
        raise ValueError
    return value


def _sense(value: object, _zone: ZoneInfo) -> str:
    if not isinstance(value, str) or value not in SENSES:
        raise ValueError
    return SENSES[value]


TEXT = Shape(_text, f"un texto de {LONGEST} caracteres como máximo", f"a text of at most {LONGEST} characters")
LINES = Shape(_lines, "una lista de textos", "a list of texts")
# Paragraphs hold {placeholders}, which are filled after everything else was read.
PARAGRAPHS = Shape(_lines, "una lista de párrafos", "a list of paragraphs")
GRID = Shape(
    _grid,
    f"una lista de {MOST_ROWS} renglones con sus celdas, como máximo",
    f"a list of at most {MOST_ROWS} rows with their cells",
)
COUNT = Shape(_count, "un número entero, cero o mayor", "a whole number, zero or more")
FLAG = Shape(_flag, "sí o no", "true or false")
DAY = Shape(_day, "una fecha, por ejemplo 2026-11-20", "a date such as 2026-11-20")
MONTH = Shape(_month, "un mes, por ejemplo 2026-11", "a month such as 2026-11")
MINUTE = Shape(
    _minute,
    "fecha y hora con su zona, por ejemplo 2026-11-20T13:00-06:00",
    "a date and time with its zone, such as 2026-11-20T13:00-06:00",
)
OCTETS = Shape(
    _matching(_OCTETS),
    "los dos últimos octetos de la dirección, por ejemplo 12:34",
    "the last two octets of the address, such as 12:34",
)
ADDRESS = Shape(
    _matching(_ADDRESS),
    "una dirección que empiece con https:// o http://, de 120 caracteres como máximo",
    "an address that starts with https:// or http://, of at most 120 characters",
)
HASH = Shape(_matching(_HASH), "el SHA-256 de una imagen", "the SHA-256 of a picture")
PICTURE = Shape(_picture, "un dibujo SVG", "an SVG drawing")
SENSE = Shape(_sense, f"uno de: {', '.join(SENSES)}", f"one of: {', '.join(SENSES)}")
