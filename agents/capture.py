"""What a segment says by itself, as a process of its own: `python -m agents.capture --interface eth0 [--every 2]`.

hears ARP, neighbour discovery, DHCP and multicast DNS, also behind VLAN tags, and speaks in rows: one JSON object a
line on standard output. {"mac", "ip", "at"} tells of a device and of one IP it claims ("ip" null for none), with
"name", "announced" (by multicast DNS), "fingerprint" and "vlan" where it told them; a device with two IPs is two rows.
After them, every few seconds, {"beat": {"frames", "drops", "left_out"}}: what was heard, what the kernel had to drop
and what devices beyond the bound said, all since the beat before. Rows count once their beat is there; a beat alone
says that nobody said anything new.

A device that is new or says something new is told with the next beat, any other at most once a minute. The process
opens one packet socket, gives up root and every capability for good, and only then reads. It opens no database and is
given no secret. It ends when its standard input does, which is when its parent goes away; exit 2 is wrong usage, 3 that
the outside world failed, with the reason on standard error. `agents.hearing` is the other half.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import struct
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from agents import rawsocket
from agents.dissect import SHORTEST
from agents.rawsocket import ScanFailed, Step
from agents.roll import Present, Roll, latest

EVERY, SLOWEST = 2, 60
# A device that says nothing new is told so often; one that says nothing at all is forgotten, and news when it is back.
TELL_SECONDS, FORGET_SECONDS = 60.0, 150.0
# More than a large segment holds: four of them.
MOST_DEVICES = 16_384
# How long frames wait in the kernel's buffer: waking up for each would cost more than reading it.
_NAP = 0.01
_LONGEST = 2048
_TAGS = (0x8100, 0x88A8, 0x9100)
# linux/if_packet.h, struct tpacket_auxdata: status, two lengths, two offsets, the tag and its kind
_AUXDATA, _TAG_IS_VALID, _KIND_IS_VALID = struct.Struct("IIIHHHH"), 0x10, 0x40


def talk(_own: bytes) -> bytes:
    """The kernel's filter: ARP, DHCP and multicast DNS, neighbour discovery, behind at most one tag in the frame.

    The kernel takes a frame's outermost tag away before the filter sees it, so that on the wire there may be two.
    """
    # X is how far a tag pushes everything back.
    return rawsocket.assemble([
        Step(rawsocket.SET_X, 0), Step(rawsocket.HALF, 12), *(Step(rawsocket.EQUAL, tag, "tagged") for tag in _TAGS),
        Step(rawsocket.GOTO, yes="kind"),
        "tagged", Step(rawsocket.SET_X, 4), Step(rawsocket.HALF, 16),
        "kind", Step(rawsocket.EQUAL, 0x0806, "give"), Step(rawsocket.EQUAL, 0x86DD, "ipv6"),
        Step(rawsocket.EQUAL, 0x0800, "", "drop"),
        Step(rawsocket.BYTE_X, 23), Step(rawsocket.EQUAL, 17, "", "drop"),
        # A later fragment has no port where one is looked for.
        Step(rawsocket.HALF_X, 20), Step(rawsocket.ANY_BIT, 0x1FFF, "drop"),
        Step(rawsocket.BYTE_X, 14), Step(rawsocket.AND, 0xF), Step(rawsocket.SHIFT_LEFT, 2), Step(rawsocket.ADD_X),
        Step(rawsocket.A_TO_X),
        Step(rawsocket.HALF_X, 16), Step(rawsocket.EQUAL, 67, "give"), Step(rawsocket.EQUAL, 68, "give"),
        Step(rawsocket.EQUAL, 5353, "give", "drop"),
        "ipv6", Step(rawsocket.BYTE_X, 20), Step(rawsocket.EQUAL, 17, "udp"), Step(rawsocket.EQUAL, 58, "", "drop"),
        Step(rawsocket.BYTE_X, 54), Step(rawsocket.AT_LEAST, 133, "", "drop"),
        Step(rawsocket.GREATER, 136, "drop", "give"),
        "udp", Step(rawsocket.HALF_X, 56), Step(rawsocket.EQUAL, 546, "give"), Step(rawsocket.EQUAL, 547, "give"),
        Step(rawsocket.EQUAL, 5353, "give", "drop"),
        "give", Step(rawsocket.RETURN, _LONGEST),
        "drop", Step(rawsocket.RETURN, 0),
    ])  # fmt: skip


class Wire:
    """One packet socket, open to what devices say of themselves."""

    def __init__(self, interface: str) -> None:
        """Open it; raises ScanFailed saying what is missing. Everything here that needs a privilege happens here."""
        self._socket = rawsocket.opened(interface, talk, rawsocket.PROMISCUOUS)
        self._socket.setsockopt(rawsocket.SOL_PACKET, rawsocket.PACKET_AUXDATA, 1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def frames(self) -> Iterator[bytes]:
        """What waits, with the tag that the kernel took away. Raises ScanFailed if the interface is down or went."""
        receive = self._socket.recvmsg
        try:
            # A bounded look: a flood must not keep the beat from being told.
            for _ in range(4096):
                frame, beside, _flags, _sender = receive(_LONGEST, 64)
                yield tagged(frame, beside[0][2]) if beside else frame
        except BlockingIOError:
            return
        except OSError as error:
            raise ScanFailed(f"cannot listen any more: {error.strerror}") from error

    def dropped(self) -> int:
        """How many frames the kernel had no room for since this was last asked."""
        counts = self._socket.getsockopt(rawsocket.SOL_PACKET, rawsocket.PACKET_STATISTICS, 8)
        return int(struct.unpack("II", counts)[1])


def tagged(frame: bytes, beside: bytes) -> bytes:
    """The frame as it was on the wire: with its outermost tag, which the kernel tells beside it."""
    if len(beside) < _AUXDATA.size or len(frame) < SHORTEST:
        return frame
    status, _length, _captured, _link, _net, tag, kind = _AUXDATA.unpack_from(beside)
    if not status & _TAG_IS_VALID:
        return frame
    kind = kind if status & _KIND_IS_VALID else _TAGS[0]
    return frame[:12] + struct.pack("!HH", kind, tag) + frame[12:]


class Telling:
    """What to say of whom, and when: news with every beat, the others once a minute. All its moments are the uptime's.

    The clock on the wall may be set while we listen, so it is read only to write a row.
    """

    def __init__(self, most: int, at: float) -> None:
        self.roll = Roll(most)
        self._told: dict[bytes, float] = {}
        self._all_told = at
        self._frames = self._left_out = 0

    def rows(self, at: float) -> list[dict[str, Any]]:
        """The rows that are due at this moment, the earliest first."""
        if at - self._all_told < TELL_SECONDS:
            rows = self._of_all(self.roll.news.values(), at)
        else:
            rows = self._of_all(self.roll.devices.values(), at)
            self.roll.forget(at - FORGET_SECONDS)
            self._told = {mac: told for mac, told in self._told.items() if mac in self.roll.devices}
            self._all_told = at
        self.roll.news.clear()
        return rows

    def beat(self, drops: int) -> dict[str, Any]:
        """What came since the beat before."""
        frames, left_out = self.roll.frames - self._frames, self.roll.left_out - self._left_out
        self._frames, self._left_out = self.roll.frames, self.roll.left_out
        return {"beat": {"frames": frames, "drops": drops, "left_out": left_out}}

    def _of_all(self, devices: Iterable[Present], at: float) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        claims = [(last, ip, device) for device in devices for ip, last in self._due(device)]
        claims.sort(key=lambda claim: claim[0])
        return [_row(device, ip, now - timedelta(seconds=at - last)) for last, ip, device in claims]

    def _due(self, device: Present) -> list[tuple[bytes | None, float]]:
        """Each IP that it has claimed since it was last told, and when; none and the device's own moment otherwise."""
        since = self._told.get(device.mac, float("-inf"))
        if device.last <= since and device.mac not in self.roll.news:
            return []
        self._told[device.mac] = device.last
        return [(ip, last) for ip, last in device.ips.items() if last > since] or [(None, device.last)]


def _row(device: Present, ip: bytes | None, at: datetime) -> dict[str, Any]:
    row = {"mac": device.mac.hex(":"), "ip": str(ip_address(ip)) if ip else None, "at": at.isoformat()}
    said = {
        "name": latest(device.names), "announced": latest(device.announced),
        "fingerprint": latest(device.fingerprints), "vlan": latest(device.vlans),
    }  # fmt: skip
    return row | {key: value for key, value in said.items() if value}


def main(arguments: list[str] | None = None) -> int:
    """Listen as the command line says until nobody reads. Exit status 0 done, 2 wrong usage, 3 the world failed."""
    options = _options(arguments)
    try:
        wire = Wire(options.interface)
        rawsocket.drop_privileges()
        _listen(wire, options)
    except ScanFailed as failed:
        print(f"capture: {failed.message}", file=sys.stderr)
        return 3
    except BrokenPipeError:
        # Nobody reads any more. Standard output is pointed elsewhere, or closing it would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _listen(wire: Wire, options: argparse.Namespace) -> None:
    telling, parent = Telling(options.most, time.monotonic()), sys.stdin.fileno()
    poll = select.poll()
    poll.register(wire, select.POLLIN)
    poll.register(parent, select.POLLIN)
    _say(telling.beat(0))
    due = time.monotonic() + options.every
    while True:
        ready = dict(poll.poll(max(0.0, due - time.monotonic()) * 1000))
        if parent in ready and not os.read(parent, 4096):
            return
        at = time.monotonic()
        for frame in wire.frames():
            telling.roll.hear(at, frame)
        if at >= due:
            due = at + options.every
            _say(*telling.rows(at), telling.beat(wire.dropped()))
        elif ready:
            time.sleep(_NAP)


def _say(*rows: dict[str, Any]) -> None:
    sys.stdout.write("".join(json.dumps(row) + "\n" for row in rows))
    sys.stdout.flush()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agents.capture", description="what a segment says by itself, as JSON lines")
    parser.add_argument("--interface", required=True, type=rawsocket.interface, help="the interface on the segment")
    parser.add_argument(
        "--every",
        type=rawsocket.between(1, SLOWEST),
        default=EVERY,
        help="seconds between beats (default: %(default)s)",
    )
    parser.add_argument(
        "--most", type=rawsocket.between(1, 65_536), default=MOST_DEVICES, help="how many devices are kept"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
