"""Who may confirm a plan that the guard stopped: somebody else than whoever ordered what it takes out.

Only what takes devices off a list bars; a look at the point that somebody asked for changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from netreg.policy.roles import may
from netreg.registry import allowlists, queries
from netreg.registry.models import Interface, Pass, Person, Point
from netreg.store.audit import AuditEvent

PERMISSION = "points.change"
# What takes a device off the lists; and what takes many off one point's list, or off all.
_OF_A_DEVICE = ("device.removal_ordered", "device.suspended", "device.moved")
_OF_A_POINT = ("point.scoped", "point.strays_ordered_out")
_OF_AREAS = ("area.sited",)
# Longer than a pass takes: what was ordered while the last verified one ran is not in it.
_A_PASS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Confirmers:
    """Who ordered what the plan takes out, and who else may confirm it today."""

    causers: frozenset[str]
    others: tuple[Person, ...]

    def is_barred(self, actor: str) -> bool:
        """Whether this person caused the plan and another one may confirm it."""
        return actor in self.causers and bool(self.others)

    def is_alone(self, actor: str) -> bool:
        """Whether this person caused the plan and nobody else may confirm it."""
        return actor in self.causers and not self.others


def confirmers(session: Session, point: Point, today: date) -> Confirmers:
    """For the plan that the guard stopped last at this point."""
    since = point.verified_at - _A_PASS if point.verified_at else None
    causers = _of_devices(session, _lost(session, point), since) | _of_the_point(session, point, since)
    found = (one for one in queries.people(session) if one.email not in causers and _may_confirm(session, one, today))
    return Confirmers(frozenset(causers), tuple(found))


def _may_confirm(session: Session, person: Person, today: date) -> bool:
    return person.active and person.password is not None and may(queries.held(session, person, today), PERMISSION)


def _lost(session: Session, point: Point) -> set[str]:
    """The addresses that the stopped plan takes out: as the pass noted them, else as the registry knows the point."""
    stopped = select(Pass).where(Pass.point_id == point.id, Pass.plan == point.refused_plan)
    row = session.scalars(stopped.order_by(Pass.id.desc()).limit(1)).first()
    if row is not None:
        return {mac for mac, _label in row.removed} - {mac for mac, _label in row.added}
    have, want = allowlists.baseline(point), allowlists.desired(session, point).by_mac
    return {str(mac) for mac in have.by_mac if mac not in want} if have is not None else set()


def _of_devices(session: Session, macs: set[str], since: datetime | None) -> set[str]:
    """Who ordered these devices out since then; for a device of which nobody did, whoever did last."""
    numbers = session.scalars(select(Interface.device_id).where(Interface.mac.in_(macs)))
    subjects = {f"device {number}" for number in numbers}
    orders = select(AuditEvent).where(AuditEvent.subject.in_(subjects), AuditEvent.name.in_(_OF_A_DEVICE))
    by_device: dict[str, list[AuditEvent]] = {}
    for event in session.scalars(orders.order_by(AuditEvent.seq)):
        by_device.setdefault(event.subject, []).append(event)
    return {
        event.actor
        for events in by_device.values()
        for event in [one for one in events if since is None or one.when >= since] or events[-1:]
    }


def _of_the_point(session: Session, point: Point, since: datetime | None) -> set[str]:
    """Who narrowed what the point takes, or ordered entries made by hand out of it."""
    here = AuditEvent.name.in_(_OF_A_POINT) & (AuditEvent.subject == f"point {point.name}")
    orders = session.scalars(select(AuditEvent).where(or_(here, AuditEvent.name.in_(_OF_AREAS))))
    return {one.actor for one in orders if since is None or one.when >= since}
