"""How well and how dearly a network is heard, beside other people's tools: `python -m bench scan`.

Everything runs in network namespaces. Sweeps: hosts made of frames (`tests.lab.farm`) behind one wire, each tool in
turn, without loss and with one answer in twenty lost. Captures: a million frames (`tests.lab.talk`). Live: such talk
beside 100,000 other frames a second. Processor time is that of the process and all it started, by the kernel's count.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from agents import scan
from agents.apart import Segment, command, environment
from agents.listen import read_capture
from netreg.mac import MacAddress
from tests.agents.segment import Far, segment
from tests.lab import farm, talk

NETWORKS = ((24, 200), (22, 1_000), (20, 2_500))
LOSSES = (0.0, 0.05)
FRAMES, SAMPLE, LONGEST = 1_000_000, 20_000, 300.0
REPLAY_RATE, REPLAY_SECONDS = 100_000, 4
PEERS = Path(__file__).parent / "peers"
PAIR = re.compile(r"^(\d+\.\d+\.\d+\.\d+)\s+([0-9a-f:]{17})", re.MULTILINE)
NMAP = re.compile(r"^Nmap scan report for (\S+)\n(?:.*\n)?.*\nMAC Address: ([0-9A-F:]{17})", re.MULTILINE)
Result = TypeVar("Result")
Found = dict[IPv4Address, MacAddress]


@dataclass(frozen=True)
class Run:
    """What one tool took, in seconds, and how much of the truth it found; `wrong` is what it found beyond that."""

    tool: str
    wall: float
    cpu: float
    recall: float
    wrong: int = 0


class Missing(Exception):
    """A tool is not here, or did not end in time."""


def run() -> None:
    """Measure and print; says why where it cannot run."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("scan: not measured, it needs root and iproute2")
        return
    console = Console()
    sweeps = {(size, loss): list(_sweeps(console, *size, loss)) for size in NETWORKS for loss in LOSSES}
    with tempfile.TemporaryDirectory(prefix="netreg-bench-") as folder:
        captures = list(_captures(console, Path(folder)))
        live = _live(console, Path(folder))
    _judge(console, sweeps[NETWORKS[-1], LOSSES[-1]], captures, live)


# --- sweeps -------------------------------------------------------------------------------------------------------


def _sweeps(console: Console, prefix: int, hosts: int, loss: float) -> Iterator[Run]:
    network = IPv4Network(f"10.77.0.0/{prefix}")
    truth = farm.hosts(network, hosts, 1)
    table = Table("sweep", "seconds", "CPU s", "recall", "wrong", title=f"/{prefix}, {hosts:,} hosts, {loss:.0%} lost")
    scan.crafted()
    with segment(network) as (wire, far):
        for tool, sweep in _sweepers(wire):
            try:
                with farm.sown(far.namespace, "far0", network, hosts=hosts, seed=1, loss=loss):
                    found, wall, cpu = _measured(sweep)
            except Missing as why:
                table.add_row(tool, str(why))
                continue
            right = sum(found.get(ip) == mac for ip, mac in truth.items())
            one = Run(tool, wall, cpu, right / hosts, len(found) - right)
            table.add_row(tool, f"{wall:.2f}", f"{cpu:.2f}", f"{one.recall:.4f}", str(one.wrong))
            yield one
    console.print(table)


def _sweepers(wire: Segment) -> list[tuple[str, Callable[[], Found]]]:
    interface, network, inside = wire.interface, str(wire.network), ("ip", "netns", "exec", wire.netns or "")
    arp_scan = (*inside, "arp-scan", "-I", interface, "-x", network)
    scapy = (*inside, sys.executable, str(PEERS / "scapy_scan.py"), "srp", interface, network)
    return [
        ("netreg, 1,000/s", lambda: _ours(wire, 1_000)),
        ("netreg, 10,000/s", lambda: _ours(wire, 10_000)),
        ("arp-scan", lambda: _pairs(PAIR, *arp_scan)),
        (
            "arp-scan, 10 Mbit/s, 5 tries",
            lambda: _pairs(PAIR, *arp_scan, *["-B", "10M", "-r", "5", "-t", "100", "-b", "1"]),
        ),
        ("nmap -sn -PR", lambda: _pairs(NMAP, *inside, "nmap", "-sn", "-PR", "-n", "-e", interface, network)),
        ("scapy srp", lambda: _pairs(PAIR, *scapy)),
    ]


def _ours(wire: Segment, rate: int) -> Found:
    heard = scan.sweep(wire, rate=rate).heard
    return {IPv4Address(one.ip): one.mac for one in heard if one.ip.version == 4}


def _pairs(form: re.Pattern[str], *words: str) -> Found:
    return {IPv4Address(ip): MacAddress.parse(mac) for ip, mac in form.findall(_said(*words))}


# --- captures -----------------------------------------------------------------------------------------------------


def _captures(console: Console, folder: Path) -> Iterator[Run]:
    whole, sample = folder / "office.pcap", folder / "sample.pcap"
    truth = talk.write(whole, FRAMES, talk.OFFICE)
    part = talk.write(sample, SAMPLE, talk.OFFICE)
    table = Table("capture", "seconds", "CPU s", "strangers found", "wrong", title=f"{FRAMES:,} frames of a capture")
    for tool, hear, of in _hearers(folder, whole, sample):
        try:
            found, wall, cpu = _measured(hear)
        except Missing as why:
            table.add_row(tool, str(why))
            continue
        right, more = (truth, 1) if of is whole else (part, FRAMES // SAMPLE)
        strangers = len(found & right.strangers)
        wrong = len(found - right.strangers - right.registered)
        one = Run(tool, wall * more, cpu * more, strangers / len(right.strangers), wrong)
        scaled = "" if of is whole else f", × {more}"
        table.add_row(tool + scaled, f"{one.wall:.2f}", f"{one.cpu:.2f}", str(strangers), str(wrong))
        yield one
    console.print(table)


def _hearers(folder: Path, whole: Path, sample: Path) -> list[tuple[str, Callable[[], set[bytes]], Path]]:
    notes = folder / "arp.dat"
    notes.touch()
    # arpwatch looks up every name, so it is run where there is no network to ask.
    watch = ("unshare", "--net", "arpwatch", "-d", "-N", "-n", "10.0.0.0/8", "-f", str(notes), "-r", str(whole))
    text = ("tcpdump", "-nn", "-e", "-t", "-r", str(whole), "arp or udp port 67")
    scapy = (sys.executable, str(PEERS / "scapy_scan.py"), "pcap", str(sample))
    return [
        ("netreg", lambda: {_raw(one.mac.text) for one in read_capture(whole).devices}, whole),
        ("arpwatch -r", lambda: (_said(*watch), _macs(notes.read_text()))[1], whole),
        ("tcpdump, ARP and DHCP as text", lambda: _macs(_said(*text)), whole),
        ("scapy sniff", lambda: _macs(_said(*scapy)), sample),
    ]


def _macs(text: str) -> set[bytes]:
    written = re.findall(r"\b[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}\b", text)
    return {_raw(one) for one in set(written) if one not in ("ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00")}


def _raw(mac: str) -> bytes:
    return bytes(int(pair, 16) for pair in mac.split(":"))


# --- live ---------------------------------------------------------------------------------------------------------


def _live(console: Console, folder: Path) -> tuple[float, float] | None:
    """The share of the talk that was heard, and of one core that it took; None where it was not measured."""
    if not shutil.which("tcpreplay"):
        console.print("live: not measured, tcpreplay is not here")
        return None
    file = folder / "mirror.pcap"
    counts = talk.write(file, REPLAY_RATE, talk.MIRROR, devices=500).kinds
    talks = sum(count for kind, count in counts.items() if kind != "page") * REPLAY_SECONDS
    with segment(IPv4Network("10.77.0.0/20")) as (wire, far):
        words = command("agents.capture", f"--interface={wire.interface}", "--every=1", netns=wire.netns)
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment()) as process:
            assert process.stdout is not None and process.stdin is not None
            process.stdout.readline()
            before, started = _cpu_of(process.pid), time.monotonic()
            _replay(far, file)
            wall = time.monotonic() - started
            heard, dropped = _beats(process, talks)
            cpu = (_cpu_of(process.pid) - before) / wall
            process.stdin.close()
    table = Table("live", "frames/s", "talk sent", "heard", "dropped", "of one core")
    rate = REPLAY_RATE * REPLAY_SECONDS / wall
    table.add_row("netreg", f"{rate:,.0f}", f"{talks:,}", f"{heard:,}", f"{dropped:,}", f"{cpu:.1%}")
    console.print(table)
    return heard / talks, cpu


def _replay(far: Far, file: Path) -> None:
    speed = ("-q", "-K", "--no-flow-stats", f"--pps={REPLAY_RATE}", f"--loop={REPLAY_SECONDS}")
    _said("ip", "netns", "exec", far.namespace, "tcpreplay", "-i", "far0", *speed, str(file))


def _beats(process: subprocess.Popen[bytes], talks: int) -> tuple[int, int]:
    """Frames heard and dropped, told by the beats until all are there or one brings nothing."""
    heard = dropped = 0
    while heard + dropped < talks:
        row = json.loads((process.stdout or sys.stdin.buffer).readline())
        if "beat" in row:
            new = row["beat"]["frames"] + row["beat"]["drops"]
            heard, dropped = heard + row["beat"]["frames"], dropped + row["beat"]["drops"]
            if heard and not new:
                break
    return heard, dropped


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- what was measured --------------------------------------------------------------------------------------------


def _measured(deed: Callable[[], Result]) -> tuple[Result, float, float]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found = deed()
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return found, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _said(*words: str) -> str:
    program = words[4] if words[:3] == ("ip", "netns", "exec") else words[0]
    if not shutil.which(program):
        raise Missing("not here; `make bench` installs it")
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL).stdout
    except subprocess.TimeoutExpired as late:
        raise Missing(f"did not end within {LONGEST:.0f} s") from late


def _judge(console: Console, sweeps: list[Run], captures: list[Run], live: tuple[float, float] | None) -> None:
    """A line for each goal: what was measured, and whether that is enough."""
    swept, heard = ({one.tool: one for one in runs} for runs in (sweeps, captures))
    polite, fast, ours = swept["netreg, 1,000/s"], swept["netreg, 10,000/s"], heard["netreg"]
    least = min((one.cpu for one in sweeps if one.tool.startswith("arp-scan")), default=None)
    arpwatch, scapy = heard.get("arpwatch -r"), heard.get("scapy sniff")
    goals: list[tuple[str, float | None, float, bool]] = [
        ("recall of a /20 at 5 % loss, 1,000/s", polite.recall, 1.0, True),
        ("recall of a /20 at 5 % loss, 10,000/s", fast.recall, 1.0, True),
        ("s for it at 10,000/s", fast.wall, 3.0, False),
        ("times the CPU of the cheaper arp-scan", least and fast.cpu / least, 1.0, False),
        ("times arpwatch's CPU for a capture", arpwatch and ours.cpu / arpwatch.cpu, 1.3, False),
        ("times less CPU than scapy's for it", scapy and scapy.cpu / ours.cpu, 100.0, True),
        ("of the strangers in it found", ours.recall, 1.0, True),
        ("devices found in it that do not exist", float(ours.wrong), 0.0, False),
        ("of the talk heard live", live and live[0], 1.0, True),
        ("of one core for that", live and live[1], 0.1, False),
    ]
    for what, measured, goal, at_least in goals:
        if measured is None:
            verdict = "not measured"
        else:
            verdict = "met" if (measured >= goal if at_least else measured <= goal) else "MISSED"
        bound = "least" if at_least else "most"
        console.print(f"  {'–' if measured is None else f'{measured:.4g}':>8} {what} (at {bound} {goal:g}): {verdict}")
