"""A calendar to and from plain data (TOML, JSON), and its dated rows to and from CSV and ICS.

Every import is all or nothing: one refusal names every row or event that cannot be honoured, and nothing is dropped
in silence. The rows it gives are for `Calendar.with_rows`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from netreg.errors import InvalidValue
from netreg.policy.calendar import LONGEST_RANGE, MONDAY_TO_FRIDAY, ONE_DAY, Calendar, Dated, Span, Week, check_day

if TYPE_CHECKING:
    from icalendar import Event

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COLUMNS = ("from", "to", "es", "en", "source")
# A sixth column, only where somebody opens on a day that would be closed: hours like "09:00-13:00 15:00-17:00".
HOURS = "hours"
_OPTIONAL = frozenset({"en", "source", HOURS})
MOST_BYTES = 1_000_000
_SHOWN = 40

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_LOCAL = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
# A spreadsheet runs a cell that begins with one of these as a formula; some read the wide forms like the narrow ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


# --- plain data -----------------------------------------------------------------------------------------------------


def from_dict(data: Mapping[str, Any]) -> Calendar:
    """The calendar in `data` as it stands in TOML or JSON: timezone, week, statutory, version, closed, open.

    What is left out has its default. Raises InvalidValue with the field named, also for a key that does not exist.
    """
    _known(data, {"timezone", "week", "statutory", "version", "closed", "open"}, "calendar")
    default = Calendar()
    return Calendar(
        timezone=_typed(data.get("timezone", default.timezone), str, "timezone"),
        week=_week(data["week"]) if "week" in data else MONDAY_TO_FRIDAY,
        rows=(*_dated(data, "closed"), *_dated(data, "open")),
        statutory=data.get("statutory", default.statutory),
        version=_typed(data.get("version", default.version), int, "version"),
    )


def to_dict(calendar: Calendar) -> dict[str, Any]:
    """The same calendar in texts, numbers and lists alone, which JSON and TOML can both hold."""
    return {
        "timezone": calendar.timezone,
        "week": {name: _pairs(spans) for name, spans in zip(WEEKDAYS, calendar.week, strict=True) if spans},
        "statutory": calendar.statutory,
        "version": calendar.version,
        "closed": [_plain(row) for row in calendar.rows if not row.hours],
        "open": [_plain(row) for row in calendar.rows if row.hours],
    }


def _week(value: object) -> Week:
    """Office hours by weekday; a day left out is closed."""
    days = _known(_typed(value, dict, "week"), set(WEEKDAYS), "week")
    return tuple(_spans(days.get(name, []), f"week.{name}") for name in WEEKDAYS)


def _dated(data: Mapping[str, Any], key: str) -> tuple[Dated, ...]:
    """The rows of the list `key`; hours are for "open" alone, and needed there."""
    rows = _typed(data.get(key, []), list, key)
    return tuple(_one_dated(row, key, f"{key}[{number}]") for number, row in enumerate(rows, 1))


def _one_dated(value: object, key: str, place: str) -> Dated:
    row = _known(_typed(value, dict, place), {*COLUMNS, HOURS}, place)
    hours = _spans(row.get(HOURS, []), f"{place}.{HOURS}")
    if bool(hours) != (key == "open"):
        raise _refused("E_HOURS", f"{place}.{HOURS}")
    first = _day(row.get("from", ""), f"{place}.from")
    last = _day(row["to"], f"{place}.to") if "to" in row else first
    texts = {name: _typed(row.get(name, ""), str, f"{place}.{name}") for name in ("es", "en", "source")}
    return _placed(place, lambda: Dated(first, last, **texts, hours=hours))


def _placed(place: str, make: Callable[[], T]) -> T:
    """What `make` gives; a refusal from it names the place in the data before its own field."""
    try:
        return make()
    except InvalidValue as error:
        error.field = f"{place}.{error.field}"
        raise


def _spans(value: object, field: str) -> tuple[Span, ...]:
    """["09:00", "16:00"], or a list of such pairs for a day with a break."""
    pairs = _typed(value, list, field)
    if pairs and not isinstance(pairs[0], list):
        pairs = [pairs]
    return tuple(_span(pair, field) for pair in pairs)


def _span(pair: object, field: str) -> Span:
    if not isinstance(pair, list) or len(pair) != 2:
        raise _refused("E_HOURS", field)
    start, end = (_clock(one, field) for one in pair)
    if not start < end:
        raise _refused("E_HOURS", field)
    return Span(start, end)


def _pairs(spans: tuple[Span, ...]) -> list[Any]:
    pairs = [[f"{span.start:%H:%M}", f"{span.end:%H:%M}"] for span in spans]
    return pairs[0] if len(pairs) == 1 else pairs


def _plain(row: Dated) -> dict[str, Any]:
    texts = {"es": row.es, "en": row.en, "source": row.source, HOURS: _pairs(row.hours)}
    plain = {"from": row.first.isoformat(), "to": row.last.isoformat()}
    return plain | {name: value for name, value in texts.items() if value}


def _known(row: Mapping[str, Any], keys: set[str], field: str) -> Mapping[str, Any]:
    """The same table, refused when it holds a key that nobody would read: a misspelt one would change nothing."""
    unknown = [str(key) for key in row if key not in keys]
    if unknown:
        raise _refused("E_KEY", f"{field}.{_shown(unknown[0])}")
    return row


def _typed(value: object, kind: type[T], field: str) -> T:
    """The value, refused unless it is of this kind; a truth value is no number."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _refused("E_TYPE", field)
    return value


# --- CSV ------------------------------------------------------------------------------------------------------------


def from_csv(data: bytes | str) -> tuple[Dated, ...]:
    """The rows of a CSV with the columns from, to, es, en, source (and hours, for days that open).

    UTF-8 with or without a byte order mark, commas or semicolons, dates as 2026-12-21 or 21/12/2026. `to` may be
    empty for one day; `en` and `source` may be left out. Raises InvalidValue E_CSV naming every bad row by its line.
    """
    header, *lines = _table(_text_of(data, "E_CSV"))
    names = _header(header[1])
    return _all_or_none(
        ((_Where(f"renglón {number}", f"line {number}"), cells) for number, cells in lines),
        lambda cells: _row_of(names, cells),
        "E_CSV",
    )


def to_csv(calendar: Calendar) -> bytes:
    """The dated rows as UTF-8 with a byte order mark, safe to open in a spreadsheet; `from_csv` reads it back."""
    names = (*COLUMNS, HOURS) if any(row.hours for row in calendar.rows) else COLUMNS
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([guarded(cell) for cell in _cells(row)[: len(names)]] for row in calendar.rows)
    return text.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it as a formula (workflow, test W-09).

    A cell that looks guarded already gets one too, so that taking one away gives back exactly what was there.
    """
    return "'" + cell if cell.lstrip("'").startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and guarded(cell) != cell else cell


def _cells(row: Dated) -> tuple[str, ...]:
    return row.first.isoformat(), row.last.isoformat(), row.es, row.en, row.source, _hours_text(row.hours)


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Every line that holds anything, with its number in the file: the header and at least one row."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise _refused("E_CSV_LINE", "file", line=reader.line_num) from error
    if len(lines) < 2:
        raise _refused("E_CSV_EMPTY", "file")
    return lines


def _header(cells: list[str]) -> list[str]:
    """The names of the columns, in any order; refused when one is missing, unknown or there twice."""
    names = [cell.strip().lower() for cell in cells]
    if set(names) | _OPTIONAL != {*COLUMNS, HOURS} or len(set(names)) != len(names):
        raise _refused("E_CSV_HEADER", "file")
    return names


def _row_of(names: list[str], cells: list[str]) -> Dated:
    if len(cells) != len(names):
        raise _refused("E_CSV_CELLS", "file")
    row = dict.fromkeys((*COLUMNS, HOURS), "") | {
        name: _unguarded(cell.strip()) for name, cell in zip(names, cells, strict=True)
    }
    first = _day(row["from"], "from")
    last = _day(row["to"], "to") if row["to"] else first
    return Dated(first, last, row["es"], row["en"], row["source"], _hours_of(row[HOURS]))


# --- ICS ------------------------------------------------------------------------------------------------------------

# Inside an event these say that it has other days than the ones written, or that it is no longer true.
_NOT_HONOURED = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_ONCE = ("DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "X-NETREG-EN", "X-NETREG-SOURCE", "X-NETREG-HOURS")
# Neither changes which days are closed: one explains zones that a whole day does not need, the other rings a bell.
_HARMLESS = frozenset({"VTIMEZONE", "VALARM"})

_PARAMETER = r'[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*'
_CONTENT_LINE = re.compile(rf"(?P<name>[A-Za-z0-9-]+)(?:;{_PARAMETER})*:(?P<value>.*)", re.ASCII | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Line:
    """One content line of an ICS file, unfolded: the number of its first line, its name, its value."""

    number: int
    text: str
    name: str
    value: str


def from_ics(data: bytes | str, source: str = "") -> tuple[Dated, ...]:
    """The rows of an iCalendar file (RFC 5545): whole-day events, ranges with their end excluded.

    `source` is written on rows that carry none. Raises InvalidValue E_ICS naming the line of what is malformed, or
    every event we cannot honour: with a time of day, repeated, cancelled, without a day or a summary.
    """
    events = _events(_content_lines(_text_of(data, "E_ICS")))
    if not events:
        raise _refused("E_ICS_EMPTY", "file")
    return _all_or_none(
        ((_where(number, lines), lines) for number, lines in enumerate(events, 1)),
        lambda lines: _row_of_event(_parsed(lines), source),
        "E_ICS",
    )


def to_ics(calendar: Calendar, stamp: datetime) -> bytes:
    """The dated rows as an iCalendar file that calendars on phones and desktops can read, and `from_ics` reads back.

    `stamp` is the instant of the export. The statutory holidays are a rule, not rows, and are not in the file.
    """
    from icalendar import Calendar as File  # a quarter of a second that only this export and import pay

    file = File()
    file.add("prodid", "-//netreg//calendar//ES")
    file.add("version", "2.0")
    for row in calendar.rows:
        file.add_component(_event_of(row, stamp))
    return bytes(file.to_ical())


def _event_of(row: Dated, stamp: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", hashlib.sha256(repr(row).encode()).hexdigest()[:32] + "@netreg")
    event.add("dtstamp", stamp)
    event.add("dtstart", row.first)
    event.add("dtend", row.last + ONE_DAY)
    event.add("summary", row.es)
    extra = {"x-netreg-en": row.en, "x-netreg-source": row.source, "x-netreg-hours": _hours_text(row.hours)}
    for name, value in extra.items():
        if value:
            event.add(name, value)
    return event


def _content_lines(text: str) -> list[_Line]:
    """The lines of the file, unfolded; refused at the first that is no content line.

    The library leaves out a malformed line inside an event without a word, hence this look before it.
    """
    folded: list[tuple[int, list[str]]] = []
    for number, raw in enumerate(re.split(r"\r?\n", text), 1):
        if raw[:1] in (" ", "\t") and folded:
            folded[-1][1].append(raw[1:])
        elif raw:
            folded.append((number, [raw]))
    return [_content_line(number, "".join(parts)) for number, parts in folded]


def _content_line(number: int, text: str) -> _Line:
    match = _CONTENT_LINE.fullmatch(text)
    if match is None or _CONTROL.search(text):
        raise _refused("E_ICS_LINE", "file", line=number)
    return _Line(number, text, match["name"].upper(), match["value"])


def _events(lines: list[_Line]) -> list[list[_Line]]:
    """The lines of each event; refused where the nesting is broken or something stands there that is no event."""
    events: list[list[_Line]] = []
    open_: list[str] = []
    for line in lines:
        _check_place(line, open_, first=line is lines[0])
        if line.name == "BEGIN":
            open_.append(line.value.strip().upper())
            if open_[-1] == "VEVENT":
                events.append([])
        if len(open_) > 1 and open_[1] == "VEVENT" and not _HARMLESS & set(open_):
            events[-1].append(line)
        if line.name == "END":
            open_.pop()
    if open_:
        raise _refused("E_ICS_LINE", "file", line=lines[-1].number)
    return events


def _check_place(line: _Line, open_: list[str], *, first: bool) -> None:
    """Refuse a line that cannot stand where it stands, given the components that are open."""
    value = line.value.strip().upper()
    if line.name == "BEGIN":
        fits = _may_begin(value, open_, first=first)
    elif line.name == "END":
        fits = bool(open_) and value == open_[-1]
    else:
        fits = bool(open_) and (line.name, value) != ("METHOD", "CANCEL")
    if not fits:
        raise _refused("E_ICS_LINE", "file", line=line.number)


def _may_begin(kind: str, open_: list[str], *, first: bool) -> bool:
    if not open_:
        return first and kind == "VCALENDAR"
    if len(open_) == 1:
        return kind in ("VEVENT", "VTIMEZONE")
    return kind == "VALARM" if open_[1] == "VEVENT" else open_[1] == "VTIMEZONE"


def _where(number: int, lines: list[_Line]) -> _Where:
    title = next((_shown(line.value) for line in lines if line.name == "SUMMARY"), "")
    line = lines[0].number
    return _Where(f"evento {number} «{title}» (línea {line})", f"event {number} “{title}” (line {line})")


def _parsed(lines: list[_Line]) -> Event:
    """The event the library reads from these lines; refused where it could not make sense of a property."""
    from icalendar import Event

    try:
        event = Event.from_ical("\r\n".join([*(line.text for line in lines), ""]))
    except ValueError as error:
        raise _refused("E_ICS_VALUE", "file") from error
    if not isinstance(event, Event) or event.errors:
        raise _refused("E_ICS_VALUE", "file")
    return event


def _row_of_event(event: Event, source: str) -> Dated:
    _check_honoured(event)
    first = _whole_day(event, "DTSTART")
    return Dated(
        first,
        _last_day(event, first),
        str(event.get("SUMMARY", "")),
        str(event.get("X-NETREG-EN", "")),
        str(event.get("X-NETREG-SOURCE", source)),
        _hours_of(str(event.get("X-NETREG-HOURS", ""))),
    )


def _check_honoured(event: Event) -> None:
    for name in _NOT_HONOURED:
        if name in event:
            raise _refused("E_ICS_REPEATED", name)
    for name in _ONCE:
        if isinstance(event.get(name), list):
            raise _refused("E_ICS_VALUE", name)
    if str(event.get("STATUS", "CONFIRMED")).upper() != "CONFIRMED":
        raise _refused("E_ICS_STATUS", "STATUS")


def _whole_day(event: Event, name: str) -> date:
    """The day of a property; refused when it is missing, has a time of day, or lies in a year we do not know."""
    value = getattr(event.get(name), "dt", None)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise _refused("E_ICS_TIME", name)
    check_day(value)
    return value


def _last_day(event: Event, first: date) -> date:
    """The last day included: DTEND is the day after it, DURATION counts days, neither means one day."""
    if "DTEND" in event and "DURATION" in event:
        raise _refused("E_ICS_VALUE", "DURATION")
    if "DTEND" in event:
        return _whole_day(event, "DTEND") - ONE_DAY
    if "DURATION" not in event:
        return first
    length = getattr(event["DURATION"], "dt", None)
    if not isinstance(length, timedelta) or length % ONE_DAY or not ONE_DAY <= length <= LONGEST_RANGE * ONE_DAY:
        raise _refused("E_ICS_TIME", "DURATION")
    return first + length - ONE_DAY


# --- cells ----------------------------------------------------------------------------------------------------------


def _text_of(data: bytes | str, code: str) -> str:
    """The text of an uploaded file, without its byte order mark."""
    if len(data) > MOST_BYTES:
        raise _refused("E_SIZE", "file")
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("E_ENCODING", "file") from error


def _day(value: object, field: str) -> date:
    """A date value, or one written 2026-12-21 or 21/12/2026; InvalidValue E_DATE for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    match = isinstance(value, str) and (_ISO.fullmatch(value) or _LOCAL.fullmatch(value))
    try:
        if match:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass
    raise _refused("E_DATE", field)


def _clock(value: object, field: str) -> time:
    """A time value, or one written 09:00, to the minute; InvalidValue E_HOURS for anything else."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    raise _refused("E_HOURS", field)


def _hours_text(spans: Iterable[Span]) -> str:
    return " ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in spans)


def _hours_of(text: str) -> tuple[Span, ...]:
    """The hours written by `_hours_text`."""
    pairs = [word.split("-") for word in text.split()]
    return _spans(pairs, HOURS)


# --- refusals -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Where:
    """The name of a row or an event, in both languages."""

    es: str
    en: str


def _all_or_none(items: Iterable[tuple[_Where, T]], read: Callable[[T], Dated], code: str) -> tuple[Dated, ...]:
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


def _shown(text: str) -> str:
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


def _refused(code: str, field: str, *, line: int = 0) -> InvalidValue:
    spanish, english = (text.format(line=line) for text in _TEXTS[code])
    return InvalidValue(spanish, english, code=code, field=field)
