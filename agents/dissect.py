"""What a frame says about who sent it: the small parser of everything that is heard and was not asked for.

Strangers write these bytes. A frame that is cut, malformed or hostile says nothing, or no more than its Ethernet
source; nothing here raises. ARP is RFC 826, neighbour discovery RFC 4861, multicast DNS RFC 6762; what DHCP clients say
of themselves is in `agents.dhcp`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agents import dhcp

SHORTEST = 14
_ARP, _IPV4, _IPV6 = b"\x08\x06", b"\x08\x00", b"\x86\xdd"
# Tags a switch may leave before the payload: 802.1Q, 802.1ad, and the old QinQ of some vendors. Two at most.
TAGS = frozenset({b"\x81\x00", b"\x88\xa8", b"\x91\x00"})
_TAG_ENDS = (18, 22)
_ETHERNET_IPV4 = b"\x00\x01\x08\x00\x06\x04"
_NOBODY, _NOWHERE = bytes(6), bytes(4)
_ARP_OPERATIONS = (b"\x00\x01", b"\x00\x02")
_UDP, _ICMPV6 = 17, 58
_LINK_LOCAL = b"\xfe\x80"
_DHCP_SERVER, _DHCPV6_SERVER, _MDNS = 67, 547, 5353
# How a device said what it says in multicast DNS.
MDNS = "mdns"
_SOLICITATION, _ADVERTISEMENT = 135, 136
# A, AAAA: the records whose owner is a host.
_HOST_RECORDS = (b"\x00\x01", b"\x00\x1c")
_MOST_RECORDS, _MOST_LABELS = 16, 8
_NAME = re.compile(rb"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


class Said(NamedTuple):
    """One device and what it says of itself; `how` is arp, nd, dhcp, mdns, or frame where it only sent something.

    `ip` is as on the wire, four or sixteen bytes; `fingerprint` is what its DHCP client asks for and calls its kind, as
    `agents.dhcp` writes it.
    """

    mac: bytes
    how: str
    ip: bytes | None = None
    name: str = ""
    fingerprint: str = ""


def dissect(frame: bytes) -> tuple[Said, ...]:
    """What a frame says: first of its Ethernet source, then of the device its payload speaks for."""
    if len(frame) < SHORTEST:
        return ()
    source, told = frame[6:12], _payload(frame)
    if told is not None and (told.mac == source or not is_device(source)):
        return (told,)
    sender = (Said(source, "frame"),) if is_device(source) else ()
    return sender if told is None else (*sender, told)


def is_device(mac: bytes) -> bool:
    """Whether a single device can have this address: no group, not all zeros."""
    return not mac[0] & 1 and mac != _NOBODY


def payload(frame: bytes) -> tuple[bytes, int]:
    """What a frame carries and where that begins, behind at most two tags."""
    kind, at = frame[12:14], 14
    for end in _TAG_ENDS:
        if kind not in TAGS:
            break
        kind, at = frame[end - 2 : end], end
    return kind, at


def vlan(frame: bytes) -> int:
    """The VLAN of a tagged frame: that of its innermost tag; 0 for none."""
    _, at = payload(frame)
    return int.from_bytes(frame[at - 4 : at - 2], "big") & 0xFFF if at > 14 else 0


def _payload(frame: bytes) -> Said | None:
    kind, at = payload(frame)
    if kind == _ARP:
        return _arp(frame[at : at + 28])
    if kind == _IPV4:
        return _ipv4(frame, at)
    return _ipv6(frame, at) if kind == _IPV6 else None


def _arp(body: bytes) -> Said | None:
    if len(body) < 28 or body[:6] != _ETHERNET_IPV4 or body[6:8] not in _ARP_OPERATIONS:
        return None
    mac, ip = body[8:14], body[14:18]
    # A probe (RFC 5227) comes from nobody yet, 0.0.0.0: its sender is there all the same.
    if not is_device(mac) or not (can_be_a_host(ip) or ip == _NOWHERE):
        return None
    return Said(mac, "arp", None if ip == _NOWHERE else ip)


def can_be_a_host(ip: bytes) -> bool:
    """Whether somebody on the wire can have this address: no group, no loop, nothing reserved."""
    if len(ip) == 4:
        return 0 < ip[0] < 224 and ip[0] != 127
    return ip[0] != 0xFF and ip[:15] != bytes(15)


def _ipv4(frame: bytes, at: int) -> Said | None:
    if len(frame) < at + 20 or not 0x45 <= frame[at] <= 0x4F or frame[at + 9] != _UDP:
        return None
    is_later_fragment = int.from_bytes(frame[at + 6 : at + 8], "big") & 0x1FFF
    if is_later_fragment:
        return None
    return _udp(frame, at + (frame[at] & 15) * 4, frame[at + 12 : at + 16], frame[6:12])


def _udp(frame: bytes, at: int, source: bytes, mac: bytes) -> Said | None:
    to = int.from_bytes(frame[at + 2 : at + 4], "big")
    body = frame[at + 8 :]
    if to == _DHCP_SERVER:
        return _dhcp(body)
    if to == _DHCPV6_SERVER:
        return _dhcpv6(body, source, mac)
    is_mdns = to == _MDNS and is_device(mac) and can_be_a_host(source)
    return Said(mac, MDNS, source, _mdns_name(body)) if is_mdns else None


def _dhcp(body: bytes) -> Said | None:
    """A client's request; it speaks for itself also where a relay carried it."""
    if len(body) < 44 or body[:3] != b"\x01\x01\x06" or not is_device(mac := body[28:34]):
        return None
    has, options = body[12:16], dhcp.options(body)
    name = _readable(dhcp.name(options))
    return Said(mac, "dhcp", has if can_be_a_host(has) else None, name, dhcp.fingerprint(options))


def _dhcpv6(body: bytes, source: bytes, mac: bytes) -> Said | None:
    """A client's own message: it comes from its link-local address (RFC 8415, 13.1); what a relay carries does not."""
    if source[:2] != _LINK_LOCAL or not is_device(mac) or body[:1] not in dhcp.CLIENT_MESSAGES:
        return None
    return Said(mac, "dhcp", source, _readable(dhcp.name_v6(body)))


def _mdns_name(body: bytes) -> str:
    """The host that an answer is about; "" for a question and for what is no answer."""
    if len(body) < 12 or not body[2] & 0x80:
        return ""
    questions, answers = int.from_bytes(body[4:6], "big"), int.from_bytes(body[6:8], "big")
    at = 12
    for _ in range(min(questions, _MOST_RECORDS)):
        at = _after_name(body, at) + 4
    for _ in range(min(answers, _MOST_RECORDS)):
        owner, at = at, _after_name(body, at)
        if body[at : at + 2] in _HOST_RECORDS:
            return _first_label(body, owner)
        at += 10 + int.from_bytes(body[at + 8 : at + 10], "big")
    return ""


def _after_name(body: bytes, at: int) -> int:
    for _ in range(_MOST_LABELS):
        if at >= len(body) or body[at] == 0:
            return at + 1
        if body[at] & 0xC0 == 0xC0:
            return at + 2
        at += 1 + body[at]
    return len(body)


def _first_label(body: bytes, at: int) -> str:
    """The host in `host.local`. A pointer leads backwards only (RFC 1035, 4.1.4), so this ends."""
    while at + 2 <= len(body) and body[at] & 0xC0 == 0xC0:
        back = int.from_bytes(body[at : at + 2], "big") & 0x3FFF
        if back >= at:
            return ""
        at = back
    return _readable(body[at + 1 : at + 1 + body[at]]) if at < len(body) else ""


def _readable(name: bytes) -> str:
    """A host name as such names are written; anything else is none: it would be shown to people."""
    name = name.partition(b".")[0]
    return name.decode("ascii") if _NAME.fullmatch(name) else ""


def _ipv6(frame: bytes, at: int) -> Said | None:
    if len(frame) < at + 40 or frame[at] >> 4 != 6:
        return None
    source, body = frame[at + 8 : at + 24], at + 40
    if frame[at + 6] == _UDP:
        return _udp(frame, body, source, frame[6:12])
    # A hop limit of 255 proves that no router has passed it on (RFC 4861, 7.1).
    is_neighbour = frame[at + 6] == _ICMPV6 and frame[at + 7] == 255
    return _neighbour(frame[body:], source) if is_neighbour else None


def _neighbour(body: bytes, source: bytes) -> Said | None:
    if len(body) < 24 or body[0] not in (_SOLICITATION, _ADVERTISEMENT):
        return None
    speaks_of = source if body[0] == _SOLICITATION else body[8:24]
    wanted = 1 if body[0] == _SOLICITATION else 2
    at = 24
    while at + 8 <= len(body) and body[at + 1]:
        if body[at] == wanted and body[at + 1] == 1 and is_device(mac := body[at + 2 : at + 8]):
            return Said(mac, "nd", speaks_of if can_be_a_host(speaks_of) else None)
        at += 8 * body[at + 1]
    return None
