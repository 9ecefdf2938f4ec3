"""Owe the deliveries an event calls for, in the transaction that recorded it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.events import Event
from netreg.reactions import EVERY_POINT, KICK, LOOK, PUSH, point_to_kick_at, point_to_look_at, points_to_push
from netreg.registry.models import Point
from netreg.store import outbox
from netreg.store.base import now


def owe_deliveries(session: Session, event: Event) -> None:
    """One waiting push for each point in service the event concerns, and one look at those that are not yet."""
    if (target := points_to_push(event)) is not None:
        _owe(session, PUSH, target, enabled=True)
    if (target := point_to_kick_at(event)) is not None:
        _owe(session, KICK, target, enabled=True)
    if (target := point_to_look_at(event)) is not None:
        _owe(session, LOOK, target, enabled=False)


def _owe(session: Session, kind: str, target: str, *, enabled: bool) -> None:
    query = select(Point.name).where(Point.enabled == enabled).order_by(Point.name)
    for name in list(session.scalars(query if target == EVERY_POINT else query.where(Point.name == target))):
        outbox.owe(session, kind, name, now())
