"""Whether the database is there, at this version's tables, whole, and can be written to. It is never upgraded here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from netreg.health.findings import Finding, found
from netreg.store import upgrade

# What a service that is at work may keep the database for.
LOCK_WAIT_SECONDS = 5.0
_DAMAGES_NAMED = 3


def missing(url: str) -> Finding | None:
    """The finding where an SQLite file is not there: opening it would make an empty one."""
    file = make_url(url).database
    if make_url(url).get_backend_name() != "sqlite" or (file and Path(file).is_file()):
        return None
    return found("netreg.D010", problem=f"{file or 'SQLite'}: no existe / is not there")


def examine(engine: Engine) -> Iterator[Finding]:
    """The findings about the database itself. What stops at the first of them is told by `is_readable`."""
    try:
        at = upgrade.current(engine)
        if at != upgrade.head():
            yield found("netreg.D011", at=at or "—", head=upgrade.head())
    except SQLAlchemyError as error:
        yield found("netreg.D010", problem=_reason(error))
        return
    try:
        with engine.connect() as connection:
            damages = [*_damages(connection)][:_DAMAGES_NAMED]
    except SQLAlchemyError as error:
        yield unreadable(error)
        return
    if damages:
        yield found("netreg.D012", problem="; ".join(damages))
    yield from _unwritable(engine)


def is_readable(findings: list[Finding]) -> bool:
    """Whether rows may be read after these findings about the database."""
    return not {one.id for one in findings} & {"netreg.D010", "netreg.D011", "netreg.D012"}


def unreadable(error: Exception) -> Finding:
    """The finding where reading broke off: the server went away or the file is held, or what is stored is broken."""
    return found("netreg.D010" if isinstance(error, OperationalError) else "netreg.D012", problem=_reason(error))


def _damages(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("PRAGMA integrity_check(3)")).scalars()
        yield from (str(row) for row in rows if row != "ok")
        for table, row, parent, _key in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(_DAMAGES_NAMED):
            yield f"{table} {row} → {parent}"
        return
    # PostgreSQL counts pages that did not match their checksum as it comes across them.
    failed = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
    if count := connection.scalar(text(failed)):
        yield f"{count} checksum failures"


def _unwritable(engine: Engine) -> Iterator[Finding]:
    """Write a value over itself and take it back: rights, a lock and a read-only server all show here."""
    try:
        with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            connection.rollback()
    except SQLAlchemyError as error:
        yield found("netreg.D013", problem=_reason(error))


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or type(error).__name__)
