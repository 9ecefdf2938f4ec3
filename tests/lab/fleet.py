"""A fleet of points on this machine's own kernel, for what many of them at once, and a sick one among them, cost.

    [ p001: sshd, gate ] 10.99.0.1 --+
    [ p002: sshd, gate ] 10.99.0.2 --+-- bridge in `mgmt` 10.99.255.254 <- whoever is `inside()`

Every point is a box as in bed.py, with the gate of the firewall lab on a LAN port that leads nowhere. Nothing stands
between a client and a point, so that no relay is measured along with them. Standard library only.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.lab.bed import HERE, Ground, bed_available, greets, ip_command, run, wait_until

GATE = "netdev netreg allow"
MANAGEMENT_IP, PREFIX = "10.99.255.254", 16
# A point that is switched off: what comes to it is lost, and nobody says so.
SILENCE = """table inet silence {
    chain in { type filter hook input priority -400; policy drop; }
    chain out { type filter hook output priority -400; policy drop; }
}"""
AT_ONCE = 8
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class FleetPoint:
    """One point, as somebody who pushes to it must know it; `host` is reached from `Fleet.inside` only."""

    name: str
    host: str
    port: int
    user: str
    key_file: Path
    known_key: str


class Fleet(Ground):
    """The running fleet. Make it with `up`, end it with `down` or as a context manager (outside of `inside`)."""

    user = "root"
    setup = ("fleet.sh", "firewall.sh", "gate.nft")

    def __init__(self, directory: Path, name: str | None, size: int) -> None:
        super().__init__(directory, name, None)
        self.points: list[FleetPoint] = []
        self._size = size
        self._late: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def up(cls, directory: Path, size: int = 100, name: str | None = None) -> Self:
        """That many points with empty sets and their state in a new folder of `directory`; raises as `Bed.up`."""
        return cls(directory, name, size)._rise()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Stand in the management network: this thread, and the threads and processes that it starts meanwhile."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self._in('mgmt')}", os.O_RDONLY)
        try:
            _stand_in(there)
            yield
        finally:
            _stand_in(home)
            os.close(there)
            os.close(home)

    def load(self, points: Iterable[FleetPoint], entries: Mapping[str, str]) -> None:
        """Make the sets hold these addresses with their labels and nothing else, past SSH."""
        added = ", ".join(f'{mac} comment "{label}"' for mac, label in entries.items())
        script = f"flush set {GATE}\n" + (added and f"add element {GATE} {{ {added} }}\n")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda point: self.nft(point, script), points))

    def read(self, point: FleetPoint) -> dict[str, str]:
        """What the kernel of this point lets in, past SSH: address -> label."""
        answer = run(*self.at(point), "nft", "-j", "list", "set", *GATE.split())
        (held,) = (part["set"] for part in json.loads(answer)["nftables"] if "set" in part)
        elements = ({"val": one} if isinstance(one, str) else one["elem"] for one in held.get("elem", ()))
        return {element["val"]: element.get("comment", "") for element in elements}

    def nft(self, point: FleetPoint, script: str) -> None:
        """Have the point's kernel do this, past SSH; LabError if it refuses."""
        run(*self.at(point), "nft", "-f", "-", stdin=script)

    def at(self, point: FleetPoint) -> tuple[str, ...]:
        """The beginning of an argv that reaches the point's packet filter without SSH."""
        return ("nsenter", f"--net=/run/netns/{self._in(point.name)}")

    def stop(self, point: FleetPoint) -> None:
        """Let the point die: nothing answers there any more, and nothing refuses."""
        self.nft(point, SILENCE)

    def slow(self, point: FleetPoint, seconds: float) -> None:
        """Let all that the point says arrive late; connections stay. Under 3 s, or ARP gives the point up."""
        late = f"late-{point.name}"
        self._namespace(late)
        port, via = ("-n", self._in("mgmt"), "link"), f"via-{point.name}"
        ip_command(*port, "set", point.name, "netns", self._in(late))
        ip_command(*port, "add", via, "type", "veth", "peer", "name", "far", "netns", self._in(late))
        argv = (sys.executable, str(HERE / "late.py"), point.name, "far", str(seconds))
        for end in (point.name, "far"):
            ip_command("-n", self._in(late), "link", "set", end, "up")
        self._late[point.name] = self._start(late, late, *argv)
        heard = ("ip", "netns", "exec", self._in(late), "cat", "/proc/net/packet")
        wait_until(lambda: len(run(*heard).splitlines()) == 3, "the slow cable")
        ip_command(*port, "set", via, "master", "sw", "up")

    def mend(self, point: FleetPoint) -> None:
        """Let a point that was stopped or slowed be as the others again."""
        if point.name not in self._late:
            self.nft(point, "delete table inet silence")
            return
        cable = self._late.pop(point.name)
        cable.kill()
        cable.wait()
        late, management = self._in(f"late-{point.name}"), self._in("mgmt")
        ip_command("-n", management, "link", "del", f"via-{point.name}")
        ip_command("-n", late, "link", "set", point.name, "netns", management)
        ip_command("-n", management, "link", "set", point.name, "master", "sw", "up")
        ip_command("netns", "del", late)

    def _build(self) -> None:
        self._found()
        self._make_keys()
        management = self._namespace("mgmt")
        batch = f"link add sw type bridge\naddr add {MANAGEMENT_IP}/{PREFIX} dev sw\nlink set sw up\n"
        run("ip", "-n", management, "-batch", "-", stdin=batch)
        with self.inside(), ThreadPoolExecutor(AT_ONCE) as pool:
            self.points = list(pool.map(self._raise_point, range(1, self._size + 1)))

    def _raise_point(self, number: int) -> FleetPoint:
        host = f"10.99.{number // 250}.{number % 250 + 1}"
        point = FleetPoint(f"p{number:03}", host, 22, self.user, self.key_file, self.known_key)
        namespace, port = self._namespace(point.name), point.name
        batch = f"link add {port} type veth peer name eth0 netns {namespace}\nlink set {port} master sw up\n"
        run("ip", "-n", self._in("mgmt"), "-batch", "-", stdin=batch)
        own = f"addr add {host}/{PREFIX} dev eth0\nlink set eth0 up\nlink add lan0 type bridge\nlink set lan0 up\n"
        run("ip", "-n", namespace, "-batch", "-", stdin=own)
        box = self._start_box(point.name, host, MANAGEMENT_IP)
        wait_until(lambda: greets(host, 22), f"{point.name} to answer", lambda: self._ended(point.name, box))
        return point


def _stand_in(namespace: int) -> None:
    """Move this thread to the network namespace behind the file (Python's own `os.setns` came later)."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def fleet_available() -> str:
    """Why this machine cannot run a fleet, or an empty text where it can."""
    return bed_available(("nft",), (HERE / "gate.nft").read_text().replace('include "', "# "))
