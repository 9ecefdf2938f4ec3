"""Deliveries: work owed to the outside, stored with the change that owes it.

One WAITING and one RUNNING row at most per kind and target. A row being carried does not count as waiting, or a
change made during a push would be lost; two workers never stand on one point.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, Index, Text, func, select, text, true, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from netreg.store import summons
from netreg.store.base import Base

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

BACKOFF_FIRST_SECONDS = 2.0
BACKOFF_MOST_SECONDS = 300.0

_CLAIM_LOCK = 0x6E72_636C  # "nrcl"

# What may not be claimed now: kinds with their targets.
Held = Collection[tuple[str, str]]


class Delivery(Base):
    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"state IN ('{WAITING}', '{RUNNING}', '{DONE}', '{FAILED}')", name="state"),
        Index("uq_delivery_waiting", "kind", "target", unique=True, sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
        Index("uq_delivery_running", "kind", "target", unique=True, sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
        Index("ix_delivery_due", "state", "due"),
    )  # fmt: skip
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=WAITING)
    created: Mapped[datetime]
    due: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str | None] = mapped_column(Text)
    finished: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry one delivery: good only while (worker, attempt) still stand on the row."""

    id: int
    kind: str
    target: str
    attempt: int
    worker: str


def owe(session: Session, kind: str, target: str, at: datetime) -> None:
    """Owe this work, once: a row that already waits is made due now instead of a second one.

    A permanent failure that waited for a person is answered by the new order.
    """
    # On PostgreSQL somebody may owe the same at the same moment, and a worker take that between our two looks.
    while (waiting := _waiting(session, kind, target) or _owed_first(session, kind, target, at)) is None:
        pass
    if waiting.due > at:
        waiting.due = at
    summons.call(session, waiting.id, waiting.due)


def _waiting(session: Session, kind: str, target: str) -> Delivery | None:
    """The row that waits, locked until our change is stored: on PostgreSQL a worker could take it before that, look at
    the old state, and nothing would wait for the new one."""
    return session.scalar(select(Delivery).where(_about(kind, target, WAITING)).with_for_update())


def _owed_first(session: Session, kind: str, target: str, at: datetime) -> Delivery | None:
    """The row made now, or None where somebody else made one meanwhile."""
    made = Delivery(kind=kind, target=target, state=WAITING, created=at, due=at, attempts=0)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return None
    return made


def _about(kind: str, target: str, state: str) -> ColumnElement[bool]:
    return (Delivery.kind == kind) & (Delivery.target == target) & (Delivery.state == state)


def in_turn(session: Session) -> None:
    """Claim one after the other, until this transaction ends: what a worker saw before it claimed is then still so.

    On SQLite every writing transaction waits for the one before it.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIM_LOCK})


def is_carried(session: Session, at: datetime, kinds: tuple[str, ...]) -> bool:
    """Whether any worker has one of these under way."""
    running = (Delivery.state == RUNNING) & (Delivery.lease_until >= at)
    return session.scalar(select(Delivery.id).where(Delivery.kind.in_(kinds), running).limit(1)) is not None


def kind_of(session: Session, delivery: int) -> str | None:
    """What kind of work this is, None where it is forgotten."""
    return session.scalar(select(Delivery.kind).where(Delivery.id == delivery))


def is_due(session: Session, at: datetime, kinds: tuple[str, ...], held: Held = (), only: int | None = None) -> bool:
    """Whether a look with the write lock is worth it: something waits (this delivery, where `only` names one) or a
    lease ran out."""
    waits = (Delivery.state == WAITING) & (Delivery.due <= at) & _is_free(held) & _is(only)
    abandoned = (Delivery.state == RUNNING) & (Delivery.lease_until < at)
    return session.scalar(select(Delivery.id).where(Delivery.kind.in_(kinds), waits | abandoned).limit(1)) is not None


def _is(only: int | None) -> ColumnElement[bool]:
    return true() if only is None else Delivery.id == only


def _is_free(held: Held) -> ColumnElement[bool]:
    return tuple_(Delivery.kind, Delivery.target).not_in(list(held))


def claim(
    session: Session,
    worker: str,
    at: datetime,
    lease: timedelta,
    kinds: tuple[str, ...],
    held: Held = (),
    only: int | None = None,
) -> Claim | None:
    """Take the delivery that is due the longest and whose target nobody stands on, or None; none that is `held`, and
    none but `only`, where that names one.

    Rows whose lease ran out are taken back first: their worker died.
    """
    _take_back(session, at)
    running = aliased(Delivery)
    busy = select(running.id).where(
        running.kind == Delivery.kind, running.target == Delivery.target, running.state == RUNNING
    )
    waits = (Delivery.state == WAITING) & (Delivery.due <= at) & Delivery.kind.in_(kinds) & _is(only)
    row = session.scalar(
        select(Delivery)
        .where(waits, _is_free(held), ~busy.exists())
        .order_by(Delivery.due, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    try:
        with session.begin_nested():
            row.state, row.lease_by, row.lease_until = RUNNING, worker, at + lease
            row.attempts += 1
    except IntegrityError:  # PostgreSQL: another worker took the same target between our two statements
        return None
    return Claim(row.id, row.kind, row.target, row.attempts, worker)


def _take_back(session: Session, at: datetime) -> None:
    abandoned = select(Delivery).where(Delivery.state == RUNNING, Delivery.lease_until < at)
    for row in session.scalars(abandoned.with_for_update(skip_locked=True)):
        _back_to_waiting(session, row, at, "the worker stopped before it finished")


def _back_to_waiting(session: Session, row: Delivery, due: datetime, error: str) -> None:
    """Wait again; where a newer order already waits, that one carries on and this one ends."""
    if not _is_back(session, row, due):
        row.state, row.finished = DONE, due
    row.lease_by = row.lease_until = None
    row.error = error
    session.flush()
    waits = select(Delivery.id, Delivery.due).where(_about(row.kind, row.target, WAITING))
    for number, when in session.execute(waits):
        summons.call(session, number, when)


def _is_back(session: Session, row: Delivery, due: datetime) -> bool:
    """Have it wait again; False where another row waits for the same, or comes to at this moment."""
    if session.scalar(select(Delivery.id).where(_about(row.kind, row.target, WAITING))) is not None:
        return False
    try:
        with session.begin_nested():
            row.state, row.due = WAITING, due
    except IntegrityError:
        return False
    return True


def _mine(session: Session, claim: Claim) -> Delivery | None:
    """The row, if this very claim still holds it: a worker that lost its lease must not record anything."""
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.id == claim.id,
            Delivery.state == RUNNING,
            Delivery.lease_by == claim.worker,
            Delivery.attempts == claim.attempt,
        )
        .with_for_update()
    )


def holds(session: Session, claim: Claim) -> bool:
    """Whether this very claim still has the delivery."""
    return _mine(session, claim) is not None


def finish(session: Session, claim: Claim, at: datetime, moot: str = "") -> bool:
    """Done, or not needed any more for the reason in `moot`. False if the lease was lost meanwhile."""
    row = _mine(session, claim)
    if row is None:
        return False
    row.state, row.finished, row.error = DONE, at, moot
    _call_next(session, row, at)
    return True


def _call_next(session: Session, row: Delivery, at: datetime) -> None:
    """What was ordered while this one was carried could not be taken; nobody stands on its target any more."""
    following = session.scalar(select(Delivery.id).where(_about(row.kind, row.target, WAITING), Delivery.due <= at))
    if following is not None:
        summons.call(session, following, at)


def fail(
    session: Session,
    claim: Claim,
    at: datetime,
    error: str,
    *,
    permanent: bool,
    jitter: float,
    most: float = BACKOFF_MOST_SECONDS,
    again: datetime | None = None,
) -> bool:
    """Not done. Permanent: stops until a person acts. Otherwise waits again, longer each time, `most` seconds at most,
    or until `again`, where the caller knows better.

    `jitter` is a number in 0..1 that spreads the retries of many points.
    """
    row = _mine(session, claim)
    if row is None:
        return False
    if permanent:
        row.state, row.finished, row.error = FAILED, at, error
        _call_next(session, row, at)
    else:
        _back_to_waiting(session, row, again or at + backoff(row.attempts, jitter, most), error)
    return True


def backoff(attempts: int, jitter: float, most: float = BACKOFF_MOST_SECONDS) -> timedelta:
    """2 s, 4 s, 8 s ... at most `most` (5 minutes), of which the last half is spread by `jitter`."""
    pause = min(most, BACKOFF_FIRST_SECONDS * 2.0 ** (min(attempts, 12) - 1))
    return timedelta(seconds=pause * (0.5 + 0.5 * jitter))


def spread() -> float:
    """A random number for `jitter`; no secret depends on it."""
    return random.random()  # noqa: S311


def done_since(session: Session, kind: str, since: datetime) -> tuple[int, datetime | None]:
    """How many deliveries of a kind were carried since then, and when the first of them was; moot ones do not count."""
    carried = select(func.count(), func.min(Delivery.finished)).where(
        Delivery.kind == kind, Delivery.state == DONE, Delivery.error == "", Delivery.finished > since
    )
    count, first = session.execute(carried).one()
    return count, first


def extend(session: Session, claim: Claim, until: datetime) -> bool:
    """Keep the lease of a long push alive. False if it was lost."""
    result = session.execute(
        update(Delivery)
        .where(
            Delivery.id == claim.id,
            Delivery.state == RUNNING,
            Delivery.lease_by == claim.worker,
            Delivery.attempts == claim.attempt,
        )
        .values(lease_until=until)
        .returning(Delivery.id)
    )
    return result.first() is not None
