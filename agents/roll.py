"""Who was heard: one entry for each device, however often it speaks and whatever strangers make up.

Most frames of a busy wire say nothing new, so that they are told apart by their first bytes and only the others are
dissected. Everything kept has a bound: who floods us with addresses fills no memory, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from agents.dissect import MDNS, TAGS, Said, dissect, vlan

# A /16 full of devices. Beyond it somebody makes addresses up.
MOST_DEVICES = 65_536
# Of one device: more than a phone that roamed all day has, and few enough to show.
MOST_EACH = 8
# Frames that were dissected and may come again, each no longer than what tells a name or a neighbour.
_MOST_REPEATED, _LONGEST_REPEATED = 16_384, 600
_ARP, _IPV4, _PLAIN, _UDP = b"\x08\x06", b"\x08\x00", 0x45, 17
# Where DHCP requests and multicast DNS go to.
PORTS = (b"\x00\x43", b"\x14\xe9")
# No shorter frame holds an ARP packet, or the ports of an IPv4 one.
SHORTEST_KNOWN = 42
Key = TypeVar("Key", str, int)


@dataclass(slots=True)
class Present:
    """One device: when it was first and last heard, in how many frames, and what it said of itself.

    `since` and `ips` hold when each IP was claimed first and last; names, those it announced by multicast DNS,
    fingerprints and VLANs stand in the order in which they were first said. `record` and `records` are where a capture
    that is being read last has it, and each of its IPs.
    """

    mac: bytes
    first: float
    last: float
    frames: int = 0
    hows: set[str] = field(default_factory=set)
    ips: dict[bytes, float] = field(default_factory=dict)
    since: dict[bytes, float] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    announced: dict[str, None] = field(default_factory=dict)
    fingerprints: dict[str, None] = field(default_factory=dict)
    vlans: dict[int, None] = field(default_factory=dict)
    record: int = 0
    records: dict[bytes, int] = field(default_factory=dict)

    def was_heard(self, at: float) -> None:
        self.frames += 1
        if at > self.last:
            self.last = at
        elif at < self.first:
            self.first = at

    def says(self, at: float, said: Said, vlan: int) -> bool:
        """Note what it said then; whether that is news."""
        self.was_heard(at)
        _mac, how, ip, name, fingerprint = said
        self.hows.add(how)
        news = False
        if ip is not None:
            before = self.ips.get(ip)
            if before is None:
                news = len(self.ips) < MOST_EACH
            if news:
                self.since[ip] = at
            if news or (before is not None and at > before):
                self.ips[ip] = at
        # Most say none of these, and asking first is cheaper than a call.
        if name and _keeps(self.announced if how == MDNS else self.names, name):
            news = True
        if fingerprint and _keeps(self.fingerprints, fingerprint):
            news = True
        return (vlan > 0 and _keeps(self.vlans, vlan)) or news


def latest(told: dict[Key, None]) -> Key | None:
    """What was said last for the first time; None for nothing."""
    return next(reversed(told), None)


def _keeps(told: dict[Key, None], value: Key) -> bool:
    """Keep what is told for the first time, as long as there is room; whether that was so."""
    if value in told or len(told) >= MOST_EACH:
        return False
    told[value] = None
    return True


# Who says something, and the IP that is claimed with it.
Claim = tuple[Present, bytes | None]


class Roll:
    """Hand it every frame, then read `devices`; `left_out` counts what devices beyond the bound said.

    `news` holds who is new or said something new, until somebody takes it out.
    """

    def __init__(self, most: int = MOST_DEVICES) -> None:
        self.frames = self.left_out = 0
        self.devices: dict[bytes, Present] = {}
        self.news: dict[bytes, Present] = {}
        self._most = most
        # What was dissected once and says nothing new when it comes again, with who says it and the IP claimed: any
        # IPv4 frame but DHCP and mDNS by its Ethernet source, an ARP packet by its sender and his IP, any other by
        # all that follows its destination.
        self.by_source: dict[bytes, Present] = {}
        self.by_arp: dict[bytes, Claim] = {}
        self.by_rest: dict[bytes, Claim] = {}

    def hear(self, at: float, frame: bytes) -> None:
        """One frame, at a moment in seconds since 1970. Whatever the bytes are, nothing is raised."""
        if len(frame) < SHORTEST_KNOWN:
            self.study(at, frame)
        elif (known := self.by_source.get(frame[6:15])) and (frame[23] != _UDP or frame[36:38] not in PORTS):
            self.frames += 1
            known.was_heard(at)
        elif claim := self.by_arp.get(frame[6:32]) or self.by_rest.get(frame[6:]):
            self.frames += 1
            device, ip = claim
            device.was_heard(at)
            if ip is not None and at > device.ips[ip]:
                device.ips[ip] = at
        else:
            self.study(at, frame)

    def study(self, at: float, frame: bytes) -> None:
        """One frame that was not heard before, or of which that cannot be told."""
        self.frames += 1
        told, tag = dissect(frame), vlan(frame) if frame[12:14] in TAGS else 0
        for said in told:
            self._note(at, said, tag)
        # Only of devices that are in: what is left out is to be counted each time. Who speaks for another, a proxy or a
        # relay, is dissected each time.
        if len(told) == 1 and len(frame) >= SHORTEST_KNOWN and (device := self.devices.get(told[0].mac)):
            self._remember(frame, device, told[0])

    def forget(self, before: float) -> None:
        """Drop every device, and every IP of a device, that was not heard since then."""
        for known in (self.by_source, self.by_arp, self.by_rest):
            known.clear()
        self.devices = {mac: one for mac, one in self.devices.items() if one.last >= before}
        for one in self.devices.values():
            one.ips = {ip: at for ip, at in one.ips.items() if at >= before}
            one.since = {ip: one.since[ip] for ip in one.ips}

    def _remember(self, frame: bytes, device: Present, said: Said) -> None:
        kind = frame[12:14]
        if kind == _ARP and said.how == "arp":
            if len(self.by_arp) < self._most:
                self.by_arp[frame[6:32]] = device, said.ip if said.ip in device.ips else None
        elif kind == _IPV4 and said.how == "frame" and frame[14] == _PLAIN:
            if len(self.by_source) < self._most:
                self.by_source[frame[6:15]] = device
        elif len(self.by_rest) < _MOST_REPEATED and len(frame) <= _LONGEST_REPEATED:
            self.by_rest[frame[6:]] = device, said.ip if said.ip in device.ips else None

    def _note(self, at: float, said: Said, vlan: int) -> None:
        device, is_new = self.devices.get(said.mac), False
        if device is None:
            if len(self.devices) >= self._most:
                self.left_out += 1
                return
            device, is_new = Present(said.mac, at, at), True
            self.devices[said.mac] = device
        if device.says(at, said, vlan) or is_new:
            self.news[said.mac] = device
