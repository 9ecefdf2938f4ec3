"""The week's unregistered devices, each with what was decided about it (CIS Controls v8, 1.2), and who was looking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import NamedTuple, overload

from sqlalchemy import ColumnElement, and_, case, func, literal, select
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
from netreg.store.chunks import chunks
from netreg.store.remembering import Memory

# Who was there in a week that is over, or in one that heard more than so many, is kept for a while; of so many weeks.
MANY, KEPT_FOR = 1_000, timedelta(minutes=5)
_WEEKS = 2
_AT_ONCE = 2000
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


class Seen(NamedTuple):
    """Where and on which days of the week something was heard; instants are cut to the week, each day is a bit."""

    first: datetime
    last: datetime
    places: tuple[str, ...]
    days: int

    def and_at(self, one: _Heard) -> Seen:
        """The same with what another source or port heard of it."""
        places = self.places if one.where in self.places else (*self.places, one.where)
        return Seen(min(self.first, one.first), max(self.last, one.last), places, self.days | one.days)


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


class Rogues(Sequence[Rogue]):
    """Those nobody decided about first, in the order of `seen`. Each is put together when it is looked at."""

    def __init__(self, seen: Mapping[str, Seen], decided: _Decided) -> None:
        self._seen, self._decided = seen, decided
        self._settled = decided.settled() & seen.keys()
        self.open = len(seen) - len(self._settled)

    def __len__(self) -> int:
        return len(self._seen)

    @overload
    def __getitem__(self, place: int) -> Rogue: ...
    @overload
    def __getitem__(self, place: slice) -> list[Rogue]: ...
    def __getitem__(self, place: int | slice) -> Rogue | list[Rogue]:
        if isinstance(place, slice):
            return [self._rogue(mac) for mac in islice(self._macs(), *place.indices(len(self)))]
        return self._rogue(next(islice(self._macs(), range(len(self))[place], None)))

    def __iter__(self) -> Iterator[Rogue]:
        return map(self._rogue, self._macs())

    def _macs(self) -> Iterator[str]:
        """Every address in order; of tens of thousands a page looks at the first few."""
        yield from (mac for mac in self._seen if mac not in self._settled)
        yield from (mac for mac in self._seen if mac in self._settled)

    def _rogue(self, mac: str) -> Rogue:
        seen, alert = self._seen[mac], self._decided.alerts.get(mac)
        return Rogue(
            MacAddress(mac), seen.places, seen.first, seen.last, seen.days.bit_count(), self._decided.about(mac),
            alert.number if alert else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """The rogues of a week and the sources that looked.

    What was heard is as of `at`: of a week that is over or heard very many that may be five minutes ago.
    """

    week: Week
    at: datetime
    rogues: Rogues
    proofs: list[Proof]

    @property
    def open(self) -> int:
        return self.rogues.open


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
    there = _there(session, week, zone, at, frozenset(expected))
    start = week.start(zone)
    found = Rogues(there.unknown, _Decided.of(session, at, start, there.unknown.keys()))
    return Report(week, there.at, found, _proofs(there, start, discovery.look(session, at, blind_after)))


# --- who was there --------------------------------------------------------------------------------------------------


class _There(NamedTuple):
    """Who was there unregistered in a week, the first seen first, and what each source told; as of `at`."""

    at: datetime
    unknown: Mapping[str, Seen]
    told: Mapping[tuple[str, str], _Told]
    leases: Mapping[str, _Told]

    @property
    def heard(self) -> int:
        """How many were heard, each once by a source: all of them are told apart."""
        return sum(one.devices for one in self.told.values())


_Asked = tuple[Week, tzinfo, frozenset[MacAddress]]
_MEMORY: Memory[Mapping[_Asked, _There]] = Memory()


def _there(session: Session, week: Week, zone: tzinfo, at: datetime, expected: frozenset[MacAddress]) -> _There:
    """Of a week that is over or in which very many were there, as of up to `KEPT_FOR` ago: telling them apart takes
    seconds.
    """
    asked, known = (week, zone, expected), _MEMORY.recall(session)
    fresh = {one: kept for one, kept in known.kept.items() if _is_fresh(kept, at)} if known else {}
    if asked in fresh:
        return fresh[asked]
    found = _told_apart(session, week, zone, at, expected)
    if found.heard > MANY or week.end(zone) <= at:
        _MEMORY.keep(session, 0, dict([*fresh.items(), (asked, found)][-_WEEKS:]))
    return found


def _is_fresh(kept: _There, at: datetime) -> bool:
    return timedelta(0) <= at - kept.at < KEPT_FOR


def _told_apart(session: Session, week: Week, zone: tzinfo, at: datetime, expected: frozenset[MacAddress]) -> _There:
    start, end = week.start(zone), min(week.end(zone), at)
    seen: dict[str, Seen] = {}
    told = _Telling()
    for one in _heard(session, start, end, Days.of(week.first, week.last, zone)):
        known = seen.get(one.mac)
        seen[one.mac] = known.and_at(one) if known else Seen(one.first, one.last, (one.where,), one.days)
        told.note(one)
    unknown = _unknown(session, seen, Register.of(session, expected, since=start), start, end) if seen else ()
    devices = sorted((mac for mac in unknown if not MacAddress(mac).is_group), key=lambda mac: (seen[mac].first, mac))
    return _There(at, {mac: seen[mac] for mac in devices}, told.told(), _leases(session, start, end))


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
    def of(cls, session: Session, at: datetime, since: datetime, macs: Set[str]) -> _Decided:
        found = select(Alert.mac, Alert.id, Alert.state, Alert.decision, Alert.handled_by).order_by(Alert.id)
        found = found.where(Alert.kind == "rogue", Alert.last_seen >= since)
        # No alert is closed before it was seen last, and the log keeps all that ever were.
        after = since.astimezone(UTC).isoformat(timespec="microseconds")
        closings = select(AuditEvent.subject, func.max(AuditEvent.at))
        closings = closings.where(AuditEvent.name == events.AlertClosed.name, AuditEvent.at >= after)
        closed = session.execute(closings.group_by(AuditEvent.subject))
        return cls(
            dict(_registrations(session, macs)),
            dict(_verdicts(session, at)),
            {row.mac: _Answered(*row) for row in session.execute(found)},
            {subject: datetime.fromisoformat(moment) for subject, moment in closed},
        )

    def settled(self) -> Set[str]:
        """Those about whom somebody decided, as `about` tells it of each."""
        closed = {mac for mac, alert in self.alerts.items() if alert.state == "closed"}
        return self.registered.keys() | self.verdicts.keys() | closed

    def about(self, mac: str) -> Decision:
        """The decision that holds: the register's, then a person's about the address, then what an alert ended in."""
        decided = self.registered.get(mac) or self.verdicts.get(mac)
        alert = self.alerts.get(mac)
        if decided is not None or alert is None or alert.state != "closed":
            return decided or Decision(OPEN)
        return Decision(alert.decision or CLOSED, alert.handled_by, self.closed.get(f"alert {alert.number}"))


_LIVE: Memory[frozenset[str]] = Memory(Interface)


def _registrations(session: Session, macs: Set[str]) -> Iterator[tuple[str, Decision]]:
    live = _LIVE.current(session, lambda: frozenset(session.scalars(select(Interface.mac).where(Interface.live))))
    registered = sorted(macs & live)
    rows = select(Interface.mac, Device.kind, Device.id, Authorisation.decided_by, Authorisation.decided)
    rows = rows.join(Device, Device.id == Interface.device_id)
    rows = rows.join(Authorisation, Authorisation.device_id == Device.id).where(Interface.live)
    for some in chunks(registered):
        for mac, kind, number, by, moment in session.execute(rows.where(Interface.mac.in_(some))):
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
    source: tuple[str, str]
    where: str
    first: datetime
    last: datetime
    days: int


def _heard(session: Session, start: datetime, end: datetime, days: Days) -> Iterator[_Heard]:
    """What was heard, in the order in which it began. The database folds the stays: there are millions in a week."""
    first, last = func.min(Stay.since), func.max(Stay.until)
    # Of the present week, no day that is still to come.
    begun = [place for place in range(len(days.dates)) if days.starts[place] <= end]
    touched = sum((_touched(days, place) for place in begun), literal(0))
    query = select(Stay.mac, Stay.source, Stay.place, Stay.port, first, last, touched)
    query = query.where(Stay.until >= start, Stay.since < end)
    query = query.group_by(Stay.mac, Stay.source, Stay.place, Stay.port).order_by(first)
    # A device is at one of few ports: each is named once, and not once for everybody there.
    places: dict[tuple[str, str, str], tuple[tuple[str, str], str]] = {}
    for mac, source, place, port, since, until, on in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        named = (source, place), f"{place} ({port})" if port else place
        yield _Heard(mac, *places.setdefault((source, place, port), named), max(since, start), min(until, end), on)


def _touched(days: Days, place: int) -> ColumnElement[int]:
    """Whether any stay touches this day of the week: its bit, or 0."""
    on = and_(Stay.since < days.starts[place + 1], Stay.until >= days.starts[place])
    return func.max(case((on, 1 << place), else_=0))


class _Told(NamedTuple):
    """What one source told in the week: on how many days, of how many devices, and when last."""

    days: int
    devices: int
    last: datetime | None


class _Telling:
    """The same of every source, while it is gathered."""

    def __init__(self) -> None:
        self._days: dict[tuple[str, str], int] = defaultdict(int)
        self._macs: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._last: dict[tuple[str, str], datetime] = {}

    def note(self, one: _Heard) -> None:
        self._days[one.source] |= one.days
        self._macs[one.source].add(one.mac)
        self._last[one.source] = max(one.last, self._last.get(one.source, one.last))

    def told(self) -> dict[tuple[str, str], _Told]:
        return {
            source: _Told(days.bit_count(), len(self._macs[source]), self._last[source])
            for source, days in self._days.items()
        }


def _proofs(there: _There, start: datetime, views: Iterable[View]) -> list[Proof]:
    # One that had ended before the week is no proof of anything in it.
    return [_proof(view, there) for view in views if view.ended is None or view.ended >= start]


def _proof(view: View, there: _There) -> Proof:
    told = there.told.get((view.kind, view.place))
    if told is None and view.kind == LEASES:
        told = there.leases.get(view.place)
    return Proof(view, *(told or _Told(0, 0, None)))


def _leases(session: Session, start: datetime, end: datetime) -> dict[str, _Told]:
    """How many leases were told last in the week at each place; earlier ones are not kept."""
    query = select(Sighting.place, func.count(), func.max(Sighting.last_seen)).where(
        Sighting.source == LEASES, Sighting.last_seen >= start, Sighting.last_seen < end
    )
    return {place: _Told(1, number, last) for place, number, last in session.execute(query.group_by(Sighting.place))}
