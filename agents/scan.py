"""The active sweep of one segment, from the worker's side: start the process, believe only what it is supposed to say.

`agents.sweeper` is the process. Its rows are read with suspicion: it listened to strangers.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from ipaddress import IPv4Network, ip_address
from typing import Any

from agents import sweeper
from agents.apart import NONSENSE, Ip, Segment, command, environment, last_words
from agents.dissect import can_be_a_host
from netreg.errors import UnexpectedOutput, Unreachable
from netreg.mac import MacAddress

# What starting the interpreter, a busy machine and the last rows may take beyond the sweep's own time.
GRACE = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One device, the IP it claimed, when it was first heard, and the Ethernet source where that is another one."""

    mac: MacAddress
    ip: Ip
    at: datetime
    via: MacAddress | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A complete sweep: the answers, how many addresses were asked and how many answered, and the time it took."""

    heard: tuple[Answer, ...]
    asked: int
    answered: int
    seconds: float


def sweep(
    segment: Segment, *, rate: int = sweeper.RATE, tries: int = sweeper.TRIES, deadline: float | None = None
) -> Sweep:
    """Sweep `segment` in a process of its own and give back its answers.

    Raises Unreachable (the process failed or outlived `deadline` seconds) or UnexpectedOutput (its rows make no
    sense or have no end); both name the segment, and no half sweep is ever handed on as a whole one.
    """
    patience = deadline if deadline is not None else longest(segment.network, rate)
    words = sweeping(segment, rate, tries)
    try:
        done = subprocess.run(words, capture_output=True, timeout=patience, env=environment(), check=False)
    except subprocess.TimeoutExpired as late:
        raise Unreachable(segment.name, f"sweep of {segment.network} stopped after {patience:.1f} s") from late
    except OSError as error:
        raise Unreachable(segment.name, f"could not start the sweep: {error}") from error
    if done.returncode != 0:
        raise Unreachable(segment.name, "the sweep failed: " + last_words(done))
    return read_rows(segment, done.stdout)


def longest(network: IPv4Network, rate: int) -> float:
    """Seconds after which a sweep of this network is given up."""
    return sweeper.MOST_TRIES * (network.num_addresses / rate + sweeper.LAST_WAIT) + GRACE


def sweeping(segment: Segment, rate: int, tries: int) -> list[str]:
    """The words that start the process."""
    frames = crafted()
    options = [f"--interface={segment.interface}", f"--network={segment.network}", f"--arp={frames['arp']}"]
    if segment.ipv6:
        options.append(f"--echo={frames['echo']}")
    return command("agents.sweeper", *options, f"--rate={rate}", f"--tries={tries}", netns=segment.netns)


@cache
def crafted() -> dict[str, str]:
    """The frames to send, in hex, crafted once by a process of its own. Raises Unreachable where that fails."""
    try:
        words = command("agents.craft")
        done = subprocess.run(words, capture_output=True, timeout=GRACE, env=environment(), check=True)
        frames = json.loads(done.stdout)
        return {name: bytes.fromhex(frames[name]).hex() for name in ("arp", "echo")}
    except (*NONSENSE, OSError, subprocess.SubprocessError) as error:
        raise Unreachable("scan", f"the frames of a sweep could not be crafted: {error}") from error


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
    ip = ip_address(str(row["ip"]))
    if at.tzinfo is None or not (ip in network if ip.version == 4 else can_be_a_host(ip.packed)):
        raise ValueError("a row without its time zone, or from another network")
    via = row.get("via")
    return Answer(MacAddress.parse(row["mac"]), ip, at, MacAddress.parse(via) if via else None)
