"""What a source says: the one form in which sweeps, captures, tables of points and lease files tell what they heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from netreg.mac import MacAddress


@dataclass(frozen=True, slots=True)
class Heard:
    """One device as a source heard it once.

    `at` is when, and None where the source cannot say it: then it is when the source was asked. `port` is where at the
    source's place: a switch port, a radio. `name` (its host name, as DHCP has it), `fingerprint` (the options its DHCP
    client asks for) and `announced` (its name in multicast DNS) are what the device says of itself: claims, easily
    made. A device with two IP addresses is heard twice.
    """

    mac: MacAddress
    ip: str | None = None
    at: datetime | None = None
    port: str = ""
    name: str = ""
    fingerprint: str = ""
    announced: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """This MAC was seen at `place` (a segment: where frames of another segment do not reach) by `source`.

    `at` is the last time, `since` the first of this stay (None: seen once), `looks` in how many looks. `port` is where
    at the place. `before` is when the look before heard it there; None for the first, and where the source lists a
    device without saying when it heard it.
    """

    mac: MacAddress
    source: str
    place: str
    at: datetime
    ip: str | None = None
    since: datetime | None = None
    port: str = ""
    looks: int = 1
    before: datetime | None = None

    @property
    def first(self) -> datetime:
        return min(self.at, self.since or self.at)

    @property
    def where(self) -> str:
        """The place, with the port where the source knows it, for a person."""
        return f"{self.place} · {self.port}" if self.port else self.place


@dataclass(frozen=True, slots=True)
class IpUse:
    """This MAC had this IP address at `place` from `since` to `at`."""

    ip: str
    mac: MacAddress
    place: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What a device says of itself: `kind` is name (its host name in DHCP), mdns (its name in multicast DNS, often
    another one) or dhcp (what its DHCP client asks for).

    `own` is what is taken for the device's own: what it said first, and what a person accepted later.
    """

    mac: MacAddress
    kind: str
    value: str
    at: datetime
    own: bool = True
