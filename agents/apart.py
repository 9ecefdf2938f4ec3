"""Processes that read strangers' frames stand apart: how the worker starts one, and how little it tells it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING

from agents.rawsocket import is_interface_name
from netreg.detection.sighting import Heard
from netreg.errors import InvalidValue

if TYPE_CHECKING:
    from netreg import config_detection

Ip = IPv4Address | IPv6Address
# Whatever can go wrong while reading rows that are not ours: JSON, a field, a number, an address.
NONSENSE = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, InvalidValue)
_MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Segment:
    """One wire or SSID: what people call it, and how it is reached from this machine.

    `ipv6` says whether a sweep looks for IPv6 too. Raises ValueError for a name that could be read as an option by the
    commands it is handed to.
    """

    name: str
    interface: str
    network: IPv4Network
    netns: str | None = None
    ipv6: bool = True

    def __post_init__(self) -> None:
        for name in (self.interface, self.netns):
            if name is not None and not is_interface_name(name):
                raise ValueError(f"not the name of an interface or namespace: {name!r}")


def wire_of(segment: config_detection.Segment) -> Segment:
    """The wire that a segment of the configuration names."""
    return Segment(segment.name, segment.interface, segment.network, segment.netns, segment.ipv6)


def ipv4_last(heard: Iterable[Heard]) -> list[Heard]:
    """The same, in an order in which a device's IPv4 address is told last: the register shows the one told last."""
    return sorted(heard, key=lambda one: ":" not in (one.ip or ":"))


def command(module: str, *options: str, netns: str | None = None) -> list[str]:
    """The words that start this module as a process of its own."""
    inside = ["ip", "netns", "exec", netns] if netns else []
    # -P: never import from the directory somebody happened to start the worker in.
    return [*inside, sys.executable, "-P", "-m", module, *options]


def environment() -> dict[str, str]:
    """Only what Python needs: the worker's environment may hold secrets, and this process reads strangers' frames."""
    path = os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    return {"PATH": path, "PYTHONPATH": str(Path(__file__).resolve().parent.parent), "LC_ALL": "C.UTF-8"}


def last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    """What a process of ours said before it failed, for a person."""
    return words(done.returncode, done.stderr)


def words(status: int, stderr: bytes) -> str:
    """How a process of ours ended, and its last line."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return f"it ended with status {status}: {lines[-1][:_MOST_WORDS] if lines else 'it said nothing'}"
