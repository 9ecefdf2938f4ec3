"""Devices on hold that wait for somebody: the coordinator's review, or the area's letter about a lost one.

A suspension for security is reviewed by the coordinator in one working day; a lost device is regularised by its area
with a letter within five (core workflow, section 7). Nothing follows by itself when the days are over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures.timing import DAY
from netreg.registry.models import Authorisation, Device, Operation, Ticket

LOST = "lost"
REVIEW_DAYS, LETTER_DAYS = 1, 5


class OnHold(NamedTuple):
    """A suspended device, until when somebody should have answered for it, and whether that is past."""

    device: Device
    due: datetime
    late: bool


def to_review(session: Session, calendar: Calendar, at: datetime) -> list[OnHold]:
    """What the coordinator has to look at: security suspensions not reviewed yet, and lost devices without a letter
    after its days."""
    held = _suspended(session)
    lost = [one for one in _to_regularise(session, held, calendar, at) if one.late]
    unseen = [device for device in held if device.authorisation.suspended_for != LOST]
    unseen = [device for device in unseen if device.authorisation.suspension_reviewed is None]
    found = [*(_on_hold(device, calendar, at, REVIEW_DAYS) for device in unseen), *lost]
    return sorted(found, key=lambda one: one.due)


def to_regularise(session: Session, calendar: Calendar, at: datetime, area_id: int | None = None) -> list[OnHold]:
    """The lost devices, of one area or of all, whose area has not asked in writing for their removal or a swap yet."""
    held = [device for device in _suspended(session) if area_id is None or device.area_id == area_id]
    return _to_regularise(session, held, calendar, at)


def _to_regularise(session: Session, held: Iterable[Device], calendar: Calendar, at: datetime) -> list[OnHold]:
    lost = [device for device in held if device.authorisation.suspended_for == LOST]
    return [_on_hold(device, calendar, at, LETTER_DAYS) for device in lost if not _is_asked(session, device)]


def _suspended(session: Session) -> list[Device]:
    query = select(Device).join(Device.authorisation).options(contains_eager(Device.authorisation))
    return list(session.scalars(query.where(Authorisation.state == quota.SUSPENDED).order_by(Device.id)))


def _on_hold(device: Device, calendar: Calendar, at: datetime, days: int) -> OnHold:
    since = device.authorisation.suspended or at
    due = calendar.add_working_day_hours(since, days * DAY)
    return OnHold(device, due, due < at)


def _is_asked(session: Session, device: Device) -> bool:
    """Whether a request that was sent and is under way takes the device out, or puts another in its place."""
    under_way = select(Ticket.id).where(Ticket.sent.is_not(None), Ticket.closed.is_(None))
    removal = select(Operation.id).where(Operation.device_id == device.id, Operation.kind == "remove")
    swap = select(Device.id).join(Authorisation, Authorisation.device_id == Device.id)
    swap = swap.where(Authorisation.replaces_id == device.id, Authorisation.state == quota.REQUESTED)
    asked = (removal.where(Operation.ticket_id.in_(under_way)), swap.where(Device.ticket_id.in_(under_way)))
    return any(session.scalar(one.limit(1)) is not None for one in asked)
