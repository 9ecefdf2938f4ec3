"""What a source says: the one form in which sweeps, captures, tables of points and lease files tell what they heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from netreg.mac import MacAddress


@dataclass(frozen=True, slots=True)
class Heard:
    """One device as a source heard it once.

    `at` is when, and None where the source cannot say it: then it is when the source was asked. `port` is where at the
    source's place: a switch port, a radio. `name` and `fingerprint` are what the device says of itself (its host name;
    the options its DHCP client asks for): claims, easily made. A device with two IP addresses is heard twice.
    """

    mac: MacAddress
    ip: str | None = None
    at: datetime | None = None
    port: str = ""
    name: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """This MAC was seen at `place` (a segment: where frames of another segment do not reach) by `source` at `at`."""

    mac: MacAddress
    source: str
    place: str
    at: datetime
    ip: str | None = None
