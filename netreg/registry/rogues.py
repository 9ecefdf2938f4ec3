"""The week's unregistered devices, each with what was decided about it (CIS Controls v8, 1.2), and who was looking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import compress
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.mac import MacAddress
from netreg.policy.week import Days, Week
from netreg.registry import discovery
from netreg.registry.commands.sightings import LEASES, those
from netreg.registry.discovery import View
from netreg.registry.memory import Register
from netreg.registry.models import Alert, Authorisation, Device, Interface, Sighting, Stay, Verdict
from netreg.store.audit import AuditEvent

OPEN = "open"
# Somebody closed the alert with a note and no more.
CLOSED = "closed"


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

    def add(self, place: str, since: datetime, until: datetime, days: Collection[int]) -> None:
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
    heard = _heard(session, start, end, Days.of(week.first, week.last, zone))
    seen: dict[str, Seen] = {}
    for one in heard:
        seen.setdefault(one.mac, Seen(one.first, one.last)).add(one.where, one.first, one.last, one.days)
    unknown = _unknown(session, seen, Register.of(session, expected), start, end)
    decided = _Decided.of(session, at, start)
    found = [_rogue(mac, seen[mac], decided) for mac in unknown if not MacAddress(mac).is_group]
    found.sort(key=lambda one: (one.decision.code != OPEN, one.first, one.mac))
    return Report(week, at, found, _proofs(session, heard, start, end, discovery.look(session, at, blind_after)))


def _unknown(session: Session, macs: Iterable[str], register: Register, start: datetime, end: datetime) -> set[str]:
    """Those that were not registered when a stay of theirs began or ended in the week.

    Only where the register changed its mind in the week does it matter when exactly they were there.
    """
    throughout = {mac: register.knew_throughout(mac, start, end) for mac in macs}
    changed = [mac for mac, knew in throughout.items() if knew is None]
    during = (Stay.until >= start, Stay.since < end)
    for stay in those(session, Stay, Stay.mac, changed, *during):
        ends = max(stay.since, start), min(stay.until, end)
        throughout[stay.mac] = throughout[stay.mac] is not False and all(register.knew(stay.mac, at) for at in ends)
    return {mac for mac, knew in throughout.items() if not knew}


def _rogue(mac: str, seen: Seen, decided: _Decided) -> Rogue:
    return Rogue(
        MacAddress(mac), tuple(seen.places), seen.first, seen.last, len(seen.days), decided.about(mac),
        decided.alerts[mac].number if mac in decided.alerts else None,
    )  # fmt: skip


# --- what was decided -----------------------------------------------------------------------------------------------


class _Answered(NamedTuple):
    """The last alert about an address, and what became of it."""

    mac: str
    number: int
    state: str
    decision: str
    handled_by: str


@dataclass(frozen=True, slots=True)
class _Decided:
    """Everything decided about addresses, as it stands at an instant."""

    registered: Mapping[str, Decision]
    verdicts: Mapping[str, Decision]
    alerts: Mapping[str, _Answered]
    closed: Mapping[str, datetime]

    @classmethod
    def of(cls, session: Session, at: datetime, since: datetime) -> _Decided:
        found = select(Alert.mac, Alert.id, Alert.state, Alert.decision, Alert.handled_by).order_by(Alert.id)
        found = found.where(Alert.kind == "rogue", Alert.last_seen >= since)
        # No alert is closed before it was seen last, and the log keeps all that ever were.
        after = since.astimezone(UTC).isoformat(timespec="microseconds")
        closings = select(AuditEvent.subject, func.max(AuditEvent.at))
        closings = closings.where(AuditEvent.name == events.AlertClosed.name, AuditEvent.at >= after)
        closed = session.execute(closings.group_by(AuditEvent.subject))
        return cls(
            dict(_registrations(session)),
            dict(_verdicts(session, at)),
            {row.mac: _Answered(*row) for row in session.execute(found)},
            {subject: datetime.fromisoformat(moment) for subject, moment in closed},
        )

    def about(self, mac: str) -> Decision:
        """The decision that holds: the register's, then a person's about the address, then what an alert ended in."""
        decided = self.registered.get(mac) or self.verdicts.get(mac)
        alert = self.alerts.get(mac)
        if decided is not None or alert is None or alert.state != "closed":
            return decided or Decision(OPEN)
        return Decision(alert.decision or CLOSED, alert.handled_by, self.closed.get(f"alert {alert.number}"))


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


class _Heard(NamedTuple):
    """What one source heard of one device at one port in the week: all stays in one."""

    mac: str
    source: str
    place: str
    port: str
    first: datetime
    last: datetime
    days: frozenset[int]

    @property
    def where(self) -> str:
        return f"{self.place} ({self.port})" if self.port else self.place


def _heard(session: Session, start: datetime, end: datetime, days: Days) -> list[_Heard]:
    """What was heard, in the order in which it began. The database folds the stays: there are millions in a week."""
    first, last = func.min(Stay.since), func.max(Stay.until)
    # Of the present week, no day that is still to come.
    begun = [place for place in range(len(days.dates)) if days.starts[place] <= end]
    touched = [_touched(days.starts[place], days.starts[place + 1]) for place in begun]
    query = select(Stay.mac, Stay.source, Stay.place, Stay.port, first, last, *touched)
    query = query.where(Stay.until >= start, Stay.since < end)
    query = query.group_by(Stay.mac, Stay.source, Stay.place, Stay.port).order_by(first)
    return [
        _Heard(mac, source, place, port, max(since, start), min(until, end), frozenset(compress(begun, on)))
        for mac, source, place, port, since, until, *on in session.execute(query)
    ]


def _touched(midnight: datetime, next_midnight: datetime) -> ColumnElement[int]:
    """Whether any stay touches this day: 1 or 0."""
    return func.max(case((and_(Stay.since < next_midnight, Stay.until >= midnight), 1), else_=0))


def _proofs(
    session: Session, heard: Iterable[_Heard], start: datetime, end: datetime, views: Iterable[View]
) -> list[Proof]:
    told: dict[tuple[str, str], list[_Heard]] = {}
    for one in heard:
        told.setdefault((one.source, one.place), []).append(one)
    leases = _leases(session, start, end)
    # One that had ended before the week is no proof of anything in it.
    looked = [view for view in views if view.ended is None or view.ended >= start]
    return [_proof(view, told.get((view.kind, view.place), ()), leases) for view in looked]


def _proof(view: View, told: Sequence[_Heard], leases: Mapping[str, tuple[int, datetime]]) -> Proof:
    if told:
        days = frozenset[int]().union(*(one.days for one in told))
        return Proof(view, len(days), len({one.mac for one in told}), max(one.last for one in told))
    number, last = leases.get(view.place, (0, None)) if view.kind == LEASES else (0, None)
    return Proof(view, int(number > 0), number, last)


def _leases(session: Session, start: datetime, end: datetime) -> dict[str, tuple[int, datetime]]:
    """How many leases were told last in the week at each place; earlier ones are not kept."""
    query = select(Sighting.place, func.count(), func.max(Sighting.last_seen)).where(
        Sighting.source == LEASES, Sighting.last_seen >= start, Sighting.last_seen < end
    )
    return {place: (number, last) for place, number, last in session.execute(query.group_by(Sighting.place))}
