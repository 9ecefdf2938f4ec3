"""A calendar to and from plain data (TOML, JSON), and its dated rows to and from CSV.

Every import is all or nothing: one refusal names every row or event that cannot be honoured, and nothing is dropped
in silence. The rows it gives are for `Calendar.with_rows`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from netreg.errors import InvalidValue
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_cells import (
    HOURS,
    Where,
    all_or_none,
    day_of,
    hours_of,
    hours_text,
    refused,
    shown,
    spans_of,
    text_of,
    typed,
)
from netreg.policy.calendar_dates import MONDAY_TO_FRIDAY, Dated, Span, Week

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COLUMNS = ("from", "to", "es", "en", "source")
_OPTIONAL = frozenset({"en", "source", HOURS})

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
        timezone=typed(data.get("timezone", default.timezone), str, "timezone"),
        week=_week(data["week"]) if "week" in data else MONDAY_TO_FRIDAY,
        rows=(*_dated(data, "closed"), *_dated(data, "open")),
        statutory=data.get("statutory", default.statutory),
        version=typed(data.get("version", default.version), int, "version"),
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
    days = _known(typed(value, dict, "week"), set(WEEKDAYS), "week")
    return tuple(spans_of(days.get(name, []), f"week.{name}") for name in WEEKDAYS)


def _dated(data: Mapping[str, Any], key: str) -> tuple[Dated, ...]:
    """The rows of the list `key`; hours are for "open" alone, and needed there."""
    rows = typed(data.get(key, []), list, key)
    return tuple(_one_dated(row, key, f"{key}[{number}]") for number, row in enumerate(rows, 1))


def _one_dated(value: object, key: str, place: str) -> Dated:
    row = _known(typed(value, dict, place), {*COLUMNS, HOURS}, place)
    hours = spans_of(row.get(HOURS, []), f"{place}.{HOURS}")
    if bool(hours) != (key == "open"):
        raise refused("E_HOURS", f"{place}.{HOURS}")
    first = day_of(row.get("from", ""), f"{place}.from")
    last = day_of(row["to"], f"{place}.to") if "to" in row else first
    texts = {name: typed(row.get(name, ""), str, f"{place}.{name}") for name in ("es", "en", "source")}
    return _placed(place, lambda: Dated(first, last, **texts, hours=hours))


def _placed(place: str, make: Callable[[], T]) -> T:
    """What `make` gives; a refusal from it names the place in the data before its own field."""
    try:
        return make()
    except InvalidValue as error:
        error.field = f"{place}.{error.field}"
        raise


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
        raise refused("E_KEY", f"{field}.{shown(unknown[0])}")
    return row


# --- CSV ------------------------------------------------------------------------------------------------------------


def from_csv(data: bytes | str) -> tuple[Dated, ...]:
    """The rows of a CSV with the columns from, to, es, en, source (and hours, for days that open).

    UTF-8 with or without a byte order mark, commas or semicolons, dates as 2026-12-21 or 21/12/2026. `to` may be
    empty for one day; `en` and `source` may be left out. Raises InvalidValue E_CSV naming every bad row by its line.
    """
    header, *lines = _table(text_of(data, "E_CSV"))
    names = _header(header[1])
    return all_or_none(
        ((Where(f"renglón {number}", f"line {number}"), cells) for number, cells in lines),
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
    return row.first.isoformat(), row.last.isoformat(), row.es, row.en, row.source, hours_text(row.hours)


def _table(text: str) -> list[tuple[int, list[str]]]:
    """Every line that holds anything, with its number in the file: the header and at least one row."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise refused("E_CSV_LINE", "file", line=reader.line_num) from error
    if len(lines) < 2:
        raise refused("E_CSV_EMPTY", "file")
    return lines


def _header(cells: list[str]) -> list[str]:
    """The names of the columns, in any order; refused when one is missing, unknown or there twice."""
    names = [cell.strip().lower() for cell in cells]
    if set(names) | _OPTIONAL != {*COLUMNS, HOURS} or len(set(names)) != len(names):
        raise refused("E_CSV_HEADER", "file")
    return names


def _row_of(names: list[str], cells: list[str]) -> Dated:
    if len(cells) != len(names):
        raise refused("E_CSV_CELLS", "file")
    row = dict.fromkeys((*COLUMNS, HOURS), "") | {
        name: _unguarded(cell.strip()) for name, cell in zip(names, cells, strict=True)
    }
    first = day_of(row["from"], "from")
    last = day_of(row["to"], "to") if row["to"] else first
    return Dated(first, last, row["es"], row["en"], row["source"], hours_of(row[HOURS]))
