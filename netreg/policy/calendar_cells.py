"""What the cells of a calendar file say: texts, days, hours; and the refusals, in words for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from netreg.errors import InvalidValue
from netreg.policy.calendar_dates import Dated, Span

T = TypeVar("T")

# The column of days that open although they would be closed: hours like "09:00-13:00 15:00-17:00".
HOURS = "hours"
MOST_BYTES = 1_000_000
_SHOWN = 40

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_LOCAL = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


# --- cells ----------------------------------------------------------------------------------------------------------


def text_of(data: bytes | str, code: str) -> str:
    """The text of an uploaded file, without its byte order mark."""
    if len(data) > MOST_BYTES:
        raise refused("E_SIZE", "file")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused("E_ENCODING", "file") from error


def day_of(value: object, field: str) -> date:
    """A date value, or one written 2026-12-21 or 21/12/2026; InvalidValue E_DATE for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    match = isinstance(value, str) and (_ISO.fullmatch(value) or _LOCAL.fullmatch(value))
    try:
        if match:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass
    raise refused("E_DATE", field)


def clock_of(value: object, field: str) -> time:
    """A time value, or one written 09:00, to the minute; InvalidValue E_HOURS for anything else."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    raise refused("E_HOURS", field)


def hours_text(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans)


def hours_of(text: str) -> tuple[Span, ...]:
    """The hours written by `hours_text`."""
    pairs = [word.split("-") for word in text.split()]
    return spans_of(pairs, HOURS)


def spans_of(value: object, field: str) -> tuple[Span, ...]:
    """["09:00", "16:00"], or a list of such pairs for a day with a break."""
    pairs = typed(value, list, field)
    if pairs and not isinstance(pairs[0], list):
        pairs = [pairs]
    return tuple(span_of(pair, field) for pair in pairs)


def span_of(pair: object, field: str) -> Span:
    if not isinstance(pair, list) or len(pair) != 2:
        raise refused("E_HOURS", field)
    start, end = (clock_of(one, field) for one in pair)
    if not start < end:
        raise refused("E_HOURS", field)
    return Span(start, end)


def typed(value: object, kind: type[T], field: str) -> T:
    """The value, refused unless it is of this kind; a truth value is no number."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise refused("E_TYPE", field)
    return value


# --- refusals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Where:
    """The name of a row or an event, in both languages."""

    es: str
    en: str


def all_or_none(items: Iterable[tuple[Where, T]], read: Callable[[T], Dated], code: str) -> tuple[Dated, ...]:
    """What `read` makes of every item, or one refusal that names each item it could not read and why."""
    rows, bad = [], []
    for where, item in items:
        try:
            rows.append(read(item))
        except InvalidValue as error:
            bad.append((where, error))
    if bad:
        raise InvalidValue(
            "No se cargó nada. " + " ".join(f"{where.es}: {error.message}" for where, error in bad),
            "Nothing was loaded. " + " ".join(f"{where.en}: {error.english}" for where, error in bad),
            code=code,
            field="file",
        )
    return tuple(rows)


def shown(text: str) -> str:
    """As much of a refused text as helps to find it."""
    clean = "".join(char for char in text if char.isprintable())
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"


# code -> Spanish sentence, English sentence
_TEXTS = {
    "E_CSV_CELLS": (
        "El renglón no tiene las mismas celdas que el encabezado.",
        "The line does not have the same cells as the header.",
    ),
    "E_CSV_EMPTY": (
        "El archivo no trae ninguna fecha debajo del encabezado.",
        "The file has no date below its header.",
    ),
    "E_CSV_HEADER": (
        "El primer renglón debe nombrar las columnas from, to, es, en, source, una vez cada una.",
        "The first line must name the columns from, to, es, en, source, each of them once.",
    ),
    "E_CSV_LINE": (
        "El renglón {line} no es de un CSV: revise las comillas.",
        "Line {line} is not CSV: check its quotes.",
    ),
    "E_DATE": (
        "La fecha no existe o no está escrita como 2026-12-21 o 21/12/2026.",
        "The date does not exist, or is not written as 2026-12-21 or 21/12/2026.",
    ),
    "E_ENCODING": (
        "El archivo no está en UTF-8. En Excel guárdelo como «CSV UTF-8».",
        "The file is not UTF-8. In Excel save it as “CSV UTF-8”.",
    ),
    "E_HOURS": (
        "El horario va de la apertura al cierre, por ejemplo de 09:00 a 16:00; sólo los días que abren lo llevan.",
        "Hours are written from opening to closing, for example 09:00 to 16:00; only days that open have them.",
    ),
    "E_ICS_EMPTY": (
        "El archivo no trae ningún evento.",
        "The file has no event.",
    ),
    "E_ICS_LINE": (
        "El renglón {line} está mal formado, fuera de su lugar o no es de un evento.",
        "Line {line} is malformed, out of place, or does not belong to an event.",
    ),
    "E_ICS_REPEATED": (
        "El evento se repite; escriba cada fecha como un evento aparte.",
        "The event repeats; write each date as an event of its own.",
    ),
    "E_ICS_STATUS": (
        "El evento está cancelado o por confirmar; quítelo del archivo.",
        "The event is cancelled or tentative; take it out of the file.",
    ),
    "E_ICS_TIME": (
        "El evento debe ser de día completo, con fecha y sin hora, y durar de uno a 366 días.",
        "The event must be for whole days, with a date and no time, and last from one to 366 days.",
    ),
    "E_ICS_VALUE": (
        "El evento trae un dato que no se entiende o que está dos veces.",
        "The event has a value that makes no sense, or has it twice.",
    ),
    "E_KEY": (
        "El calendario no tiene un dato con ese nombre.",
        "The calendar has nothing of that name.",
    ),
    "E_SIZE": (
        "El archivo es demasiado grande para ser un calendario.",
        "The file is too large to be a calendar.",
    ),
    "E_TYPE": (
        "El dato no es de la clase que corresponde: texto, número, lista o tabla.",
        "The value is not of its kind: text, number, list or table.",
    ),
}


def refused(code: str, field: str, *, line: int = 0) -> InvalidValue:
    spanish, english = (text.format(line=line) for text in _TEXTS[code])
    return InvalidValue(spanish, english, code=code, field=field)
