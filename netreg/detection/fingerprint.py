"""Which operating system a DHCP client is likely to be, by what it asks for.

A fingerprint is the list of options that the client requests (RFC 2132, option 55) and its vendor class (option 60) as
`1,3,6,15|MSFT 5.0`. It is a claim, easily made: good for "this is another one than before", proof of nothing.
"""

from __future__ import annotations

Pair = tuple[str, str]

# What a vendor class begins with. Windows since 2000 says MSFT 5.0 (Microsoft, MS-DHCPE), Android android-dhcp and its
# release, the client of the BusyBox project udhcp, dhcpcd its own name and version.
_CLASSES: tuple[tuple[str, Pair], ...] = (
    ("MSFT ", ("Windows", "Windows")),
    ("android-dhcp", ("Android", "Android")),
    ("dhcpcd", ("Linux", "Linux")),
    ("udhcp", ("un equipo pequeño (udhcp)", "a small device (udhcp)")),
    ("Hewlett-Packard", ("una impresora", "a printer")),
    ("Cisco Systems, Inc. IP Phone", ("un teléfono IP", "an IP phone")),
)
# Apple's systems send no vendor class; they ask for classless routes (RFC 3442, option 121) before the router.
_APPLE, _APPLES = "1,121,3,6,15", ("iOS o macOS", "iOS or macOS")


def system(fingerprint: str) -> Pair | None:
    """The likely system, in Spanish and in English, or None where nothing tells it."""
    options, _, vendor_class = fingerprint.partition("|")
    for start, name in _CLASSES:
        if vendor_class.startswith(start):
            return name
    return _APPLES if not vendor_class and f"{options},".startswith(f"{_APPLE},") else None


def differ(before: str, after: str) -> bool:
    """Whether two fingerprints speak of two systems.

    Within one system a changed list of options is an update, and nobody wants to be told of each.
    """
    first, second = system(before), system(after)
    return before != after if first is None and second is None else first != second
