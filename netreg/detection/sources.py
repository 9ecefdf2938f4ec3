"""What the sources of sightings are called, in Spanish and in English."""

from __future__ import annotations

NAMES = {
    "sweep": ("barrido activo", "active sweep"),
    "capture": ("escucha de la red", "listening to the wire"),
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
