"""Move an installation from one database to another: all tables in one transaction, and every row compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Select, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from netreg.errors import NetregError, Refused
from netreg.store import audit
from netreg.store.base import Base
from netreg.store.upgrade import is_ours, run_scripts

_ROWS = 500


class CopyFailed(NetregError):
    """What arrived is not what was sent; nothing was stored."""

    code = "copy_failed"


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows each table has, and the audit log as it arrived."""

    rows: dict[str, int]
    chain: audit.ChainCheck


@dataclass(frozen=True, slots=True)
class _Content:
    """What is in a table, whatever order it is read in."""

    count: int = 0
    digest: int = 0

    def and_(self, row: tuple[object, ...]) -> _Content:
        one = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
        return _Content(self.count + 1, (self.digest + int.from_bytes(one)) % 2**256)


def copy(source: Engine, target: Engine) -> Copied:
    """Copy all that `source` holds into `target`, which has nothing in it; nothing is stored there on any error.

    Nobody writes into an SQLite source meanwhile, and of a PostgreSQL one a single moment is read. Raises Refused for a
    target that holds something or cannot hold what the source does, CopyFailed when what arrived differs.
    """
    with target.execution_options(sqlite_begin="IMMEDIATE").begin() as here:
        _check_empty(here)
        run_scripts(here)
        with _snapshot(source) as there:
            return _copy(there, here)


def _copy(there: Connection, here: Connection) -> Copied:
    try:
        with _rules_of_birth_off(here):
            sent = {table.name: _send(there, here, table) for table in Base.metadata.sorted_tables}
    except (DataError, IntegrityError) as error:
        raise Refused(
            f"La otra base de datos no acepta un dato: {error.orig}; no se copió nada.",
            f"The other database does not take a value: {error.orig}; nothing was copied.",
            code="copy_refused",
        ) from error
    _check_arrived(here, sent)
    _check_references(here)
    _number_on(here)
    return Copied({name: content.count for name, content in sent.items()}, _same_chain(there, here))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "postgresql":
        options = engine.execution_options(isolation_level="REPEATABLE READ")
    else:
        options = engine.execution_options(sqlite_begin="IMMEDIATE")
    with options.connect() as connection:
        yield connection
        connection.rollback()


def _check_empty(here: Connection) -> None:
    """Tables of ours without a row are nothing; any other table is somebody's."""
    for name in filter(is_ours, inspect(here).get_table_names()):
        known = name in Base.metadata.tables
        if not known or here.scalar(select(func.count()).select_from(Base.metadata.tables[name])):
            raise Refused(
                f"Esa base de datos no está vacía (tabla {name}); no se copió nada.",
                f"That database is not empty (table {name}); nothing was copied.",
                code="copy_not_empty",
                hint="Cree una base de datos nueva y repita.",
                hint_en="Make a new database and do it again.",
            )


def _send(there: Connection, here: Connection, table: Table) -> _Content:
    content = _Content()
    with there.execute(_all(table)) as rows:
        for part in rows.partitions(_ROWS):
            for row in part:
                content = content.and_(tuple(row))
            here.execute(insert(table), [dict(row._mapping) for row in part])
    return content


def _all(table: Table) -> Select[Any]:
    """Every row, a few at a time: of the statement alone, for an option of the connection would stay on it."""
    return select(table).execution_options(yield_per=_ROWS)


def _check_arrived(here: Connection, sent: dict[str, _Content]) -> None:
    for name, content in sent.items():
        arrived = _Content()
        with here.execute(_all(Base.metadata.tables[name])) as rows:
            for row in rows:
                arrived = arrived.and_(tuple(row))
        if arrived != content:
            raise CopyFailed(f"table {name}: {content.count} rows were sent, {arrived.count} arrived, or they differ")


@contextmanager
def _rules_of_birth_off(here: Connection) -> Iterator[None]:
    """A fourth phone that came of a merger is never born, only made; here it comes as it is. All rules stand again, and
    are looked at, before anything is stored."""
    if here.dialect.name == "postgresql":
        here.execute(text("ALTER TABLE authorisation DISABLE TRIGGER USER"))
        strict = _strict_references(here)
        _set_references(here, strict, "DEFERRABLE")
        here.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        yield
        here.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        _set_references(here, strict, "NOT DEFERRABLE")
        here.execute(text("ALTER TABLE authorisation ENABLE TRIGGER USER"))
        return
    here.execute(text("PRAGMA defer_foreign_keys = ON"))
    made = here.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'authorisation'")
    ).all()
    for name, _sql in made:
        here.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _name, sql in made:
        here.exec_driver_sql(sql)


def _strict_references(here: Connection) -> list[tuple[str, str]]:
    """Tables with their references that PostgreSQL looks at after each statement; a row may come before the one that it
    names."""
    query = text(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
        "WHERE contype = 'f' AND NOT condeferrable AND conrelid::regclass::text = ANY(:tables)"
    )
    tables = [table.name for table in Base.metadata.sorted_tables]
    return [(table, name) for table, name in here.execute(query, {"tables": tables})]


def _set_references(here: Connection, references: list[tuple[str, str]], mode: str) -> None:
    for table, name in references:
        here.execute(text(f"ALTER TABLE {table} ALTER CONSTRAINT {name} {mode}"))


def _check_references(here: Connection) -> None:
    """PostgreSQL has looked; SQLite looks when it stores, and says no more than that something is wrong."""
    if here.dialect.name != "sqlite":
        return
    if broken := here.execute(text("PRAGMA foreign_key_check")).first():
        raise CopyFailed(f"table {broken[0]}: a row names one that is not there")


def _number_on(here: Connection) -> None:
    """The next row gets the number after the last; SQLite does so by itself."""
    if here.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer):
            continue
        last = here.scalar(select(func.max(column)))
        if last is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            here.execute(select(func.setval(sequence, last)))


def _same_chain(there: Connection, here: Connection) -> audit.ChainCheck:
    with Session(there) as before, Session(here) as after:
        left, arrived = audit.verify_store(before), audit.verify_store(after)
    if left != arrived:
        raise CopyFailed(f"the audit chain ends in {arrived.head}, not in {left.head}")
    return arrived
