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

    @property
    def nearness(self) -> int:
        """How near to the device the source is: the radio, a switch port, another table of a point, a segment."""
        if self.source == STATIONS:
            return 3
        return 2 if self.port else int(self.source not in SEGMENT_SOURCES)


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
    """One address that is there now, before anything else is looked up of it; as in `Present`."""

    mac: str
    where: Stayed
    until: datetime
    unknown: bool

    @property
    def since(self) -> datetime:
        return self.where.since


def here(session: Session, at: datetime, expected: Collection[MacAddress] = ()) -> list[Here]:
    """Everybody heard in the last half hour: who is not registered first, then the newest.

    Group addresses are no devices, whoever sends from one.
    """
    belongs = _known(session).union(str(one) for one in expected)
    # In the order of time: the last of an address is the one heard last.
    heard = session.execute(_stays().where(Stay.until >= at - GAP).order_by(Stay.until))
    by_mac = _by_mac(map(Stayed._make, heard))
    found = [
        Here(mac, _nearest(of_mac), of_mac[-1].until, mac not in belongs)
        for mac, of_mac in sorted(by_mac.items())
        if not MacAddress(mac).is_group
    ]
    found.sort(key=lambda one: one.where.since, reverse=True)
    return sorted(found, key=lambda one: not one.unknown)


def _known(session: Session) -> frozenset[str]:
    """Every address with a right to be there."""
    return _MEMORY.current(session, lambda: frozenset(session.scalars(_with_a_right(Interface.mac))))


def described(
    session: Session, some: Sequence[Here], at: datetime, expected: Collection[MacAddress] = ()
) -> list[Present]:
    """What is known of some that are there now, in their order."""
    found: list[Present] = []
    for chunk in chunks(some):
        told = _Told.of(session, [one.mac for one in chunk], at, at - GAP)
        found += (_present(one.mac, one.where, one.until, told, expected) for one in chunk)
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
        found |= {
            mac: _present(mac, _nearest(seen[mac]), max(one.until for one in seen[mac]), told, expected)
            for mac in chunk
        }
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
        counted[one.where.place].append(one.unknown)
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


def _present(mac: str, where: Stayed, until: datetime, told: _Told, expected: Collection[MacAddress]) -> Present:
    address = MacAddress(mac)
    return Present(
        address, where, until, told.ips.get(mac, ()), told.names.get(mac, ""), told.devices.get(mac),
        address in expected, told.alerts.get(mac), told.verdicts.get(mac, ""),
    )  # fmt: skip


def _nearest(stays: Sequence[Stayed]) -> Stayed:
    return max(stays, key=lambda one: (one.nearness, one.until)) if len(stays) > 1 else stays[0]


def _stays() -> Select[str, str, str, str, datetime, datetime]:
    return select(Stay.mac, Stay.source, Stay.place, Stay.port, Stay.since, Stay.until)


def _last_stays(session: Session, mac: str) -> list[Stayed]:
    """Those that went on together when it was last heard; a device is at a handful of places at once."""
    newest = [Stayed(*row) for row in session.execute(
        _stays().where(Stay.mac == mac).order_by(Stay.until.desc()).limit(20)
    )]  # fmt: skip
    return [one for one in newest if newest[0].until - one.until <= GAP]


def _by_mac(stays: Iterable[Stayed]) -> dict[str, list[Stayed]]:
    found: dict[str, list[Stayed]] = defaultdict(list)
    for one in stays:
        found[one.mac].append(one)
    return found
