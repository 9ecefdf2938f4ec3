"""Whether this process can do its work now. Anybody may ask: names and short words, nothing of the installation."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from netreg.errors import NetregError
from netreg.health import room, rows
from netreg.registry.models import Role
from netreg.store import upgrade


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and why it is not well. Without what is not `needed` pages are served all the same:
    it is told, and stops nothing.
    """

    name: str
    why: str = ""
    needed: bool = True

    @property
    def ok(self) -> bool:
        return not self.why


def look(reading: Callable[[], Session], data_dir: Path, at: datetime) -> list[Check]:
    """Database, schema, storage and worker; `reading` opens the session that rows are read with."""
    answers = _why(lambda: _database(reading()))
    return [
        Check("database", answers),
        Check("schema", "not known" if answers else _why(lambda: _schema(reading()))),
        Check("storage", _storage(data_dir)),
        Check("worker", "not known" if answers else _why(lambda: _worker(reading(), at)), needed=False),
    ]


def _why(look: Callable[[], str]) -> str:
    """What the look says, or that there was no answer."""
    try:
        return look()
    except (SQLAlchemyError, NetregError):
        return "no answer"


def _database(session: Session) -> str:
    session.execute(select(Role.id).limit(1))
    return ""


def _schema(session: Session) -> str:
    at = upgrade.revision(session.connection())
    if at == upgrade.head():
        return ""
    return "older than the program" if at in upgrade.revisions() else "newer than the program, or none"


def _storage(folder: Path) -> str:
    """Written to, because neither rights nor a quota nor a disk that became read-only show otherwise."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
    except OSError:
        return "cannot be written to"
    left = room.free_mb(folder)
    return "hardly any room left" if left is None or left < room.ERROR_BELOW_MB else ""


def _worker(session: Session, at: datetime) -> str:
    """Nothing but its work tells of a worker: what it takes up at once and has not taken up for minutes."""
    return "" if session.scalar(rows.overdue(at).limit(1)) is None else "work waits for too long"
