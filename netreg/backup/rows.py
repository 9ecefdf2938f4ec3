"""Tables in a form that SQLite and PostgreSQL share: JSON arrays, one row a line, ordered by key.

The columns are read from the database itself, so that tables of an older version can be written and read as well.
A JSON column is its text as stored, an instant ISO 8601 in UTC, bytes are base64; everything else is itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    cast,
    collate,
    column,
    inspect,
    select,
    table,
    types,
)
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint

from netreg.store.base import UtcDateTime
from netreg.store.upgrade import is_ours

ROWS_IN_PART = 1000

# The kinds of column, by SQLAlchemy's type; the first that fits counts.
_KINDS: tuple[tuple[type[types.TypeEngine[Any]], str], ...] = (
    (types.Boolean, "boolean"),
    (types.JSON, "json"),
    (types.DateTime, "instant"),
    (types.Date, "date"),
    (types.Float, "number"),
    (types.Integer, "integer"),
    (types.LargeBinary, "bytes"),
    (types.String, "text"),
)
_TYPES: dict[str, types.TypeEngine[Any]] = {
    "boolean": types.Boolean(),
    "instant": UtcDateTime(),
    "date": types.Date(),
    "number": types.Float(),
    "integer": types.Integer(),
    "bytes": types.LargeBinary(),
    "text": types.Text(),
    # Its text goes in and out as it is: no driver reads and writes it anew.
    "json": types.NullType(),
}
_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "instant": lambda value: value.isoformat(timespec="microseconds"),
    "date": lambda value: value.isoformat(),
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": lambda value: base64.b64decode(value, validate=True),
}
# What a value may be in JSON before it is read; a boolean is an integer to Python and none to us.
_SHAPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, its columns with their kinds, and the columns it is ordered by."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]


def shapes(connection: Connection) -> list[Shape]:
    """The tables of a database by name; those of the libraries it uses are none of them."""
    found = inspect(connection)
    # Asked of all tables at once: PostgreSQL answers in the time that it would take for one.
    keys = {name: key for (_, name), key in found.get_multi_pk_constraint().items()}
    columns = {name: columns for (_, name), columns in found.get_multi_columns().items()}
    return [_shape(name, columns[name], keys[name]) for name in sorted(filter(is_ours, columns))]


def _shape(name: str, found: Sequence[ReflectedColumn], primary: ReflectedPrimaryKeyConstraint | None) -> Shape:
    columns = tuple(sorted((one["name"], _kind(name, one)) for one in found))
    key = tuple(primary["constrained_columns"]) if primary else ()
    return Shape(name, columns, key or tuple(column for column, _ in columns))


def _kind(table: str, found: ReflectedColumn) -> str:
    for made, kind in _KINDS:
        if isinstance(found["type"], made):
            return kind
    raise TypeError(f"{table}.{found['name']}: a backup has no form for {found['type']!r}")


def parts(connection: Connection, shape: Shape) -> Iterator[tuple[bytes, int]]:
    """The rows of a table, a thousand at a time: the bytes of each part, and how many rows it has."""
    kinds = [kind for _, kind in shape.columns]
    found = connection.execute(_query(connection, shape).execution_options(yield_per=ROWS_IN_PART))
    for rows in found.partitions(ROWS_IN_PART):
        yield b"".join(_line(kinds, row) for row in rows), len(rows)


def _query(connection: Connection, shape: Shape):  # type: ignore[no-untyped-def]
    kinds = dict(shape.columns)
    columns = {name: column(name, _TYPES[kind]) for name, kind in shape.columns}
    wanted: list[ColumnElement[Any]] = [
        cast(one, types.Text).label(name) if kinds[name] == "json" else one for name, one in columns.items()
    ]
    # PostgreSQL orders text by the rules of a language; ours is by its bytes, as SQLite's.
    bytewise = connection.dialect.name == "postgresql"
    order = [collate(columns[one], "C") if bytewise and kinds[one] == "text" else columns[one] for one in shape.key]
    return select(*wanted).select_from(table(shape.name, *columns.values())).order_by(*order)


def _line(kinds: Sequence[str], row: Sequence[Any]) -> bytes:
    values = [
        value if value is None or kind not in _WRITTEN else _WRITTEN[kind](value)
        for kind, value in zip(kinds, row, strict=True)
    ]
    return json.dumps(values, separators=(",", ":")).encode("ascii") + b"\n"


def take(connection: Connection, shape: Shape, content: bytes) -> int:
    """Store the rows of one part and return how many they are; raises ValueError for what is no row of this table."""
    names = [name for name, _ in shape.columns]
    kinds = [kind for _, kind in shape.columns]
    rows = [dict(zip(names, _values(kinds, line), strict=True)) for line in content.splitlines()]
    if rows:
        target = table(shape.name, *(column(name, _TYPES[kind]) for name, kind in shape.columns))
        connection.execute(target.insert(), rows)
    return len(rows)


def _values(kinds: Sequence[str], line: bytes) -> list[Any]:
    row = json.loads(line)
    if not isinstance(row, list) or len(row) != len(kinds):
        raise ValueError("a row has other columns than its table")
    return [None if value is None else _value(kind, value) for kind, value in zip(kinds, row, strict=True)]


def _value(kind: str, value: Any) -> Any:
    if type(value) not in _SHAPES.get(kind, (str,)):
        raise ValueError(f"a value is no {kind}")
    return _READ[kind](value) if kind in _READ else value
