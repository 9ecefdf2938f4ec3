"""Who was heard: one entry for each device, however often it speaks and whatever strangers make up.

Most frames of a busy wire say nothing new, so that they are told apart by their first bytes and only the others are
dissected. Everything kept has a bound: who floods us with addresses fills no memory, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.dissect import Said, dissect, vlan

# A /16 full of devices. Beyond it somebody makes addresses up.
MOST_DEVICES = 65_536
# Of one device: more than a phone that roamed all day has, and few enough to show.
MOST_EACH = 8
# Frames that were dissected and may come again, each no longer than what tells a name or a neighbour.
_MOST_REPEATED, _LONGEST_REPEATED = 16_384, 600
_ARP, _IPV4, _UDP = b"\x08\x06", b"\x08\x00\x45", 17
# Where DHCP requests and multicast DNS go to.
PORTS = (b"\x00\x43", b"\x14\xe9")


@dataclass(slots=True)
class Present:
    """One device: when it was first and last heard, in how many frames, and what it said of itself.

    `ips` holds when each was last claimed; `fingerprint` and `vlan` (0 for none) are the latest.
    """

    mac: bytes
    first: float
    last: float
    frames: int = 0
    hows: set[str] = field(default_factory=set)
    ips: dict[bytes, float] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    fingerprint: str = ""
    vlan: int = 0

    def was_heard(self, at: float) -> None:
        self.frames += 1
        if at > self.last:
            self.last = at
        elif at < self.first:
            self.first = at

    def said(self, at: float, said: Said, vlan: int) -> bool:
        """Note what it said then; whether that is news."""
        self.was_heard(at)
        self.hows.add(said.how)
        self.vlan = vlan or self.vlan
        news = False
        if said.ip is not None and (said.ip in self.ips or len(self.ips) < MOST_EACH):
            news = said.ip not in self.ips
            self.ips[said.ip] = max(at, self.ips.get(said.ip, at))
        if said.name and said.name not in self.names and len(self.names) < MOST_EACH:
            self.names[said.name], news = None, True
        if said.fingerprint and said.fingerprint != self.fingerprint:
            self.fingerprint, news = said.fingerprint, True
        return news


class Roll:
    """Hand it every frame, then read `devices`; `left_out` counts what devices beyond the bound said.

    `news` holds who is new or said something new, until somebody takes it out.
    """

    def __init__(self, most: int = MOST_DEVICES) -> None:
        self.frames = self.left_out = 0
        self.devices: dict[bytes, Present] = {}
        self.news: dict[bytes, Present] = {}
        self._most = most
        # What was dissected once and says the same for ever: any IPv4 frame but DHCP and mDNS by its Ethernet source,
        # an ARP packet by its sender and the IP it claims, any other frame by all that follows its destination.
        self.by_source: dict[bytes, Present] = {}
        self.by_arp: dict[bytes, tuple[Present, bytes | None]] = {}
        self._repeated: dict[bytes, tuple[tuple[Present, Said], ...]] = {}

    def hear(self, at: float, frame: bytes) -> None:
        """One frame, at a moment in seconds since 1970. Whatever the bytes are, nothing is raised."""
        self.frames += 1
        if len(frame) < 42:
            self._dissect(at, frame)
        elif (known := self.by_source.get(frame[6:15])) and (frame[23] != _UDP or frame[36:38] not in PORTS):
            known.was_heard(at)
        elif claimed := self.by_arp.get(frame[6:32]):
            claims(claimed, at)
        else:
            self._hear_whole(at, frame)

    def forget(self, before: float) -> None:
        """Drop every device, and every IP of a device, that was not heard since then."""
        self.by_source.clear()
        self.by_arp.clear()
        self._repeated.clear()
        self.devices = {mac: one for mac, one in self.devices.items() if one.last >= before}
        for one in self.devices.values():
            one.ips = {ip: at for ip, at in one.ips.items() if at >= before}

    def _hear_whole(self, at: float, frame: bytes) -> None:
        before = self._repeated.get(frame[6:])
        if before is None:
            self._dissect(at, frame)
            return
        for device, said in before:
            if device.said(at, said, vlan(frame)):
                self.news[device.mac] = device

    def _dissect(self, at: float, frame: bytes) -> None:
        told, tag = tuple(dissect(frame)), vlan(frame)
        for said in told:
            self._note(at, said, tag)
        if len(frame) >= 42 and all(said.mac in self.devices for said in told):
            self._remember(frame, told)

    def _remember(self, frame: bytes, told: tuple[Said, ...]) -> None:
        """Only of devices that are in `devices`: what is left out is to be counted each time."""
        source = self.devices.get(frame[6:12])
        if frame[12:15] == _IPV4 and source:
            if len(self.by_source) < self._most:
                self.by_source[frame[6:15]] = source
            if frame[23] != _UDP or frame[36:38] not in PORTS:
                return
        # A proxy speaks for many: only who speaks for itself says the same as its Ethernet source.
        if frame[12:14] == _ARP and source and [(said.mac, said.how) for said in told] == [(frame[6:12], "arp")]:
            if len(self.by_arp) < self._most:
                (said,) = told
                self.by_arp[frame[6:32]] = source, said.ip if said.ip in source.ips else None
        elif len(frame) <= _LONGEST_REPEATED and len(self._repeated) < _MOST_REPEATED:
            self._repeated[frame[6:]] = tuple((self.devices[said.mac], said) for said in told)

    def _note(self, at: float, said: Said, vlan: int = 0) -> None:
        device, is_new = self.devices.get(said.mac), False
        if device is None:
            if len(self.devices) >= self._most:
                self.left_out += 1
                return
            device, is_new = Present(said.mac, at, at), True
            self.devices[said.mac] = device
        if device.said(at, said, vlan) or is_new:
            self.news[said.mac] = device


def claims(claimed: tuple[Present, bytes | None], at: float) -> None:
    """A device speaks once more, and claims the same IP."""
    device, ip = claimed
    device.was_heard(at)
    if ip is not None and at > device.ips[ip]:
        device.ips[ip] = at
