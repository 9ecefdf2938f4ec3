"""Scenes for the rules of detection: who is seen where, in seconds after NOW."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from netreg.detection.correlate import findings
from netreg.detection.facts import DetectionSettings, Finding, Known, OpenAlert, Scene
from netreg.detection.sighting import IpUse, Said, Sighting
from netreg.mac import MacAddress

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRINTER = MacAddress.parse("00:1b:a9:00:00:01")
STRANGER = MacAddress.parse("a4:83:e7:11:22:33")
PRIVATE = MacAddress.parse("da:a1:19:00:00:07")
VIRTUAL_ROUTER = MacAddress.parse("00:00:5e:00:01:0a")
SETTINGS = DetectionSettings()


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def seen(
    mac: MacAddress, seconds: float = 0, place: str = "planta-1", source: str = "sweep", port: str = ""
) -> Sighting:
    """Seen once."""
    return Sighting(mac, source, place, after(seconds), "10.0.0.9", port=port)


def stay(
    mac: MacAddress, since: float, until: float, place: str = "planta-1", source: str = "sweep", port: str = ""
) -> Sighting:
    """Seen at one moment and again at another."""
    return Sighting(mac, source, place, after(until), "10.0.0.9", after(since), port, 2, after(since))


def often(
    mac: MacAddress, since: float, before: float, until: float, place: str = "planta-1", source: str = "sweep"
) -> Sighting:
    """Seen from one moment to another, and between them last at `before`."""
    return Sighting(mac, source, place, after(until), "10.0.0.9", after(since), "", 9, after(before))


def use(ip: str, mac: MacAddress, since: float, until: float, place: str = "planta-1") -> IpUse:
    return IpUse(ip, mac, place, after(since), after(until))


def look(
    *sightings: Sighting,
    known: tuple[Known, ...] = (),
    open_alerts: tuple[OpenAlert, ...] = (),
    ips: tuple[IpUse, ...] = (),
    said: tuple[Said, ...] = (),
    left_out: int = 0,
    seconds: float = 0,
    settings: DetectionSettings = SETTINGS,
) -> tuple[Finding, ...]:
    """The findings `seconds` after NOW."""
    return findings(Scene(sightings, ips, said, known, open_alerts, left_out), after(seconds), settings)


def numbered(number: int) -> MacAddress:
    return MacAddress.parse(f"{0xA483E7000000 + number:012x}")
