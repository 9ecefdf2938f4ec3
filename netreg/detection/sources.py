"""The sources of sightings, and what they are called in Spanish and in English."""

from __future__ import annotations

# What asks a segment and what listens on it; every other source is a table of a point, or a lease file.
SWEEP, CAPTURE = "sweep", "capture"

NAMES = {
    SWEEP: ("barrido activo", "active sweep"),
    CAPTURE: ("escucha de la red", "listening to the wire"),
    "leases": ("arrendamientos de DHCP", "DHCP leases"),
    "stations": ("equipos en el radio", "stations on the radio"),
    "arp": ("tabla ARP", "ARP table"),
    "nd": ("vecinos de IPv6", "IPv6 neighbours"),
    "fdb": ("puertos del switch", "switch ports"),
    "refused": ("rechazados por el punto", "refused by the point"),
    "pcap": ("captura", "capture"),
}


def name(source: str) -> tuple[str, str]:
    """What a source is called; one that nobody named, by its own word."""
    return NAMES.get(source, (source, source))


def called(source: str) -> tuple[str, str]:
    """A source at its place, such as capture:patio, as a person calls it."""
    kind, _colon, place = source.partition(":")
    spanish, english = name(kind)
    return (f"{spanish}, {place}", f"{english}, {place}") if place else (spanish, english)


def place(source: str) -> str:
    """Where a source looks."""
    return source.partition(":")[2]
