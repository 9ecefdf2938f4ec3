"""The active ARP sweep of one segment: who is on the wire, registered or not.

    python -m agents.scan --interface eth0 --network 10.78.0.0/24 [--rate 1000] [--tries 3]

runs as its own process and speaks in rows: one JSON object a line on standard output, {"mac", "ip", "at"} for each
device as it answers ("via" too where the frame came from another address), and at the end {"summary": {"asked",
"answered", "seconds"}}. Without the summary the sweep is not complete. Exit 0 done, 2 wrong usage, 3 the outside
world failed, with the reason on standard error.

The process needs CAP_NET_RAW to open one packet socket, and nothing afterwards: from then on it reads frames that
strangers wrote, so it gives up root and every capability for good before it sends the first request. It opens no
database and is given no secret. `sweep` is the other half: it starts that process and reads its rows with suspicion.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import json
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from agents.frames import ETHERTYPE_ARP, Heard, Request, parse_reply
from netreg.errors import InvalidValue, NetregError, UnexpectedOutput, Unreachable
from netreg.mac import MacAddress

# 1,000 requests a second is about 0.7 Mbit/s on the air: a small access point does not notice.
RATE, FASTEST = 1000, 100_000
TRIES, MOST_TRIES = 3, 20
# A sleeping phone wakes for broadcast every few beacons (102 ms each).
ANSWER_WAIT = 0.3
LARGEST = 16
# What starting the interpreter, a busy machine and the last rows may take beyond the sweep's own time.
GRACE = 20.0
# Strangers choose what they answer: one IP counts for at most this many addresses, so nobody can fill our memory.
MACS_PER_IP = 4

# linux/if_packet.h, linux/filter.h, linux/sockios.h, linux/if_arp.h, linux/prctl.h: names that `socket` lacks
_SO_ATTACH_FILTER, _SO_RCVBUFFORCE = 26, 33
_SIOCGIFADDR, _SIOCGIFHWADDR, _ARPHRD_ETHER = 0x8915, 0x8927, 1
_PR_SET_NO_NEW_PRIVS, _CAPABILITY_VERSION_3 = 38, 0x20080522
_NOBODY = 65534
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}", re.ASCII)
# Whatever can go wrong while reading rows that are not ours: JSON, a field, a number, an address.
NONSENSE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, InvalidValue)


@dataclass(frozen=True, slots=True)
class Segment:
    """One wire or SSID to sweep: what people call it, and how it is reached from this machine.

    Raises ValueError for a name that could be read as an option by the commands it is handed to.
    """

    name: str
    interface: str
    network: IPv4Network
    netns: str | None = None

    def __post_init__(self) -> None:
        for name in (self.interface, self.netns):
            if name is not None and not _NAME.fullmatch(name):
                raise ValueError(f"not the name of an interface or namespace: {name!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One device, the IP it claimed, when it was first heard, and the Ethernet source where that is another one."""

    mac: MacAddress
    ip: IPv4Address
    at: datetime
    via: MacAddress | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A complete sweep: the answers, how many addresses were asked and how many answered, and the time it took."""

    heard: tuple[Answer, ...]
    asked: int
    answered: int
    seconds: float


class ScanFailed(NetregError):
    """This machine cannot do the sweep: no such interface, no right to it, a network too large."""

    code = "scan_failed"


# --- the worker's side: start the process, believe only what it is supposed to say ---------------------------------


def sweep(segment: Segment, *, rate: int = RATE, tries: int = TRIES, deadline: float | None = None) -> Sweep:
    """Sweep `segment` in a process of its own and give back its answers.

    Raises Unreachable (the process failed or outlived `deadline` seconds) or UnexpectedOutput (its rows make no
    sense or have no end); both name the segment, and no half sweep is ever handed on as a whole one.
    """
    patience = deadline if deadline is not None else _longest(segment.network, rate, tries) + GRACE
    command = _command(segment, rate, tries)
    try:
        done = subprocess.run(command, capture_output=True, timeout=patience, env=environment(), check=False)
    except subprocess.TimeoutExpired as late:
        raise Unreachable(segment.name, f"sweep of {segment.network} stopped after {patience:.1f} s") from late
    except OSError as error:
        raise Unreachable(segment.name, f"could not start the sweep: {error}") from error
    if done.returncode != 0:
        raise Unreachable(segment.name, "the sweep failed: " + last_words(done))
    return read_rows(segment, done.stdout)


def read_rows(segment: Segment, output: bytes) -> Sweep:
    """The sweep that these rows tell of; raises UnexpectedOutput if they tell anything else."""
    try:
        *rows, last = [json.loads(line) for line in output.splitlines()]
        heard = tuple(_answer(row, segment.network) for row in rows)
        summary = last["summary"]
        found = Sweep(heard, int(summary["asked"]), int(summary["answered"]), float(summary["seconds"]))
        if found.answered != len({answer.ip for answer in heard}):
            raise ValueError(f"{found.answered} answers announced, rows for another number")
    except NONSENSE as error:
        raise UnexpectedOutput(segment.name, f"the sweep's rows make no sense ({error}); nothing was kept") from error
    return found


def _answer(row: dict[str, Any], network: IPv4Network) -> Answer:
    at = datetime.fromisoformat(row["at"])
    ip = IPv4Address(row["ip"])
    if at.tzinfo is None or ip not in network:
        raise ValueError("a row without its time zone, or from another network")
    via = row.get("via")
    return Answer(MacAddress.parse(row["mac"]), ip, at, MacAddress.parse(via) if via else None)


def _command(segment: Segment, rate: int, tries: int) -> list[str]:
    inside = ["ip", "netns", "exec", segment.netns] if segment.netns else []
    # -P: never import from the directory somebody happened to start the worker in.
    scan = [sys.executable, "-P", "-m", "agents.scan", f"--interface={segment.interface}"]
    return [*inside, *scan, f"--network={segment.network}", f"--rate={rate}", f"--tries={tries}"]


def environment() -> dict[str, str]:
    """Only what Python needs: the worker's environment may hold secrets, and this process reads strangers' frames."""
    path = os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    return {"PATH": path, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), "LC_ALL": "C.UTF-8"}


def last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a process of ours said before it failed, for a person."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"it ended with status {done.returncode}: {lines[-1][:300] if lines else 'it said nothing'}"


def _longest(network: IPv4Network, rate: int, tries: int) -> float:
    return tries * (network.num_addresses / rate + ANSWER_WAIT)


# --- the process itself -------------------------------------------------------------------------------------------


class Wire:
    """One packet socket on one interface, open to ARP replies addressed to us and to nothing else."""

    def __init__(self, interface: str) -> None:
        """Open it; raises ScanFailed saying what is missing. Everything here that needs a privilege happens here."""
        present = [name for _, name in socket.if_nameindex()]
        if interface not in present:
            names = ", ".join(present)
            raise ScanFailed(f"there is no interface {interface!r} here (there are: {names}); nothing was sent")
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.mac, self.ip = _own_addresses(self._socket, interface)
            # Filter first, bind after: until bound the socket receives nothing, so no unfiltered frame slips in.
            _attach_filter(self._socket, replies_to(self.mac))
            self._socket.bind((interface, ETHERTYPE_ARP))
        except OSError as error:
            raise ScanFailed(_why_no_wire(interface, error)) from error
        self._enlarge_buffer()
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def send(self, frame: bytes) -> None:
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
            self._poll.poll(left * 1000)

    def _waiting(self) -> Iterator[Heard]:
        try:
            # A bounded look: whoever floods us with replies must not keep the sweep from going on and ending.
            for _ in range(256):
                heard = parse_reply(self._socket.recv(128))
                if heard is not None:
                    yield heard
        except BlockingIOError:
            return
        except OSError as error:
            raise ScanFailed(f"cannot listen any more: {error.strerror}; the sweep is not complete") from error

    def _enlarge_buffer(self) -> None:
        # Room for a /16 that answers at once; beyond the usual limit only CAP_NET_ADMIN may ask, so it may fail.
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)


class Asking:
    """One sweep under way: whom to ask, who has answered. Prints nothing and keeps no clock but the pace."""

    def __init__(self, wire: Wire, network: IPv4Network, rate: int) -> None:
        own = wire.ip if wire.ip in network else IPv4Address(0)
        # Where our own address is elsewhere, ask as a probe (sender 0.0.0.0, RFC 5227): hosts answer those too.
        self._wire, self._request, self._rate = wire, Request(wire.mac, own), rate
        self.targets = [ip for ip in network.hosts() if ip != wire.ip]
        self._asked = frozenset(self.targets)
        self._macs: dict[IPv4Address, set[MacAddress]] = {}

    @property
    def answered(self) -> int:
        return len(self._macs)

    def round(self) -> Iterator[Heard]:
        """Ask everyone who is still silent, once, at the pace; yields each new answer as it is heard."""
        silent = [ip for ip in self.targets if ip not in self._macs]
        # In bursts of at least two milliseconds: finer waits cost more processor than they smooth.
        burst, due = max(1, self._rate // 500), time.monotonic()
        for first in range(0, len(silent), burst):
            for target in silent[first : first + burst]:
                self._wire.send(self._request.to(target))
            # After a stall only 50 ms are caught up, or a busy machine would send seconds of requests in one burst.
            due = max(due, time.monotonic() - 0.05) + burst / self._rate
            yield from self._new(due)
        yield from self._new(time.monotonic() + ANSWER_WAIT)

    def _new(self, until: float) -> Iterator[Heard]:
        for heard in self._wire.replies(until):
            if heard.ip in self._asked and self._is_new(heard):
                yield heard

    def _is_new(self, heard: Heard) -> bool:
        macs = self._macs.setdefault(heard.ip, set())
        if heard.mac in macs or len(macs) >= MACS_PER_IP:
            return False
        macs.add(heard.mac)
        return True


def main(arguments: list[str] | None = None) -> int:
    """Sweep as the command line says and print the rows. Exit status 0 done, 2 wrong usage, 3 the world failed."""
    options = _options(arguments)
    try:
        _check(options.network)
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
    asking = Asking(Wire(options.interface), options.network, options.rate)
    drop_privileges()
    for _ in range(options.tries):
        for heard in asking.round():
            _say(_row(heard))
        if asking.answered == len(asking.targets):
            break
    seconds = round(time.monotonic() - started, 3)
    _say({"summary": {"asked": len(asking.targets), "answered": asking.answered, "seconds": seconds}})


def _say(row: dict[str, Any]) -> None:
    print(json.dumps(row), flush=True)


def _row(heard: Heard) -> dict[str, str]:
    row = {"mac": heard.mac.text, "ip": str(heard.ip), "at": datetime.now(UTC).isoformat()}
    return row | ({"via": heard.via.text} if heard.via else {})


def drop_privileges() -> None:
    """Become nobody with no capability and no way back. Raises ScanFailed rather than go on with a right left.

    Leaving uid 0 empties root's capabilities; clearing the sets does the same for a service account that was given
    CAP_NET_RAW alone; no_new_privs keeps any program with the setuid bit from giving one back.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION_3, 0))
    none = ctypes.create_string_buffer(24)  # effective, permitted, inheritable, twice 32 bits each: all zero
    if libc.capset(header, none) != 0 or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise ScanFailed(f"cannot give up privileges: {os.strerror(ctypes.get_errno())}; nothing was sent")


def replies_to(mac: MacAddress) -> list[tuple[int, int, int, int]]:
    """The kernel's filter (classic BPF): Ethernet frames to `mac` that hold an ARP reply, their first 64 bytes."""
    own = bytes.fromhex(mac.text.replace(":", ""))
    load_word, load_half, equal, give = 0x20, 0x28, 0x15, 0x06
    return [
        (load_word, 0, 0, 0),
        (equal, 0, 7, int.from_bytes(own[:4], "big")),
        (load_half, 0, 0, 4),
        (equal, 0, 5, int.from_bytes(own[4:], "big")),
        (load_half, 0, 0, 12),
        (equal, 0, 3, ETHERTYPE_ARP),
        (load_half, 0, 0, 20),
        (equal, 0, 1, 2),
        (give, 0, 0, 64),
        (give, 0, 0, 0),
    ]


def _attach_filter(raw: socket.socket, program: list[tuple[int, int, int, int]]) -> None:
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    # The kernel copies the program during the call, so `code` need live no longer than that.
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))


def _own_addresses(raw: socket.socket, interface: str) -> tuple[MacAddress, IPv4Address]:
    name = struct.pack("256s", interface.encode())
    hardware = fcntl.ioctl(raw, _SIOCGIFHWADDR, name)
    if struct.unpack_from("H", hardware, 16)[0] != _ARPHRD_ETHER:
        raise ScanFailed(f"{interface} is no Ethernet or WiFi interface; name the one the segment is on")
    try:
        ip = IPv4Address(fcntl.ioctl(raw, _SIOCGIFADDR, name)[20:24])
    except OSError:
        ip = IPv4Address(0)
    return MacAddress.parse(hardware[18:24].hex(":")), ip


def _why_no_wire(interface: str, error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return "no right to open a packet socket; start it as root or give it CAP_NET_RAW; nothing was sent"
    return f"cannot open {interface!r}: {error.strerror}; nothing was sent"


def _check(network: IPv4Network) -> None:
    if network.prefixlen < LARGEST:
        raise ScanFailed(f"{network} is too large: a sweep asks at most a /{LARGEST}; name the segments one by one")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agents.scan", description="ARP sweep of one segment, answers as JSON lines")
    parser.add_argument("--interface", required=True, type=_interface, help="the interface on the segment")
    parser.add_argument("--network", required=True, type=_network, help="for example 10.78.0.0/24, at most a /16")
    parser.add_argument(
        "--rate", type=_between(1, FASTEST), default=RATE, help="requests a second (default: %(default)s)"
    )
    parser.add_argument(
        "--tries", type=_between(1, MOST_TRIES), default=TRIES, help="how often a silent address is asked"
    )
    return parser.parse_args(arguments)


def _interface(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("not the name of an interface")
    return text


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not an IPv4 network: {error}") from error


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}")
        return int(text)

    return number


if __name__ == "__main__":
    sys.exit(main())
