"""Who is in a capture: `python -m agents.listen --pcap FILE`.

runs as its own process and speaks in rows: one JSON object a line on standard output, {"mac", "ips", "names", "hows",
"first", "last", "frames", "fingerprint"} for each device ("ips" says of each when it was claimed first and last), and
at the end {"summary": {"frames", "left_out", "cut"}}. Without the summary the answer is not complete. Exit 0 done, 2
wrong usage, 3 the file cannot be read, with the reason on standard error.

Strangers wrote the frames: the process opens the file, gives up every right it has, and only then reads. It opens no
database and is given no secret. `read_capture` is the other half, which reads its rows with suspicion.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from agents.apart import NONSENSE, Ip, command, environment, last_words
from agents.pcap import Capture
from agents.rawsocket import ScanFailed, drop_privileges
from agents.roll import Present, Roll, latest
from agents.skim import skim
from netreg.errors import InvalidValue, UnexpectedOutput, Unreachable
from netreg.mac import MacAddress

# A million frames take some seconds; a file that takes longer than this is taken in pieces.
LONGEST_SECONDS = 600.0


class Claim(NamedTuple):
    """An IP that a device claimed, first and last."""

    ip: Ip
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a capture: what it said of itself, and when it was first and last heard."""

    mac: MacAddress
    claims: tuple[Claim, ...]
    names: tuple[str, ...]
    hows: tuple[str, ...]
    first: datetime
    last: datetime
    frames: int
    fingerprint: str = ""

    @property
    def ips(self) -> tuple[Ip, ...]:
        return tuple(one.ip for one in self.claims)


@dataclass(frozen=True, slots=True)
class Listened:
    """A whole capture: its devices in the order in which they were first heard; `cut` if it ends in the middle.

    `left_out` counts what was said by devices beyond the bound on how many are kept.
    """

    devices: tuple[Device, ...]
    frames: int
    left_out: int
    cut: bool


def read_capture(path: Path) -> Listened:
    """Who is in this capture, read in a process of its own.

    Raises InvalidValue for a file that is none, Unreachable (the process failed, with what it said) or
    UnexpectedOutput (its rows make no sense); each names the file. Nothing is kept of half an answer.
    """
    _check(path)
    words = command("agents.listen", f"--pcap={path.resolve()}")
    try:
        done = subprocess.run(words, capture_output=True, timeout=LONGEST_SECONDS, env=environment(), check=False)
    except subprocess.TimeoutExpired as late:
        message = f"reading was stopped after {LONGEST_SECONDS:.0f} s; split it: editcap -c 1000000"
        raise Unreachable(path.name, message) from late
    if done.returncode != 0:
        raise Unreachable(path.name, f"the capture was not read: {last_words(done)}")
    return read_rows(path.name, done.stdout)


def _check(path: Path) -> None:
    """A file that is no capture is refused here, in both languages; no frame of it is looked at."""
    try:
        Capture(path).close()
    except OSError as error:
        raise InvalidValue(
            f"No se puede leer «{path}»: {error.strerror}.",
            f"“{path}” cannot be read: {error.strerror}.",
            code="E_CAPTURE",
            field="pcap",
        ) from error


def read_rows(name: str, output: bytes) -> Listened:
    """What these rows tell; raises UnexpectedOutput if they tell anything else."""
    try:
        *rows, last = [json.loads(line) for line in output.splitlines()]
        summary = last["summary"]
        devices = tuple(_device(row) for row in rows)
        return Listened(devices, int(summary["frames"]), int(summary["left_out"]), bool(summary["cut"]))
    except NONSENSE as error:
        raise UnexpectedOutput(name, f"what was read makes no sense ({error}); nothing was kept") from error


def _device(row: dict[str, Any]) -> Device:
    first, last = (_instant(row[key]) for key in ("first", "last"))
    claims = tuple(Claim(ip_address(ip), _instant(since), _instant(at)) for ip, (since, at) in row["ips"].items())
    names, hows = (tuple(map(str, row[key])) for key in ("names", "hows"))
    said = names, hows, first, last, int(row["frames"]), str(row["fingerprint"])
    return Device(MacAddress.parse(row["mac"]), claims, *said)


def _instant(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)  # type: ignore[arg-type]


# --- the process itself -------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Read as the command line says and print the rows. Exit status 0 done, 2 wrong usage, 3 it cannot be read."""
    parser = argparse.ArgumentParser(prog="agents.listen", description="who is in a capture")
    parser.add_argument("--pcap", type=Path, required=True, help="a file of tcpdump or Wireshark")
    options = parser.parse_args(arguments)
    try:
        with closing(Capture(options.pcap)) as capture:
            drop_privileges()
            # Nothing here refers to itself in a circle, and looking for that takes a part of the time in long captures.
            gc.disable()
            _say_all(capture)
    except InvalidValue as refused:
        print(f"listen: {refused.english}", file=sys.stderr)
        return 3
    except ScanFailed as failed:
        print(f"listen: {failed.message}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"listen: {options.pcap} cannot be read: {error.strerror}", file=sys.stderr)
        return 3
    return 0


def hear_all(capture: Capture) -> Roll:
    """Everybody who is in a capture."""
    roll = Roll()
    if capture.order is not None and capture.unit is not None:
        capture.start = skim(capture.data, capture.start, capture.order, capture.unit, roll)
    for at, frame in capture:
        roll.hear(at, frame)
    return roll


def _say_all(capture: Capture) -> None:
    roll = hear_all(capture)
    for device in roll.devices.values():
        print(json.dumps(_row(device)))
    print(json.dumps({"summary": {"frames": roll.frames, "left_out": roll.left_out, "cut": capture.cut}}))


def _row(device: Present) -> dict[str, Any]:
    return {
        "mac": device.mac.hex(":"),
        "ips": {str(ip_address(ip)): [device.since[ip], last] for ip, last in device.ips.items()},
        "names": list(device.names | device.announced),
        "hows": sorted(device.hows), "first": device.first, "last": device.last, "frames": device.frames,
        "fingerprint": latest(device.fingerprints) or "",
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
