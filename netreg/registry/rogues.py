"""The week's unregistered devices, each with what was decided about it (CIS Controls v8, 1.2), and who was looking."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.mac import MacAddress
from netreg.policy.week import Days, Week
from netreg.registry.commands.sightings import LEASES
from netreg.registry.discovery import View, sources
from netreg.registry.memory import Register
from netreg.registry.models import Alert, Authorisation, Device, Interface, Sighting, Stay, Verdict
from netreg.registry.presence import Stayed
from netreg.store.audit import AuditEvent

OPEN = "open"
# Somebody closed the alert with a note and no more.
CLOSED = "closed"
_AT_ONCE = 5000


class Decision(NamedTuple):
    """What became of a device: a code of DECISIONS, `closed` or `open`; by whom, when, and until when if it ends."""

    code: str
    by: str = ""
    at: datetime | None = None
    until: datetime | None = None
    device: int | None = None


@dataclass(slots=True)
class Seen:
    """Where and on which days of the week something was heard; instants are cut to the week."""

    first: datetime
    last: datetime
    places: dict[str, None] = field(default_factory=dict)
    days: set[int] = field(default_factory=set)

    def add(self, place: str, since: datetime, until: datetime, days: range) -> None:
        self.first, self.last = min(self.first, since), max(self.last, until)
        self.places.setdefault(place)
        self.days.update(days)


@dataclass(frozen=True, slots=True)
class Rogue:
    """One address that was there in the week without being registered."""

    mac: MacAddress
    places: tuple[str, ...]
    first: datetime
    last: datetime
    days: int
    decision: Decision
    alert: int | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a source heard in the week: on how many days, how many devices, when last; and how it stands today."""

    source: View
    days: int
    devices: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """The rogues of a week, those nobody decided about first, and the sources that looked."""

    week: Week
    at: datetime
    rogues: list[Rogue]
    proofs: list[Proof]

    @property
    def open(self) -> int:
        return sum(one.decision.code == OPEN for one in self.rogues)


def report(
    session: Session,
    week: Week,
    zone: tzinfo,
    at: datetime,
    *,
    expected: Collection[MacAddress] = (),
    blind_after: timedelta,
) -> Report:
    """The report of a week as it stands at `at`; of a week that is not over, so far.

    An address is in it that was there unregistered when a stay of it began or ended in the week: what was registered
    meanwhile is in it with that decision, and so is a device that was taken out and is still there.
    """
    start, end = week.start(zone), min(week.end(zone), at)
    register, days = Register.of(session, expected), Days.of(week.first, week.last, zone)
    rogues: dict[str, Seen] = {}
    heard: dict[tuple[str, str], _Heard] = {}
    unknown = set()
    for stay in _stays(session, start, end):
        since, until = max(stay.since, start), min(stay.until, end)
        touched = days.touched(since, until)
        heard.setdefault((stay.source, stay.place), _Heard()).add(stay.mac, since, until, touched)
        rogues.setdefault(stay.mac, Seen(since, until)).add(_place(stay), since, until, touched)
        if not (register.knew(stay.mac, since) and register.knew(stay.mac, until)):
            unknown.add(stay.mac)
    decided = _Decided.of(session, at, start)
    found = [_rogue(mac, rogues[mac], decided) for mac in unknown if not MacAddress(mac).is_group]
    found.sort(key=lambda one: (one.decision.code != OPEN, one.first, one.mac))
    proofs = _proofs(session, heard, start, end, sources(session, at, blind_after))
    return Report(week, at, found, proofs)


def _stays(session: Session, start: datetime, end: datetime) -> Iterator[Stayed]:
    query = select(Stay.mac, Stay.source, Stay.place, Stay.port, Stay.since, Stay.until)
    query = query.where(Stay.until >= start, Stay.since < end).order_by(Stay.since)
    return (Stayed(*row) for row in session.execute(query.execution_options(yield_per=_AT_ONCE)))


def _place(stay: Stayed) -> str:
    return f"{stay.place} ({stay.port})" if stay.port else stay.place


def _rogue(mac: str, seen: Seen, decided: _Decided) -> Rogue:
    return Rogue(
        MacAddress(mac), tuple(seen.places), seen.first, seen.last, len(seen.days), decided.about(mac),
        decided.alerts[mac].id if mac in decided.alerts else None,
    )  # fmt: skip


# --- what was decided -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Decided:
    """Everything decided about addresses, as it stands at an instant."""

    registered: Mapping[str, Decision]
    verdicts: Mapping[str, Decision]
    alerts: Mapping[str, Alert]
    closed: Mapping[str, datetime]

    @classmethod
    def of(cls, session: Session, at: datetime, since: datetime) -> _Decided:
        found = session.scalars(select(Alert).where(Alert.kind == "rogue", Alert.last_seen >= since).order_by(Alert.id))
        closings = select(AuditEvent.subject, func.max(AuditEvent.at)).where(AuditEvent.name == events.AlertClosed.name)
        closed = session.execute(closings.group_by(AuditEvent.subject))
        return cls(
            dict(_registrations(session)),
            dict(_verdicts(session, at)),
            {one.mac: one for one in found},
            {subject: datetime.fromisoformat(moment) for subject, moment in closed},
        )

    def about(self, mac: str) -> Decision:
        """The decision that holds: the register's, then a person's about the address, then what an alert ended in."""
        decided = self.registered.get(mac) or self.verdicts.get(mac)
        alert = self.alerts.get(mac)
        if decided is not None or alert is None or alert.state != "closed":
            return decided or Decision(OPEN)
        return Decision(alert.decision or CLOSED, alert.handled_by, self.closed.get(f"alert {alert.id}"))


def _registrations(session: Session) -> Iterator[tuple[str, Decision]]:
    rows = session.execute(
        select(Interface.mac, Device.kind, Device.id, Authorisation.decided_by, Authorisation.decided)
        .join(Device, Device.id == Interface.device_id)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(Interface.live)
    )
    for mac, kind, number, by, moment in rows:
        code = "infrastructure" if kind == "infrastructure" else "registered"
        yield mac, Decision(code, by, moment, device=number)


def _verdicts(session: Session, at: datetime) -> Iterator[tuple[str, Decision]]:
    for one in session.scalars(select(Verdict).where(Verdict.lifted.is_(None))):
        if one.until is None or one.until > at:
            yield one.mac, Decision(one.kind, one.decided_by, one.decided, one.until)


# --- who was looking ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Heard:
    """What one source heard in the week."""

    macs: set[str] = field(default_factory=set)
    seen: Seen | None = None

    def add(self, mac: str, since: datetime, until: datetime, days: range) -> None:
        self.macs.add(mac)
        self.seen = self.seen or Seen(since, until)
        self.seen.add("", since, until, days)


def _proofs(
    session: Session, heard: Mapping[tuple[str, str], _Heard], start: datetime, end: datetime, views: list[View]
) -> list[Proof]:
    leases = _leases(session, start, end)
    found = []
    for view in views:
        one = heard.get((view.kind, view.place))
        if one is not None and one.seen is not None:
            found.append(Proof(view, len(one.seen.days), len(one.macs), one.seen.last))
        else:
            number, last = leases.get(view.place, (0, None)) if view.kind == LEASES else (0, None)
            found.append(Proof(view, int(number > 0), number, last))
    return found


def _leases(session: Session, start: datetime, end: datetime) -> dict[str, tuple[int, datetime | None]]:
    """How many leases were told last in the week at each place; earlier ones are not kept."""
    query = select(Sighting.place, func.count(), func.max(Sighting.last_seen)).where(
        Sighting.source == LEASES, Sighting.last_seen >= start, Sighting.last_seen < end
    )
    return {place: (number, last) for place, number, last in session.execute(query.group_by(Sighting.place))}
