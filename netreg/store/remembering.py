"""What was worked out of many rows, kept in memory until something happens.

Nothing that is audited changes without another audit event, so that the number of the last one says whether what was
worked out still holds. Rows that are no more than bookkeeping must not go into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.store.audit import AuditEvent

# In `info` of a session that only reads: what another one has not committed may never have been.
SNAPSHOT = "netreg.snapshot"
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


class Known(NamedTuple, Generic[Kept]):
    """What was worked out, and the last audit event there was then."""

    seq: int
    kept: Kept


class Memory(Generic[Kept]):
    """The last of its kind that was worked out, for each database; threads may share it."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, Known[Kept]] = WeakKeyDictionary()

    def current(
        self, session: Session, work: Callable[[], Kept], answers: Callable[[Kept], bool] = lambda _kept: True
    ) -> Kept:
        """What nothing happened to since it was worked out, if it `answers` what is asked; else what `work` gives."""
        seq, known = last_event(session), self.recall(session)
        if known is not None and known.seq == seq and answers(known.kept):
            return known.kept
        found = work()
        self.keep(session, seq, found)
        return found

    def recall(self, session: Session) -> Known[Kept] | None:
        """What is known, whether or not something happened since; nothing for who is writing."""
        return self._known.get(session.get_bind()) if session.info.get(SNAPSHOT) else None

    def keep(self, session: Session, seq: int, kept: Kept) -> None:
        """`seq` was the last event before the rows were read."""
        if session.info.get(SNAPSHOT):
            self._known[session.get_bind()] = Known(seq, kept)
