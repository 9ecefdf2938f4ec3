"""What a segment says by itself, from the worker's side: one process that listens, and how little of it is believed.

`agents.capture` is the process. Its rows are read with suspicion: it listens to strangers.
"""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from agents.apart import NONSENSE, command, environment, words
from agents.capture import EVERY
from agents.dissect import can_be_a_host
from netreg.detection.sighting import Heard
from netreg.errors import UnexpectedOutput, Unreachable
from netreg.mac import MacAddress
from netreg.store.base import now

# How long a process may say nothing, beats included: starting the interpreter on a busy machine takes seconds.
PATIENCE = 30.0
# A beat tells of every device at most, each with a few addresses.
_MOST_ROWS, _LONGEST_ROW = 140_000, 2_000
_LOOK, _END_SECONDS = 0.25, 2.0
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", re.ASCII)
_FINGERPRINT = re.compile(r"[\x20-\x7e]{0,260}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Batch:
    """What came with one beat: who was heard, how many frames that were, and how much of it was lost.

    `drops` are frames the kernel had no room for, `left_out` what devices beyond the bound said.
    """

    heard: tuple[Heard, ...]
    frames: int
    drops: int
    left_out: int


def batches(name: str, interface: str, netns: str | None = None, *, every: int = EVERY) -> Iterator[Batch | None]:
    """What is heard on this interface, beat by beat, as long as somebody asks for the next; None now and then between.

    Raises Unreachable (the process failed, with what it said, or fell silent) or UnexpectedOutput (its rows make no
    sense); both name the segment. The process ends with this.
    """
    with _process(name, command("agents.capture", f"--interface={interface}", f"--every={every}", netns=netns)) as one:
        heard: list[Heard] = []
        for line in _lines(name, one):
            if line is None:
                yield None
                continue
            batch = read_row(name, line, heard)
            if batch is not None:
                yield batch
                heard = []


def read_row(name: str, line: bytes, heard: list[Heard]) -> Batch | None:
    """Add what a row tells to `heard`, or the batch if the row is its beat. Raises UnexpectedOutput for all else."""
    try:
        row = json.loads(line)
        if "beat" in row:
            beat = row["beat"]
            return Batch(tuple(heard), *(_count(beat[key]) for key in ("frames", "drops", "left_out")))
        if len(heard) >= _MOST_ROWS:
            raise ValueError("no end to the rows")
        heard.append(_heard(row))
    except NONSENSE as error:
        raise UnexpectedOutput(name, f"the capture's rows make no sense ({error}); they were left out") from error
    return None


def _heard(row: dict[str, Any]) -> Heard:
    at, ip = datetime.fromisoformat(row["at"]), row["ip"]
    names, fingerprint = (row.get("name", ""), row.get("announced", "")), row.get("fingerprint", "")
    vlan = _count(row.get("vlan", 0))
    sane = at.tzinfo is not None and vlan < 4096 and all(not name or _NAME.fullmatch(name) for name in names)
    if not sane or not _FINGERPRINT.fullmatch(fingerprint):
        raise ValueError("a row that no capture of ours would write")
    if ip is not None and not can_be_a_host((address := ip_address(str(ip))).packed):
        raise ValueError(f"nobody can have the address {address}")
    # Nothing was heard in the future, whatever the row says.
    at, port = min(at, now()), f"vlan {vlan}" if vlan else ""
    mac, shown = MacAddress.parse(row["mac"]), str(address) if ip is not None else None
    return Heard(mac, shown, at, port, names[0], fingerprint, names[1])


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ValueError("not a count")
    return value


@contextmanager
def _process(name: str, words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        pipe = subprocess.PIPE
        # In a session of its own: Ctrl-C is for the worker, which then ends it.
        one = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), start_new_session=True)
    except OSError as error:
        raise Unreachable(name, f"could not start to listen: {error}") from error
    with one:
        try:
            yield one
        finally:
            _end(one)


def _end(one: subprocess.Popen[bytes]) -> None:
    """It ends by itself once its input does; otherwise it is made to."""
    one.stdin.close()
    try:
        one.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        one.kill()


def _lines(name: str, one: subprocess.Popen[bytes]) -> Iterator[bytes | None]:
    """Its rows as they come, None now and then while there are none. Raises Unreachable once it ends or is silent."""
    output, rest, last = one.stdout.fileno(), b"", time.monotonic()
    poll = select.poll()
    poll.register(output, select.POLLIN)
    while True:
        if not poll.poll(_LOOK * 1000):
            if time.monotonic() - last > PATIENCE:
                raise Unreachable(name, f"the capture said nothing for {PATIENCE:.0f} s and was stopped")
            yield None
            continue
        said, last = os.read(output, 1 << 16), time.monotonic()
        if not said:
            _end(one)
            raise Unreachable(name, "the capture ended: " + words(one.wait(), one.stderr.read(4096)))
        *lines, rest = (rest + said).split(b"\n")
        if len(rest) > _LONGEST_ROW:
            raise UnexpectedOutput(name, "the capture wrote a row without an end")
        yield from lines
