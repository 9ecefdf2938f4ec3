"""A copy of the database before its tables are changed, and back to it should a migration fail halfway.

It lies in `data_dir`, which only this account reads: on SQLite a database, on PostgreSQL a plain backup without files.
A migration is one transaction, so a failure undoes itself; the copy is for scripts that store something on their way.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from netreg.backup import rows
from netreg.store.base import now
from netreg.store.upgrade import Copy, Safeguard

_NAME = re.compile(r"before-upgrade-[0-9]{4}-[0-9]{8}T[0-9]{12}Z\.(db|tar\.gz)", re.ASCII)
KEPT = timedelta(days=30)


def into(folder: Path) -> Safeguard:
    """What keeps copies in this folder."""

    def keep(engine: Engine, revision: str) -> Copy:
        stem = f"before-upgrade-{revision}-{now():%Y%m%dT%H%M%S%fZ}"
        if engine.dialect.name == "sqlite":
            return _SqliteCopy.make(folder / f"{stem}.db", engine)
        return _PostgresCopy.make(folder / f"{stem}.tar.gz", engine)

    return keep


def copies(folder: Path) -> list[Path]:
    """The copies in a folder, the oldest first."""
    return sorted(one for one in folder.iterdir() if _NAME.fullmatch(one.name)) if folder.is_dir() else []


def forget(folder: Path, at: datetime) -> None:
    """Take away copies of long ago: they hold what people's terms of retention have taken out since."""
    for path in copies(folder):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < at - KEPT:
            path.unlink()


def content(connection: Connection) -> str:
    """A hash over the revision, the columns and the rows of all tables."""
    digest = hashlib.sha256(str(connection.scalar(text("SELECT version_num FROM alembic_version"))).encode())
    for shape in rows.shapes(connection):
        digest.update(repr(shape).encode())
        for part, _ in rows.parts(connection, shape):
            digest.update(part)
    return digest.hexdigest()


def _content_of(engine: Engine) -> str:
    with engine.connect() as connection:
        found = content(connection)
        connection.rollback()
    return found


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


@dataclass(frozen=True)
class _SqliteCopy:
    path: Path
    before: str

    @classmethod
    def make(cls, path: Path, engine: Engine) -> Copy:
        os.close(_private(path))
        with closing(sqlite3.connect(path)) as copy, _driver(engine) as live:
            live.backup(copy)
        return cls(path, _content_of(engine))

    def put_back(self, engine: Engine) -> bool:
        if _content_of(engine) == self.before:
            return False
        engine.dispose()
        with closing(sqlite3.connect(self.path)) as copy, _driver(engine) as live:
            copy.backup(live)
        return True


@contextmanager
def _driver(engine: Engine) -> Iterator[sqlite3.Connection]:
    with closing(engine.raw_connection()) as raw:
        connection = raw.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            raise TypeError("not SQLite")
        yield connection


@dataclass(frozen=True)
class _PostgresCopy:
    path: Path
    before: str

    @classmethod
    def make(cls, path: Path, engine: Engine) -> Copy:
        from netreg.backup.making import write  # every command opens the store, and hardly one migrates it

        with os.fdopen(_private(path), "wb") as file:
            write(file, engine, None, {})
        return cls(path, _content_of(engine))

    def put_back(self, engine: Engine) -> bool:
        """What the failed migration left is set aside as a schema of its own."""
        from netreg.backup.restoring import load, set_schema_aside

        if _content_of(engine) == self.before:
            return False
        with engine.begin() as connection:
            set_schema_aside(connection, f"failed_upgrade_{now():%Y%m%dt%H%M%S%fz}")
            load(self.path, None, connection, None)
        return True
