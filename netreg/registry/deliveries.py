"""Owe the deliveries an event calls for, in the transaction that recorded it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.events import Event
from netreg.reactions import EVERY_POINT, PUSH, points_to_push
from netreg.registry.models import Point
from netreg.store import outbox
from netreg.store.base import now


def owe_deliveries(session: Session, event: Event) -> None:
    """One waiting push for each point the event concerns, however many events ask for it."""
    target = points_to_push(event)
    if target is None:
        return
    names = session.scalars(select(Point.name).order_by(Point.name)) if target == EVERY_POINT else [target]
    for name in list(names):
        outbox.owe(session, PUSH, name, now())
