"""After a backup was put back: no point is pushed to before a person has seen what that would do there."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.reactions import KICK, LOOK, PUSH
from netreg.registry.models import Point
from netreg.store import outbox
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Transaction


class Held(NamedTuple):
    """Points that wait for a person since a restore, and when that was."""

    at: datetime
    points: tuple[str, ...]


def hold_points(tx: Transaction, *, made: str, file: str) -> list[str]:
    """Take every point out of service and have it looked at, and record the restore; the names of those that were in.

    Their keys stay pinned. Each goes back into service like a new one: with the plan that a person saw.
    """
    held = []
    for point in tx.session.scalars(select(Point).order_by(Point.name)):
        if point.enabled:
            held.append(point.name)
        point.enabled, point.looked = False, None
        point.refused_plan = point.confirmed_plan = point.expected_plan = None
    _withdraw_work(tx.session)
    for name in tx.session.scalars(select(Point.name).order_by(Point.name)).all():
        outbox.owe(tx.session, LOOK, name, now())
    tx.record(events.InstanceRestored(made=made, points=len(held), after={"file": file, "held": held}))
    return held


def _withdraw_work(session: Session) -> None:
    """Work at points that was owed when the backup was made is not carried out now."""
    owed = select(Delivery).where(Delivery.kind.in_((PUSH, KICK)), Delivery.state.in_((outbox.WAITING, outbox.RUNNING)))
    for row in session.scalars(owed):
        row.state, row.finished, row.error = outbox.DONE, now(), "withdrawn: the backup it was in was restored"
        row.lease_by = row.lease_until = None


def held_since_restore(session: Session) -> Held | None:
    """The points that the last restore took out of service and nobody put back; None where there are none."""
    query = select(AuditEvent).where(AuditEvent.name == events.InstanceRestored.name)
    row = session.scalar(query.order_by(AuditEvent.seq.desc()).limit(1))
    if row is None:
        return None
    names = row.facts["after"]["held"]
    waiting = session.scalars(
        select(Point.name).where(Point.name.in_(names), ~Point.enabled).order_by(Point.name)
    ).all()
    return Held(row.when, tuple(waiting)) if waiting else None
