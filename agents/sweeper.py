"""The sweep of one segment, as a process of its own: who answers when everybody is asked.

    python -m agents.sweeper --interface eth0 --network 10.78.0.0/24 --arp HEX [--echo HEX] [--rate 1000] [--tries 3]

speaks in rows: one JSON object a line on standard output, {"mac", "ip", "at"} for each device as it answers ("via" too
where the frame came from another address), and at the end {"summary": {"asked", "answered", "seconds"}}. Without the
summary the sweep is not complete. Exit 0 done, 2 wrong usage, 3 the outside world failed, with the reason on standard
error. The frames it sends come ready made from `agents.craft`; with an echo it looks for IPv6 too.

It opens one packet socket, gives up root and every capability for good, and only then sends the first request. It opens
no database and is given no secret. `agents.scan` is the other half.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Network, ip_address
from pathlib import Path

from agents import rawsocket
from agents.frames import ARP_SIZE, ECHO_SIZE, Heard, Request, echo_to_all, link_local, parse_reply
from agents.rawsocket import ScanFailed, Step

# 1,000 requests a second is about 0.7 Mbit/s on the air: a small access point does not notice.
RATE, FASTEST = 1000, 100_000
# Everybody silent is asked so often, then more often where answers get lost, up to the most.
TRIES, MOST_TRIES = 3, 8
# A sleeping phone wakes for broadcast every few beacons (102 ms each): the last answers have so long. Between rounds
# less will do, because whoever is late is heard in the next.
LAST_WAIT, ROUND_WAIT = 0.3, 0.15
# Rounds end once fewer devices than this are to be expected among those who are still silent.
_STILL_MISSING = 0.01
LARGEST = 16
# Strangers choose what they answer: one IP counts for at most this many addresses, and no more devices than a /16 holds
# are named, so nobody can fill our memory.
MACS_PER_IP, MOST_HEARD = 4, 65_536
# How long replies wait in the kernel's buffer: waking up for each would cost more than reading it.
_NAP = 0.01


def answers_to(mac: bytes) -> bytes:
    """The kernel's filter: ARP replies to `mac`, echo replies to `mac`, and any neighbour message."""
    high, low = int.from_bytes(mac[:4], "big"), int.from_bytes(mac[4:], "big")
    return rawsocket.assemble([
        Step(rawsocket.HALF, 12), Step(rawsocket.EQUAL, 0x0806, "arp"), Step(rawsocket.EQUAL, 0x86DD, "", "drop"),
        Step(rawsocket.BYTE, 20), Step(rawsocket.EQUAL, 58, "", "drop"),
        Step(rawsocket.BYTE, 54), Step(rawsocket.EQUAL, 135, "give"), Step(rawsocket.EQUAL, 136, "give"),
        Step(rawsocket.EQUAL, 129, "ours", "drop"),
        "arp", Step(rawsocket.HALF, 20), Step(rawsocket.EQUAL, 2, "ours", "drop"),
        "ours", Step(rawsocket.WORD, 0), Step(rawsocket.EQUAL, high, "", "drop"),
        Step(rawsocket.HALF, 4), Step(rawsocket.EQUAL, low, "give", "drop"),
        "give", Step(rawsocket.RETURN, 128),
        "drop", Step(rawsocket.RETURN, 0),
    ])  # fmt: skip


class Wire:
    """One packet socket on one interface, open to answers and to nothing else."""

    def __init__(self, interface: str) -> None:
        """Open it; raises ScanFailed saying what is missing. Everything here that needs a privilege happens here."""
        self._socket = rawsocket.opened(interface, answers_to, rawsocket.ALL_MULTICAST)
        self.mac = rawsocket.mac_of(self._socket, interface)
        self.ip = rawsocket.ipv4_of(self._socket, interface)
        self.link_local = _link_local_of(interface) or link_local(self.mac)

    def send(self, frame: bytes | bytearray) -> None:
        """Send one frame. Raises ScanFailed if the interface is down or went away."""
        try:
            self._socket.send(frame)
        except BlockingIOError:
            # The queue is full: this request counts as lost, the next round asks again; wait until there is room.
            select.select([], [self._socket], [], 1.0)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise ScanFailed(f"cannot send any more: {error.strerror}; the sweep is not complete") from error

    def replies(self, until: float) -> Iterator[Heard]:
        """The answers that come in until that moment of `time.monotonic`; those already waiting in any case."""
        while True:
            yield from self._waiting()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _NAP))

    def _waiting(self) -> Iterator[Heard]:
        receive = self._socket.recv
        try:
            # A bounded look: whoever floods us with replies must not keep the sweep from going on and ending.
            for _ in range(1024):
                heard = parse_reply(receive(128))
                if heard is not None:
                    yield heard
        except BlockingIOError:
            return
        except OSError as error:
            raise ScanFailed(f"cannot listen any more: {error.strerror}; the sweep is not complete") from error


class Asking:
    """One sweep under way: whom to ask, who has answered. Prints nothing and keeps no clock but the pace."""

    def __init__(self, wire: Wire, network: IPv4Network, rate: int, arp: bytes, echo: bytes | None) -> None:
        first, last = _hosts(network)
        own = int.from_bytes(wire.ip, "big")
        # Where our own address is elsewhere, ask as a probe (sender 0.0.0.0, RFC 5227): hosts answer those too.
        sender = wire.ip if first <= own <= last else bytes(4)
        self._wire, self._rate, self._echo = wire, rate, echo
        self._request = Request(arp, wire.mac, sender)
        self.targets = [number.to_bytes(4, "big") for number in range(first, last + 1) if number != own]
        self._asked = frozenset(self.targets)
        self._macs: dict[bytes, set[bytes]] = {}
        self._heard = 0
        self.new_in_round: list[int] = []

    @property
    def answered(self) -> int:
        """How many addresses somebody answered for, IPv6 ones too."""
        return len(self._macs)

    def is_done(self, tries: int) -> bool:
        """Whether to ask nobody again: all have answered, or those still silent will hardly."""
        done = len(self.new_in_round)
        if done >= MOST_TRIES or (self._echo is None and self.answered == len(self.targets)):
            return True
        return done >= tries and still_missing(self.new_in_round) < _STILL_MISSING

    def round(self) -> Iterator[Heard]:
        """Ask everyone who is still silent, once, at the pace; yields each new answer as it is heard."""
        before = self.answered
        if self._echo is not None:
            number = len(self.new_in_round)
            self._wire.send(echo_to_all(self._echo, self._wire.mac, self._wire.link_local, number))
        silent = [target for target in self.targets if target not in self._macs]
        # In bursts of ten milliseconds: finer waits cost more processor than they smooth.
        burst, due = max(1, self._rate // 100), time.monotonic()
        for first in range(0, len(silent), burst):
            for target in silent[first : first + burst]:
                self._wire.send(self._request.to(target))
            # After a stall only 50 ms are caught up, or a busy machine would send seconds of requests in one burst.
            due = max(due, time.monotonic() - 0.05) + burst / self._rate
            yield from self.new(due)
        yield from self.new(time.monotonic() + ROUND_WAIT)
        self.new_in_round.append(self.answered - before)

    def new(self, until: float) -> Iterator[Heard]:
        """The answers nobody gave before, until that moment."""
        for heard in self._wire.replies(until):
            if self._is_new(heard.mac, heard.ip):
                yield heard

    def _is_new(self, mac: bytes, ip: bytes) -> bool:
        if len(ip) == 4 and ip not in self._asked:
            return False
        macs = self._macs.get(ip)
        if (macs and (mac in macs or len(macs) >= MACS_PER_IP)) or self._heard >= MOST_HEARD:
            return False
        self._macs.setdefault(ip, set()).add(mac)
        self._heard += 1
        return True


def still_missing(new_in_round: list[int]) -> float:
    """How many devices are to be expected among the silent, from how many answered in each round and not before.

    Whoever answers in round k was missed k-1 times, which tells how likely a miss is; all rounds missed them alike.
    """
    found, rounds = sum(new_in_round), len(new_in_round)
    missed = sum(new * before for before, new in enumerate(new_in_round))
    chance = (missed + 0.5) / (found + missed + 1)
    return found * chance**rounds / (1 - chance**rounds)


def main(arguments: list[str] | None = None) -> int:
    """Sweep as the command line says and print the rows. Exit status 0 done, 2 wrong usage, 3 the world failed."""
    options = _options(arguments)
    try:
        if options.network.prefixlen < LARGEST:
            raise ScanFailed(
                f"{options.network} is too large: a sweep asks at most a /{LARGEST}; name the segments one by one"
            )
        _run(options)
    except ScanFailed as failed:
        print(f"scan: {failed.message}", file=sys.stderr)
        return 3
    except BrokenPipeError:
        # Nobody reads any more. Standard output is pointed elsewhere, or closing it would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    return 0


def _run(options: argparse.Namespace) -> None:
    started = time.monotonic()
    asking = Asking(Wire(options.interface), options.network, options.rate, options.arp, options.echo)
    rawsocket.drop_privileges()
    while not asking.is_done(options.tries):
        _tell(asking.round())
    _tell(asking.new(time.monotonic() + LAST_WAIT - ROUND_WAIT))
    seconds = round(time.monotonic() - started, 3)
    print(json.dumps({"summary": {"asked": len(asking.targets), "answered": asking.answered, "seconds": seconds}}))


def _tell(answers: Iterator[Heard]) -> None:
    for heard in answers:
        row = {"mac": heard.mac.hex(":"), "ip": str(ip_address(heard.ip)), "at": datetime.now(UTC).isoformat()}
        print(json.dumps(row | ({"via": heard.via.hex(":")} if heard.via else {})))
    sys.stdout.flush()


def _hosts(network: IPv4Network) -> tuple[int, int]:
    """The first and the last address that a host may have; a /31 and a /32 have no others (RFC 3021)."""
    first, last = int(network.network_address), int(network.broadcast_address)
    return (first, last) if network.prefixlen >= 31 else (first + 1, last - 1)


def _link_local_of(interface: str) -> bytes | None:
    """The interface's link-local address, to which the kernel answers; None where it has none."""
    try:
        lines = Path("/proc/net/if_inet6").read_text("ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[0] for line in lines if line.split()[-1] == interface and line.startswith("fe80")]
    return bytes.fromhex(found[0]) if found else None


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agents.sweeper", description="sweep of one segment, answers as JSON lines")
    parser.add_argument("--interface", required=True, type=rawsocket.interface, help="the interface on the segment")
    parser.add_argument("--network", required=True, type=_network, help="for example 10.78.0.0/24, at most a /16")
    parser.add_argument("--arp", required=True, type=_frame(ARP_SIZE), help="the ARP request of agents.craft")
    parser.add_argument("--echo", type=_frame(ECHO_SIZE), help="its echo, to look for IPv6 too")
    parser.add_argument(
        "--rate", type=rawsocket.between(1, FASTEST), default=RATE, help="requests a second (default: %(default)s)"
    )
    parser.add_argument(
        "--tries", type=rawsocket.between(1, MOST_TRIES), default=TRIES, help="how often a silent address is asked"
    )
    return parser.parse_args(arguments)


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not an IPv4 network: {error}") from error


def _frame(size: int) -> Callable[[str], bytes]:
    def frame(text: str) -> bytes:
        try:
            crafted = bytes.fromhex(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"not hex: {error}") from error
        if len(crafted) != size:
            raise argparse.ArgumentTypeError(f"{size} bytes")
        return crafted

    return frame


if __name__ == "__main__":
    sys.exit(main())
