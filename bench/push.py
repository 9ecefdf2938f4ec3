"""How long a push takes on the lab's firewall, beside what an administrator's script does: `python -m bench push`.

For 300, 3,000 and 30,000 entries: the full list into an empty set, then one address more and one less by turns. Ours
is a whole verified pass over a kept connection: read, plan, backup, undo armed, apply, read back, saved. The peer is
OpenSSH's client feeding `nft -f` the same change in one transaction: it reads nothing back and can undo nothing.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from agents.push import Order, reconcile
from agents.ssh import Sessions, Target
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import GuardLimits, Plan
from netreg.enforcement.profile import load
from netreg.mac import MacAddress
from tests.lab.firewall import FirewallLab, lab_available

SIZES, ROUNDS = (300, 3_000, 30_000), 10
EVERYTHING = GuardLimits(percent=100, removals=1_000_000)
SET = "netdev netreg allow"


def run() -> None:
    """Measure and print a table; says why where the lab cannot run."""
    if reason := lab_available():
        print(f"push: not measured, {reason}")
        return
    table = Table("entries", "change", "netreg ms", "ssh + nft -f ms", "ratio", title="Push, median")
    with tempfile.TemporaryDirectory(prefix="netreg-bench-") as folder, FirewallLab.up(Path(folder), phones=1) as lab:
        sessions, point = Sessions(), _point(lab)
        for size in track(SIZES, "push", transient=True):
            for change, ours, theirs in _measured(sessions, point, Script(lab, Path(folder)), size):
                table.add_row(f"{size:,}", change, f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.1f}")
        sessions.close()
    Console().print(table)


def _point(lab: FirewallLab) -> Target:
    text = files("device_profiles").joinpath("linux-nftables.toml").read_text("utf-8")
    profile = load(text, "linux-nftables")
    return Target("bench", lab.host, lab.port, lab.user, lab.key_file, lab.known_key, profile)


class Script:
    """What an administrator would type: one ssh, one transaction."""

    def __init__(self, lab: FirewallLab, folder: Path) -> None:
        known = folder / "known_hosts"
        known.write_text(f"[{lab.host}]:{lab.port} {lab.known_key}\n")
        options = ("-i", str(lab.key_file), "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes")
        self._argv = ["ssh", "-p", str(lab.port), *options, f"{lab.user}@{lab.host}", "nft", "-f", "-"]

    def send(self, lines: str) -> None:
        subprocess.run(self._argv, input=lines, text=True, check=True)


def _measured(sessions: Sessions, point: Target, script: Script, size: int) -> list[tuple[str, float, float]]:
    base, more = _listed(size), _listed(size + 1)
    empty, last = Allowlist(), _elements(more.entries[-1:])

    def ours(desired: Allowlist, held: Allowlist | None = None) -> Callable[[], object]:
        return lambda: reconcile(sessions, Order(point, desired, limits=EVERYTHING, held=held))

    def theirs(lines: str) -> Callable[[], object]:
        return lambda: script.send(lines)

    full_theirs = _timed(theirs(f"add element {SET} {_elements(base.entries)}\n"))
    script.send(f"flush set {SET}\n")
    full_ours = _timed(ours(base))
    deltas = [(_timed(ours(more, base)), _timed(ours(base, more))) for _ in range(ROUNDS // 2)]
    peers = [
        (_timed(theirs(f"add element {SET} {last}\n")), _timed(theirs(f"delete element {SET} {last}\n")))
        for _ in range(ROUNDS // 2)
    ]
    reconcile(sessions, Order(point, empty, limits=EVERYTHING, confirmed=Plan.between(base, empty).checksum))
    return [("full list", full_ours, full_theirs), ("one address", _median(deltas), _median(peers))]


def _listed(count: int) -> Allowlist:
    macs = (MacAddress.parse(f"a483e7{number:06x}") for number in range(count))
    return Allowlist.of(Entry(mac, f"nr-{number}") for number, mac in enumerate(macs, 1))


def _elements(entries: tuple[Entry, ...]) -> str:
    return "{ " + ", ".join(f'{entry.mac} comment "{entry.label}"' for entry in entries) + " }"


def _timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return (time.perf_counter() - start) * 1000


def _median(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(one for pair in pairs for one in pair)
