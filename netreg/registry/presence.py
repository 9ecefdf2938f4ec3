"""Who is on the network now, where and since when; and where an address was before.

Presence is what the sources heard: the latest stays. Leases are no presence, and leave none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from netreg.detection.sources import CAPTURE, SWEEP
from netreg.mac import MacAddress
from netreg.registry import heard
from netreg.registry.commands.sightings import GAP
from netreg.registry.models import Alert, Area, Authorisation, Device, Interface, IpStay, Stay, Trait, Verdict
from netreg.store.chunks import chunks
from netreg.store.remembering import Memory

# Sources that hear a whole segment; every other one is a point that says at which of its radios or ports.
SEGMENT_SOURCES = frozenset({SWEEP, CAPTURE})
# The source that says on which radio a device is: nothing is nearer to it.
STATIONS = "stations"
NAMES = ("name", "mdns")
_MEMORY: Memory[frozenset[str]] = Memory(Interface, Authorisation)


class Stayed(NamedTuple):
    """One stay: heard by `source` at `place` (a point or a segment), at its `port` where the source says one."""

    mac: str
    source: str
    place: str
    port: str
    since: datetime
    until: datetime


def _nearness(source: str, port: str) -> int:
    """How near to the device a source is: the radio, a switch port, another table of a point, a segment."""
    if source == STATIONS:
        return 3
    return 2 if port else int(source not in SEGMENT_SOURCES)


class Registered(NamedTuple):
    """What the register says of an address that has a right to be there."""

    device: int
    label: str
    holder: str
    area: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Present:
    """One address, where it is or was last, and what is known of it.

    `where` is the nearest of the stays that go on, and `since` when that one began; `until` is when it was last heard
    by any source. `name` is what the device says it is called: a claim. `expected` belongs there by the settings.
    `alert` is the number of the open alert about it, `verdict` what somebody decided.
    """

    mac: MacAddress
    where: Stayed
    until: datetime
    ips: tuple[str, ...] = ()
    name: str = ""
    device: Registered | None = None
    expected: bool = False
    alert: int | None = None
    verdict: str = ""

    @property
    def since(self) -> datetime:
        return self.where.since

    @property
    def unknown(self) -> bool:
        """Whether nobody registered it and no setting expects it."""
        return self.device is None and not self.expected


class Here(NamedTuple):
    """One address that is there now, where and since when, before anything else is looked up of it; as in `Present`."""

    mac: str
    place: str
    since: datetime
    unknown: bool


def here(session: Session, at: datetime, expected: Collection[MacAddress] = ()) -> list[Here]:
    """Everybody heard in the last half hour: who is not registered first, then the newest.

    Group addresses are no devices, whoever sends from one.
    """
    belongs = _known(session).union(str(one) for one in expected)
    found = [
        Here(mac, place, since, mac not in belongs)
        for mac, (_near, place, since) in sorted(_nearest_of_all(session, at - GAP).items())
    ]
    found.sort(key=lambda one: one.since, reverse=True)
    return sorted(found, key=lambda one: not one.unknown)


def _nearest_of_all(session: Session, since: datetime) -> dict[str, tuple[int, str, datetime]]:
    """How near, where and since when everybody is that was heard since: thousands, so that no more is read of them."""
    query = select(Stay.mac, Stay.source, Stay.place, Stay.port, Stay.since)
    query = query.where(Stay.until >= since, ~heard.is_group(Stay.mac))
    found: dict[str, tuple[int, str, datetime]] = {}
    # By the connection: a session makes more of each row than is wanted. In the order of time: of two that are as near,
    # the last one is the one that counts.
    for mac, source, place, port, began in session.connection().execute(query.order_by(Stay.until, Stay.since)):
        near, before = _nearness(source, port), found.get(mac)
        if before is None or near >= before[0]:
            found[mac] = near, place, began
    return found


def _known(session: Session) -> frozenset[str]:
    """Every address with a right to be there."""
    return _MEMORY.current(session, lambda: frozenset(session.scalars(_with_a_right(Interface.mac))))


def described(
    session: Session, some: Sequence[Here], at: datetime, expected: Collection[MacAddress] = ()
) -> list[Present]:
    """What is known of some that are there now, in their order."""
    found: list[Present] = []
    for chunk in chunks([one.mac for one in some]):
        told, seen = _Told.of(session, chunk, at, at - GAP), _stays_of(session, chunk, at - GAP)
        found += (_present(mac, seen[mac], told, expected) for mac in chunk)
    return found


def present(session: Session, at: datetime, expected: Collection[MacAddress] = ()) -> list[Present]:
    """Everybody that is `here`, with all that is known of them."""
    return described(session, here(session, at, expected), at, expected)


def latest(
    session: Session, macs: Iterable[str], at: datetime, expected: Collection[MacAddress] = ()
) -> dict[str, Present]:
    """Where each of these addresses is or was last; one that no stay is kept of is left out. At most some hundred."""
    stays = {mac: _last_stays(session, mac) for mac in dict.fromkeys(macs)}
    seen = {mac: of_mac for mac, of_mac in stays.items() if of_mac}
    found: dict[str, Present] = {}
    for chunk in chunks(list(seen)):
        told = _Told.of(session, chunk, at)
        found |= {mac: _present(mac, seen[mac], told, expected) for mac in chunk}
    return found


def registered(session: Session, macs: Sequence[str]) -> dict[str, Registered]:
    """What the register says of these addresses; those without a right are left out."""
    rows = session.execute(
        _with_a_right(Interface.mac, Device, Area.name, Authorisation.state)
        .join(Area, Area.id == Device.area_id)
        .where(Interface.mac.in_(macs))
    )
    return {mac: Registered(one.id, one.label, one.holder, area, one.kind, state) for mac, one, area, state in rows}


def _with_a_right(*columns: Any) -> Select[Any]:
    query = select(*columns).select_from(Interface).join(Device, Device.id == Interface.device_id)
    return query.join(Authorisation, Authorisation.device_id == Device.id).where(Interface.live)


def places(found: Iterable[Here]) -> dict[str, tuple[int, int]]:
    """At each place how many are there, and how many of them nobody registered; the fullest first."""
    counted: dict[str, list[bool]] = defaultdict(list)
    for one in found:
        counted[one.place].append(one.unknown)
    ordered = sorted(counted.items(), key=lambda item: (-len(item[1]), item[0]))
    return {place: (len(unknown), sum(unknown)) for place, unknown in ordered}


# --- history --------------------------------------------------------------------------------------------------------


def count_stays(session: Session, mac: MacAddress) -> int:
    return session.scalar(select(func.count()).where(Stay.mac == str(mac))) or 0


def stays(session: Session, mac: MacAddress, *, most: int, after: int = 0) -> list[Stayed]:
    """Where an address was, the newest first; `after` as many as a page left behind."""
    query = _stays().where(Stay.mac == str(mac)).order_by(Stay.until.desc(), Stay.id.desc())
    return [Stayed(*row) for row in session.execute(query.limit(most).offset(after))]


def ips(session: Session, mac: MacAddress, *, most: int = 50) -> Sequence[IpStay]:
    """The IP addresses it had, the newest first."""
    query = select(IpStay).where(IpStay.mac == str(mac)).order_by(IpStay.until.desc(), IpStay.id.desc())
    return session.scalars(query.limit(most)).all()


def traits(session: Session, mac: MacAddress, *, most: int = 50) -> Sequence[Trait]:
    """What the device says of itself, what it said last first."""
    query = select(Trait).where(Trait.mac == str(mac)).order_by(Trait.last_seen.desc(), Trait.id)
    return session.scalars(query.limit(most)).all()


def alerts(session: Session, mac: MacAddress) -> Sequence[Alert]:
    """The alerts about an address, the newest first."""
    return session.scalars(select(Alert).where(Alert.mac == str(mac)).order_by(Alert.id.desc()).limit(20)).all()


# --- putting it together --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of some addresses beside their stays."""

    devices: Mapping[str, Registered]
    ips: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    alerts: Mapping[str, int]
    verdicts: Mapping[str, str]

    @classmethod
    def of(cls, session: Session, macs: Sequence[str], at: datetime, since: datetime | None = None) -> _Told:
        named = (
            select(Trait.mac, Trait.value).where(Trait.kind.in_(NAMES), Trait.mac.in_(macs)).order_by(Trait.last_seen)
        )
        alerted = select(Alert.mac, Alert.id).where(Alert.state != "closed", Alert.mac.in_(macs)).order_by(Alert.id)
        holds = or_(Verdict.until.is_(None), Verdict.until > at)
        decided = select(Verdict.mac, Verdict.kind).where(Verdict.lifted.is_(None), holds, Verdict.mac.in_(macs))
        return cls(
            registered(session, macs),
            _ips_of(session, macs, since),
            {mac: name for mac, name in session.execute(named)},
            {mac: number for mac, number in session.execute(alerted)},
            {mac: kind for mac, kind in session.execute(decided)},
        )


def _ips_of(session: Session, macs: Sequence[str], since: datetime | None) -> dict[str, tuple[str, ...]]:
    """The IP addresses of each: those heard since, the newest first; without a `since` those of its last stays."""
    query = select(IpStay.mac, IpStay.ip, IpStay.until).order_by(IpStay.until.desc())
    query = query.where(IpStay.mac.in_(macs), *([IpStay.until >= since] if since else []))
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for mac, ip, until in session.execute(query):
        newest = next(iter(found[mac].values()), until)
        if newest - until <= GAP:
            found[mac].setdefault(ip, until)
    return {mac: tuple(of_mac) for mac, of_mac in found.items()}


def _present(mac: str, stays: Sequence[Stayed], told: _Told, expected: Collection[MacAddress]) -> Present:
    address, until = MacAddress(mac), max(one.until for one in stays)
    return Present(
        address, _nearest(stays), until, told.ips.get(mac, ()), told.names.get(mac, ""), told.devices.get(mac),
        address in expected, told.alerts.get(mac), told.verdicts.get(mac, ""),
    )  # fmt: skip


def _nearest(stays: Sequence[Stayed]) -> Stayed:
    return max(stays, key=lambda one: (_nearness(one.source, one.port), one.until, one.since))


def _stays() -> Select[str, str, str, str, datetime, datetime]:
    return select(Stay.mac, Stay.source, Stay.place, Stay.port, Stay.since, Stay.until)


def _last_stays(session: Session, mac: str) -> list[Stayed]:
    """Those that went on together when it was last heard; a device is at a handful of places at once."""
    newest = [Stayed(*row) for row in session.execute(
        _stays().where(Stay.mac == mac).order_by(Stay.until.desc()).limit(20)
    )]  # fmt: skip
    return [one for one in newest if newest[0].until - one.until <= GAP]


def _stays_of(session: Session, macs: Sequence[str], since: datetime) -> dict[str, list[Stayed]]:
    """The stays of each of these addresses that go on or ended since."""
    found: dict[str, list[Stayed]] = defaultdict(list)
    for row in session.execute(_stays().where(Stay.mac.in_(macs), Stay.until >= since)):
        found[row.mac].append(Stayed(*row))
    return found
