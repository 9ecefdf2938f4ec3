"""A capture of a busy office, made up, with the truth about it: who is in it, registered or not.

Most of its frames are pages and calls, the rest ARP, DHCP, multicast DNS, neighbour discovery and ARP behind VLAN tags.
Of the strangers most can be heard in one kind of frame only. Some ARP packets are broken, and the devices they name do
not exist. The same seed gives the same bytes.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.frames import link_local

ALL, MDNS_GROUP, NEIGHBOURS = b"\xff" * 6, bytes.fromhex("01005e0000fb"), bytes.fromhex("3333ff000001")
STRANGERS, START = 37, 1_750_000_000
# How many frames of a hundred thousand are of each kind.
OFFICE = {
    "page": 64_000, "ask": 18_000, "answer": 8_000, "gratuitous": 3_000, "probe": 1_000, "vlan": 1_000, "dhcp": 2_000,
    "mdns": 2_000, "neighbour": 950, "broken": 50,
}  # fmt: skip
# A mirror port at full load: of a hundred frames one is talk.
MIRROR = {"page": 99_000, "ask": 600, "answer": 200, "dhcp": 100, "mdns": 50, "neighbour": 50}


@dataclass(frozen=True)
class Truth:
    """Who is in a capture, and which addresses are named in it by nobody who exists; `kinds` counts the frames."""

    registered: frozenset[bytes]
    strangers: frozenset[bytes]
    phantoms: frozenset[bytes]
    kinds: dict[str, int]


@dataclass(frozen=True)
class One:
    """A device of the office."""

    mac: bytes
    ip: bytes
    name: bytes


class Office:
    """Its devices, and the frames they send."""

    def __init__(self, devices: int, seed: int) -> None:
        self.chance = random.Random(seed)
        numbers = self.chance.sample(range(1 << 24), devices)
        self.devices = [
            One(b"\xa4\x83\xe7" + number.to_bytes(3, "big"), bytes([10, 20, at >> 8, at & 255]), b"equipo-%05d" % at)
            for at, number in enumerate(numbers, 1)
        ]
        self.phantoms: set[bytes] = set()
        self.filling = self.chance.randbytes(2048)

    def ask(self, one: One) -> bytes:
        return _arp(one, 1, self.chance.choice(self.devices).ip)

    def answer(self, one: One) -> bytes:
        return self.chance.choice(self.devices).mac + _arp(one, 2, bytes([10, 20, 0, 1]))[6:]

    def gratuitous(self, one: One) -> bytes:
        return _arp(one, 1, one.ip)

    def probe(self, one: One) -> bytes:
        return _arp(One(one.mac, bytes(4), b""), 1, one.ip)

    def vlan(self, one: One) -> bytes:
        frame = _arp(one, 1, bytes([10, 20, 0, 1]))
        return frame[:12] + b"\x81\0\0\x14" + frame[12:]

    def dhcp(self, one: One) -> bytes:
        name, asks = bytes([12, len(one.name)]) + one.name, b"\x37\4\1\3\6\x0f"
        options = b"\x63\x82\x53\x63\x35\1\1" + name + asks + b"\x3c\x08MSFT 5.0\xff"
        xid = self.chance.randbytes(4)
        body = b"\1\1\6\0" + xid + bytes(20) + one.mac + bytes(202) + options
        return ALL + one.mac + b"\x08\0" + _udp(bytes(4), b"\xff" * 4, 68, 67, body)

    def mdns(self, one: One) -> bytes:
        name = bytes([len(one.name)]) + one.name + b"\5local\0"
        body = struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + name + struct.pack("!HHIH", 1, 0x8001, 120, 4) + one.ip
        return MDNS_GROUP + one.mac + b"\x08\0" + _udp(one.ip, b"\xe0\0\0\xfb", 5353, 5353, body)

    def neighbour(self, one: One) -> bytes:
        target = link_local(self.chance.choice(self.devices).mac)
        body = b"\x87\0\0\0" + bytes(4) + target + b"\1\1" + one.mac
        group = bytes.fromhex("ff0200000000000000000001ff") + target[13:]
        head = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + link_local(one.mac) + group
        return NEIGHBOURS + one.mac + b"\x86\xdd" + head + body

    def page(self, one: One) -> bytes:
        other, size = self.chance.choice(self.devices), self.chance.choice((6, 6, 540, 1400))
        head = struct.pack("!BBHHHBBH", 0x45, 0, 40 + size, 7, 0, 64, 6, 0) + one.ip + other.ip
        return other.mac + one.mac + b"\x08\0" + head + struct.pack("!HH", 50_000, 443) + self.filling[: 16 + size]

    def broken(self, one: One) -> bytes:
        """An ARP packet that speaks for somebody who does not exist, and is not whole or not one."""
        phantom = b"\x02\xde\xad" + self.chance.randbytes(3)
        self.phantoms.add(phantom)
        frame = _arp(One(phantom, one.ip, b""), 1, one.ip)
        frame = ALL + one.mac + frame[12:]
        at, wrong = self.chance.choice([(15, 6), (16, 0x86), (18, 8), (19, 16), (21, 25)])
        spoiled = frame[:at] + bytes([wrong]) + frame[at + 1 :]
        return self.chance.choice([spoiled, frame[: self.chance.randrange(14, 42)]])


def write(path: Path, frames: int, mix: dict[str, int], *, devices: int = 5_000, seed: int = 1) -> Truth:
    """Write such a capture (pcap) and give back the truth about it."""
    office = Office(devices, seed)
    strangers, registered = office.devices[:STRANGERS], office.devices[STRANGERS:]
    kinds = [kind for kind in mix if kind != "broken"]
    # Every device at least once, a stranger by one kind of frame alone.
    planted = [(kinds[at % len(kinds)], one) for at, one in enumerate(strangers)] + [("ask", one) for one in registered]
    drawn = office.chance.choices(list(mix), list(mix.values()), k=frames - len(planted))
    story = planted + [(kind, office.chance.choice(registered)) for kind in drawn]
    office.chance.shuffle(story)
    makers: dict[str, Callable[[One], bytes]] = {kind: getattr(office, kind) for kind in mix}
    counts = dict.fromkeys(mix, 0)
    with path.open("wb", 1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, (kind, one) in enumerate(story):
            frame = makers[kind](one)
            counts[kind] += 1
            seconds, rest = divmod(number * 100, 1_000_000)
            file.write(struct.pack("<IIII", START + seconds, rest, len(frame), len(frame)) + frame)
    all_of = [frozenset(one.mac for one in some) for some in (registered, strangers)]
    return Truth(*all_of, frozenset(office.phantoms), counts)


def _arp(one: One, operation: int, about: bytes) -> bytes:
    head = ALL + one.mac + b"\x08\x06\0\1\x08\0\6\4" + operation.to_bytes(2, "big")
    return head + one.mac + one.ip + bytes(6) + about + bytes(18)


def _udp(source: bytes, target: bytes, source_port: int, target_port: int, body: bytes) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(body), 7, 0, 64, 17, 0) + source + target
    return head + struct.pack("!HHHH", source_port, target_port, 8 + len(body), 0) + body
