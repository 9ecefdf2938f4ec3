"""What was worked out of many rows, kept in memory until something happens to them.

Each transaction notes which tables it changed, with the number of its audit event, so that what was worked out of some
tables holds while no newer number is noted at them. Rows that are no more than bookkeeping must not go into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from netreg.store.audit import AuditEvent, newest
from netreg.store.base import Base

# In `info` of a session that only reads: what another one has not committed may never have been.
SNAPSHOT = "netreg.snapshot"
# Stands for all tables: what a statement in plain SQL changed nobody knows.
RAW_SQL = "raw SQL"
Kept = TypeVar("Kept")


# What changes no request, device, area or list: who looked at what, what a point answered, who is told of what. A busy
# office records these all day.
QUIET = frozenset({
    "addresses.read", "addresses.exported", "trail.read", "person.exported", "audit.anchored", "audit.anchor_failed",
    "backup.made", "backup.failed", "point.push_failed", "point.push_asked", "point.look_asked", "point.looked_at",
    "point.paused", "point.resumed", "token.made", "token.revoked", "person.reset_asked", "person.reset_sent",
    "alert.opened", "alert.acknowledged", "alert.snoozed", "alert.assigned", "alert.noted", "alert.reopened",
    "alert.freed", "alert.closed", "source.ended",
})  # fmt: skip


def last_event(session: Session) -> int:
    """The number of the last audit event that this session sees, without those of `QUIET`."""
    query = select(AuditEvent.seq).where(AuditEvent.name.not_in(QUIET)).order_by(AuditEvent.seq.desc()).limit(1)
    return session.scalar(query) or 0


def stretch(at: datetime, minutes: int) -> datetime:
    """When the stretch of so many minutes began that this instant lies in; what holds so long is asked for by it."""
    return at.replace(minute=at.minute - at.minute % minutes, second=0, microsecond=0)


class TableChange(Base):
    """The number of the last audit event of a transaction that changed something in a table."""

    __tablename__ = "table_change"
    bookkeeping = True

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int]


def note_changes(session: Session, tables: Iterable[str]) -> None:
    """Note at these tables that they changed, in the transaction that changed them and after its last event."""
    seq, names = newest(session), set(tables)
    known = session.scalars(select(TableChange).where(TableChange.name.in_(names))).all()
    for row in known:
        row.seq = seq
    session.add_all(TableChange(name=name, seq=seq) for name in sorted(names - {row.name for row in known}))


class Known(NamedTuple, Generic[Kept]):
    """What was worked out, and the last audit event there was then."""

    seq: int
    kept: Kept


class Memory(Generic[Kept]):
    """The last of its kind that was worked out, for each database; threads may share it.

    `tables` are those it is worked out of, for `current`. No row of ours takes rows of another such table along.
    """

    def __init__(self, *tables: type[Base]) -> None:
        self._tables = sorted({table.__tablename__ for table in tables} | {RAW_SQL})
        self._known: WeakKeyDictionary[Any, Known[Kept]] = WeakKeyDictionary()

    def current(
        self, session: Session, work: Callable[[], Kept], answers: Callable[[Kept], bool] = lambda _kept: True
    ) -> Kept:
        """What was worked out of its tables as they are, if it `answers` what is asked; else what `work` gives."""
        seq, known = self.changed(session), self.recall(session)
        if known is not None and known.seq == seq and answers(known.kept):
            return known.kept
        found = work()
        self.keep(session, seq, found)
        return found

    def changed(self, session: Session) -> int:
        """The number of the last event with which its tables changed; 0 before there was one."""
        return session.scalar(select(func.max(TableChange.seq)).where(TableChange.name.in_(self._tables))) or 0

    def recall(self, session: Session) -> Known[Kept] | None:
        """What is known, whether or not something happened since; nothing for who is writing."""
        return self._known.get(session.get_bind()) if session.info.get(SNAPSHOT) else None

    def keep(self, session: Session, seq: int, kept: Kept) -> None:
        """`seq` was the last event, or the last that counts, before the rows were read."""
        if session.info.get(SNAPSHOT):
            self._known[session.get_bind()] = Known(seq, kept)
