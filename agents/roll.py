"""Who was heard: one entry for each device, however often it speaks and whatever strangers make up.

Most frames of a busy wire say nothing new, so that they are told apart by their first bytes and only the others are
dissected. Everything kept has a bound: who floods us with addresses fills no memory, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.dissect import Ip, Said, dissect

# A /16 full of devices. Beyond it somebody makes addresses up.
MOST_DEVICES = 65_536
# Of one device: more than a phone that roamed all day has, and few enough to show.
MOST_EACH = 8
_ARP, _IPV4, _UDP = b"\x08\x06", b"\x08\x00\x45", 17
# Where DHCP requests and multicast DNS go to.
_PORTS = (b"\x00\x43", b"\x14\xe9")


@dataclass(slots=True)
class Present:
    """One device: when it was first and last heard, in how many frames, and what it said of itself."""

    mac: bytes
    first: float
    last: float
    frames: int = 0
    hows: set[str] = field(default_factory=set)
    ips: dict[Ip, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)

    def was_heard(self, at: float) -> None:
        self.frames += 1
        if at > self.last:
            self.last = at
        elif at < self.first:
            self.first = at


class Roll:
    """Hand it every frame, then read `devices`; `left_out` counts what devices beyond the bound said."""

    def __init__(self, most: int = MOST_DEVICES) -> None:
        self.frames = self.left_out = 0
        self.devices: dict[bytes, Present] = {}
        self._most = most
        # What was dissected once and says the same for ever: an ARP packet by its sender, any other IPv4 frame by its
        # Ethernet source.
        self._arp: dict[bytes, Present] = {}
        self._ipv4: dict[bytes, Present] = {}

    def hear(self, at: float, frame: bytes) -> None:
        """One frame, at a moment in seconds since 1970. Whatever the bytes are, nothing is raised."""
        self.frames += 1
        known = self._ipv4.get(frame[6:15])
        if known is None:
            known = self._arp.get(frame[6:32]) if len(frame) >= 42 else None
        elif len(frame) < 38 or (frame[23] == _UDP and frame[36:38] in _PORTS):
            known = None
        if known is None:
            self._dissect(at, frame)
        else:
            known.was_heard(at)

    def _dissect(self, at: float, frame: bytes) -> None:
        for said in dissect(frame):
            self._note(at, said)
        if len(self._arp) >= self._most or len(frame) < 42:
            return
        if frame[12:15] == _IPV4 and (source := self.devices.get(frame[6:12])):
            self._ipv4[frame[6:15]] = source
        # A proxy speaks for many: only who speaks for itself says the same as its Ethernet source.
        elif frame[12:14] == _ARP and frame[6:12] == frame[22:28] and (sender := self.devices.get(frame[22:28])):
            self._arp[frame[6:32]] = sender

    def _note(self, at: float, said: Said) -> None:
        device = self.devices.get(said.mac)
        if device is None:
            if len(self.devices) >= self._most:
                self.left_out += 1
                return
            device = self.devices[said.mac] = Present(said.mac, at, at)
        device.was_heard(at)
        device.hows.add(said.how)
        if said.ip is not None and len(device.ips) < MOST_EACH:
            device.ips[said.ip] = None
        if said.name and len(device.names) < MOST_EACH:
            device.names[said.name] = None
