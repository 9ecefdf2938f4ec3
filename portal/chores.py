"""What waits for a person besides the steps of requests: lists, suspensions, computers that nobody brought."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select

from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, revalidation, suspensions, timing
from netreg.procedures.models import ANSWERED
from netreg.procedures.suspensions import LOST, OnHold
from netreg.registry.models import Authorisation, Device, Ticket
from netreg.store.base import now
from portal import dates
from portal.access import may, today
from portal.rows import reading, store


class Chore(NamedTuple):
    """One line of the start page: what waits, where, and whether its day is past."""

    text: str
    url: str
    late: bool


def chores() -> list[Chore]:
    """Everything that waits for the person signed in, what is past its day first."""
    return sorted([*_lists(), *_holds(), *_computers()], key=lambda one: not one.late)


def _calendar() -> Calendar:
    return calendars.current(reading(), store().office)


def _lists() -> Iterator[Chore]:
    if not may("revalidation.see"):
        return
    for row in revalidation.lists(reading(), open_only=True):
        area, late = revalidation.answering(reading(), row), row.due < today()
        mine = may("revalidation.answer") and area.id == current_user.area_id
        if mine or (row.state == ANSWERED and may("revalidation.receive")) or (late and may("revalidation.direct")):
            said = _(
                "Lista R%(number)d de %(area)s: hasta el %(day)s", number=row.id, area=area.name, day=dates.day(row.due)
            )
            yield Chore(said, url_for("revalidation.show", number=row.id), late)


def on_hold() -> list[OnHold]:
    """The suspended devices that wait for this person: for the coordinator's review, or for the area's letter."""
    session, calendar = reading(), _calendar()
    if may("devices.release"):
        return suspensions.to_review(session, calendar, now())
    if may("requests.ask") and current_user.area_id:
        return suspensions.to_regularise(session, calendar, now(), current_user.area_id)
    return []


def _holds() -> Iterator[Chore]:
    for one in on_hold():
        when, name = dates.minute(one.due), one.device.label
        if one.device.authorisation.suspended_for == LOST:
            said = _("Equipo extraviado sin oficio: %(name)s (hasta el %(when)s)", name=name, when=when)
        else:
            said = _("Suspensión por revisar: %(name)s (hasta el %(when)s)", name=name, when=when)
        yield Chore(said, url_for("devices.show", number=one.device.id), one.late)


def _computers() -> Iterator[Chore]:
    """Requests with an approved computer that nobody brought for five working days, for IT."""
    if not may("requests.decide"):
        return
    missing = select(Device.ticket_id).join(Authorisation, Authorisation.device_id == Device.id)
    missing = missing.where(Authorisation.state == quota.AWAITING_BINDING)
    open_ones = select(Ticket).where(Ticket.closed.is_(None), Ticket.id.in_(missing)).order_by(Ticket.id)
    calendar = _calendar()
    for ticket in reading().scalars(open_ones):
        for device in timing.unbrought(ticket, calendar, now()):
            said = _(
                "Puede devolverse, no la han traído: %(name)s, %(folio)s", name=device.label, folio=ticket.reference
            )
            yield Chore(said, url_for("requests.show", folio=ticket.reference, _anchor=f"device-{device.id}"), True)
