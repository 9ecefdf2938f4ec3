"""How one folio tells its whole story: from the area's letter to the last point's read-back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.orm import Session

from netreg.policy import quota
from netreg.registry import queries
from netreg.registry.models import Device, Point, Ticket
from netreg.store.audit import AuditEvent

# What the points have to follow, and what says that all of them did.
ORDERS = frozenset(
    f"device.{name}"
    for name in ("approved", "bound", "slot_inherited", "restored", "suspended", "removal_ordered")
)  # fmt: skip
SETTLED = frozenset({"device.activated", "device.removed"})
PUSHED = "point.pushed"
# The push that settles a device is told after it, within the same transaction.
_NEARBY = 20


class ReadBack(NamedTuple):
    """Whether a point was read back as it must be for a device, and when it was read last."""

    point: str
    confirmed: bool
    at: datetime | None


def read_backs(session: Session, device: Device, points: Sequence[Point]) -> list[ReadBack]:
    """For each point whether it is known to let the device in, or to keep it out; nothing where nothing is owed."""
    state = device.authorisation.state
    if state not in (*quota.ADMITTED, quota.SUSPENDED, quota.REMOVING):
        return []
    macs = [interface.mac for interface in device.interfaces if interface.live]
    bearing = [_bearing(session, mac) for mac in macs]
    return [ReadBack(one.name, _confirms(one, device, [one.id in those for those in bearing]), one.verified_at)
            for one in points]  # fmt: skip


def _bearing(session: Session, mac: str) -> set[int]:
    """The points whose verified list has the address: sought in its text, which is thousands of rows long."""
    return set(session.scalars(select(Point.id).where(cast(Point.verified, Text).contains(f'"{mac}"'))))


def _confirms(point: Point, device: Device, there: list[bool]) -> bool:
    """`there`: of each of its addresses, whether the point lets it in."""
    if device.authorisation.state in quota.ADMITTED:
        return bool(there) and all(there)
    ordered = device.authorisation.removal_ordered
    return point.verified_at is not None and not any(there) and (ordered is None or point.verified_at >= ordered)


def story(session: Session, ticket: Ticket) -> Sequence[AuditEvent]:
    """What happened to a request and its devices, and the first read-back of each point after every order."""
    own = list(queries.story(session, [f"request {ticket.id}", *(f"device {one.id}" for one in ticket.devices)]))
    others = queries.story(session, [f"device {one.device_id}" for one in ticket.operations])
    told = own + [event for event in others if own and event.seq > own[0].seq]
    numbers = {seq for event in told if event.name in ORDERS for seq in _followed(session, event, told)}
    read = session.scalars(select(AuditEvent).where(AuditEvent.seq.in_(numbers))).all()
    return sorted([*told, *read], key=lambda event: event.seq)


def _followed(session: Session, order: AuditEvent, told: list[AuditEvent]) -> list[int]:
    """The first verified push to each point after an order, no later than the one that settled it."""
    ends = [one.seq for one in told if one.subject == order.subject and one.name in SETTLED and one.seq > order.seq]
    # Point by point: the log has years of pushes, and the first after an order is the next that is told of its point.
    push = select(AuditEvent.seq).where(AuditEvent.subject == literal("point ") + Point.name, AuditEvent.name == PUSHED)
    push = push.where(AuditEvent.seq > order.seq, *([AuditEvent.seq <= min(ends) + _NEARBY] if ends else []))
    first = push.order_by(AuditEvent.seq).limit(1).correlate(Point).scalar_subquery()
    return [seq for seq in session.scalars(select(first).select_from(Point)) if seq is not None]
