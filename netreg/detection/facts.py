"""What a look is judged by: what the register says, what is open already, and the limits. Values, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from netreg.detection.sighting import IpUse, Said, Sighting
from netreg.mac import MacAddress

# A device in one of these states may be on the network: it is being let in, is in, or is on its way out.
WITH_RIGHT = frozenset({"pushing", "active", "removing"})
# Network equipment has one address on many segments; nobody else does.
EVERYWHERE = frozenset({"infrastructure", "protected"})
Pair = tuple[str, str]
# States that keep a device out.
OUT = frozenset({"suspended", "removed", "rejected", "blocked"})


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry says of a MAC.

    `state` is that of its authorisation; or, of an unregistered one, "ignored" where a person set it aside until
    `ignored_until`, and "blocked" where a person wants it out. `kind` is phone, computer, infrastructure, or protected
    (never to be touched, from the settings). `folio` names the request that asked for it; of two that were refused the
    one with the higher `number` is the later. `host` is a registered computer's name.
    """

    mac: MacAddress
    state: str
    area: str = ""
    kind: str = "phone"
    label: str = ""
    folio: str = ""
    number: int = 0
    ignored_until: datetime | None = None
    host: str = ""

    @property
    def is_at_home(self) -> bool:
        """Whether nobody has to look at it for being here."""
        if self.kind == "infrastructure":
            return self.state not in OUT
        return self.kind == "protected" or self.state == "ignored" or self.state in WITH_RIGHT

    @property
    def whose(self) -> str:
        return " ".join(part for part in (self.label, f"({self.area})" if self.area else "") if part)


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is still open: its key, since when and until when its device was seen, how many it counted."""

    key: str
    first_seen: datetime
    last_seen: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class OneWire:
    """Two segments, by name and in order, that hear the same devices: how many of them."""

    places: Pair
    devices: int


@dataclass(frozen=True, slots=True)
class Guarded:
    """An IP address that only these devices may have: a gateway, a server."""

    name: str
    ip: str
    macs: frozenset[MacAddress]


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """The limits.

    `clone_window` is how close in time two places make a clone. More than `storm_limit` new strangers within
    `storm_window` are a storm. A stranger is told once it has been there for `grace`. `guarded` are the addresses that
    only certain devices may have.
    """

    clone_window: timedelta = timedelta(seconds=60)
    storm_limit: int = 50
    storm_window: timedelta = timedelta(minutes=5)
    grace: timedelta = timedelta(0)
    guarded: tuple[Guarded, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a look is judged by: what was seen lately, which IP each had, what they said, what is known and open.

    `left_out` counts new strangers that were not even noted, because there were too many at once. `one_wire` are
    segments that are no two places.
    """

    sightings: tuple[Sighting, ...] = ()
    ips: tuple[IpUse, ...] = ()
    said: tuple[Said, ...] = ()
    known: tuple[Known, ...] = ()
    open_alerts: tuple[OpenAlert, ...] = ()
    left_out: int = 0
    one_wire: tuple[OneWire, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should look at.

    `key` names it for good. `mac` is None where it is about no single device; `macs` names those a storm is made of,
    or who claims the address `ip`, which is there where it is about an address and no device.
    `count` is in how many looks it was seen (of a storm: how many devices it is). `evidence` is what speaks for it, in
    Spanish and in English each. `urgent` says that it is sure enough to be told at once. `is_new` is False where an
    alert with this key is open already.
    """

    kind: str
    key: str
    first_seen: datetime
    last_seen: datetime
    explanation_es: str
    explanation_en: str
    mac: MacAddress | None = None
    ip: str = ""
    vendor: str | None = None
    random: bool = False
    place: str = ""
    count: int = 0
    sources: tuple[str, ...] = ()
    macs: tuple[MacAddress, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    urgent: bool = False
    is_new: bool = True


@dataclass(frozen=True)
class View:
    """The scene by device and by key, as every rule asks it."""

    scene: Scene
    now: datetime
    settings: DetectionSettings

    @cached_property
    def trails(self) -> Mapping[MacAddress, tuple[Sighting, ...]]:
        return by_mac(self.scene.sightings)

    @cached_property
    def registry(self) -> Mapping[MacAddress, Known]:
        return _registry(self.scene.known, self.now)

    @cached_property
    def said(self) -> Mapping[MacAddress, tuple[Said, ...]]:
        """What each device says of itself, in one order."""
        told: dict[MacAddress, list[Said]] = {}
        for one in self.scene.said:
            told.setdefault(one.mac, []).append(one)
        return {mac: tuple(sorted(mine, key=lambda one: (one.kind, one.value))) for mac, mine in told.items()}

    @cached_property
    def open_alerts(self) -> Mapping[str, OpenAlert]:
        return {one.key: one for one in self.scene.open_alerts}

    @cached_property
    def one_place(self) -> frozenset[Pair]:
        """The segments that are no two places, by name."""
        return frozenset(one.places for one in self.scene.one_wire)

    def since(self, key: str, first: datetime) -> datetime:
        """Since when this has been seen: an alert that is open remembers more than a look does."""
        known = self.open_alerts.get(key)
        return min(first, known.first_seen) if known else first

    def may_stay(self, mac: MacAddress) -> bool:
        """Whether this device has the right to be here, or is nobody's business."""
        known = self.registry.get(mac)
        return known is not None and known.is_at_home

    def is_out(self, mac: MacAddress) -> bool:
        """Whether somebody decided against this device."""
        known = self.registry.get(mac)
        return known is not None and known.state in OUT

    def is_ignored(self, mac: MacAddress) -> bool:
        """Whether somebody wants to hear nothing of this device for now."""
        known = self.registry.get(mac)
        return known is not None and known.state == "ignored"

    def is_equipment(self, mac: MacAddress) -> bool:
        """Whether this is network equipment."""
        known = self.registry.get(mac)
        return known is not None and known.kind in EVERYWHERE


def pair(one: str, other: str) -> Pair:
    """Two places in order, whichever came first."""
    return (one, other) if one < other else (other, one)


def by_mac(sightings: Iterable[Sighting]) -> Mapping[MacAddress, tuple[Sighting, ...]]:
    """The sightings of each device, in one order whatever order they came in. Group addresses are no devices."""
    seen: dict[MacAddress, list[Sighting]] = {}
    for sighting in sightings:
        if not sighting.mac.is_group:
            seen.setdefault(sighting.mac, []).append(sighting)
    return {mac: tuple(sorted(trail, key=_order)) for mac, trail in seen.items()}


def _order(one: Sighting) -> tuple[datetime, datetime, str, str, str]:
    return one.at, one.first, one.place, one.port, one.source


def _registry(known: Iterable[Known], now: datetime) -> Mapping[MacAddress, Known]:
    """One claim per MAC, the best last so that it stays; a claim to be ignored that has run out is none."""
    claims = [one for one in known if one.state != "ignored" or _is_ignored(one, now)]
    return {one.mac: one for one in sorted(claims, key=_weight)}


def _is_ignored(one: Known, now: datetime) -> bool:
    return one.ignored_until is not None and now < one.ignored_until


def _weight(one: Known) -> tuple[bool, bool, bool, int, str, str, str, str]:
    """How much a claim counts; the texts at the end only keep the choice the same whatever order claims come in."""
    ranks = (one.is_at_home, one.kind in EVERYWHERE, one.state in WITH_RIGHT)
    return (*ranks, one.number, one.state, one.kind, one.area, one.label)
