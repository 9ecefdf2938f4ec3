"""One change on a hundred points, beside what else could make it: `python -m bench fleet`.

Every point is a real sshd and a real nftables set in namespaces of its own. The full list into an empty set, and one
address more at 300 and at 3,000 entries: all methods take turns, so that a machine that drifts treats them alike;
netreg and its floor take three turns where it counts, the peers one. After every turn the kernels of all points are
read past SSH and must hold exactly the list. Then one point dies and one answers 2 s late: the others should not
notice. The machine's processors do the points' own work as well, which is why bare nft, without any SSH, is the floor.
The peers are in an environment of their own, which `make bench` makes.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.peers import Case, Failed, Measured, Method, nornir_client, playbook
from bench.peers.bare import BareNft
from bench.peers.ours import Netreg
from tests.lab.fleet import GATE, Fleet, FleetPoint, fleet_available

POINTS = 100
# The full list is what happens once in a point's life; one address more is every day.
CASES = ((300, "full list"), (300, "one address"), (3_000, "one address"))
ROUNDS = {"full list": 1, "one address": 3}
PEERS = Path(__file__).resolve().parents[1] / ".venv-bench" / "bin"
# What one address more should take: times bare nft, times faster than the peers, seconds of the client's processor.
FLOOR, ANSIBLE, NORNIR, CPU, FAULTS = 1.5, 10.0, {300: 6.0, 3_000: 2.0}, 0.2, 1.2


@dataclass
class Figures:
    """What was measured of one case: by method, and of netreg with and without faults; `why` tells of failures."""

    case: Case
    runs: dict[str, list[Measured]] = field(default_factory=dict)
    faults: list[tuple[float, float]] = field(default_factory=list)
    why: dict[str, str] = field(default_factory=dict)

    def wall(self, method: str) -> float | None:
        """Median seconds; None where it was not measured, or failed once."""
        runs = self.runs.get(method)
        return statistics.median(run.wall for run in runs) if runs and method not in self.why else None

    def cpu(self, method: str) -> float | None:
        """Median seconds of processor time of the client."""
        spent = [run.cpu for run in self.runs.get(method, ()) if run.cpu is not None]
        return statistics.median(spent) if spent else None


def run() -> None:
    """Measure and print; says why where the fleet cannot run, and which peers are missing."""
    if reason := fleet_available():
        print(f"fleet: not measured, {reason}")
        return
    console = Console()
    with tempfile.TemporaryDirectory(prefix="netreg-bench-") as name:
        folder = Path(name)
        with console.status(f"{POINTS} points come up"):
            fleet = Fleet.up(folder, POINTS)
        with fleet, fleet.inside():
            ours, methods = Netreg(fleet), _peers(folder, fleet)
            figures = list(_measured(fleet, ours, [BareNft(fleet), ours, *methods]))
    _show(console, figures)
    if not methods:
        print("fleet: Ansible and Nornir were not measured; `make bench` sets them up")


def _peers(folder: Path, fleet: Fleet) -> list[Method]:
    if not (PEERS / "ansible-playbook").exists():
        return []
    known = folder / "known_hosts"
    known.write_text("".join(f"{point.host} {point.known_key}\n" for point in fleet.points))
    nornir = nornir_client.Nornir(folder / "nornir", PEERS / "python", fleet.points, known)
    ansible = playbook.Ansible(folder / "ansible", PEERS / "ansible-playbook", fleet.points, known)
    return [nornir_client.Cold(nornir), nornir_client.Warm(nornir), playbook.Cold(ansible), playbook.Warm(ansible)]


def _measured(fleet: Fleet, ours: Netreg, methods: Sequence[Method]) -> Iterator[Figures]:
    cases = [_case(fleet, size, change) for size, change in CASES]
    turns = sum(len(_turns(case, methods)) + _faulted(case) * ROUNDS[case.change] for case in cases)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Drawn between the turns only: drawing would count as our processor time.
    with Progress(*columns, transient=True, auto_refresh=False) as progress:
        task = progress.add_task("", total=turns)
        for case in cases:
            figures = Figures(case)
            for method in _turns(case, methods):
                title = f"{case.entries:,} entries, {case.change}: {method.name}"
                progress.update(task, description=title, refresh=True)
                _turn(fleet, method, figures)
                progress.advance(task)
                if method is ours and _faulted(case) and ours.name not in figures.why:
                    progress.update(task, description=f"{title}, a dead and a slow point", refresh=True)
                    _turn_among_faults(fleet, ours, figures)
                    progress.advance(task)
            yield figures


def _turns(case: Case, methods: Sequence[Method]) -> list[Method]:
    """Who takes a turn, in order: netreg and its floor, which come first, in every round, the peers in the first."""
    return [*methods, *(method for _ in range(1, ROUNDS[case.change]) for method in methods[:2])]


def _turn(fleet: Fleet, method: Method, figures: Figures) -> None:
    """One method once, and what the kernels hold then."""
    case = figures.case
    fleet.load(fleet.points, case.before)
    try:
        method.ready(case)
        measured = method.do(case)
        _verify(fleet, fleet.points, case)
        figures.runs.setdefault(method.name, []).append(measured)
    except Failed as failed:
        figures.why[method.name] = str(failed)
    finally:
        method.rest()


def _turn_among_faults(fleet: Fleet, ours: Netreg, figures: Figures) -> None:
    case, clean = figures.case, ours.others
    fleet.load(fleet.points, case.before)
    try:
        ours.ready(case)
        seconds = ours.do_among_faults(case)
        _verify(fleet, ours.well(), case)
        figures.faults.append((seconds, clean))
    except Failed as failed:
        figures.why["faults"] = str(failed)
    finally:
        ours.rest()


def _faulted(case: Case) -> bool:
    return case.change == "one address"


def _verify(fleet: Fleet, points: Sequence[FleetPoint], case: Case) -> None:
    with ThreadPoolExecutor(4) as pool:
        wrong = [
            point.name for point, held in zip(points, pool.map(fleet.read, points), strict=True) if held != case.after
        ]
    if wrong:
        raise Failed(f"{len(wrong)} of {len(points)} kernels do not hold the list, {wrong[0]} among them")


def _case(fleet: Fleet, size: int, change: str) -> Case:
    held = {f"a4:83:e7:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}": f"nr-{n}" for n in range(1, size + 1)}
    if change == "one address":
        mac, label = "a4:83:e7:ff:ff:ff", "nr-1000000"
        added = f"nft add element {GATE} '{{ {mac} comment \"{label}\" }}'"
        return Case(size, change, held, {**held, mac: label}, f"{added} && nft list set {GATE} | grep -o {mac}", mac)
    listing = f"nft list set {GATE} | sha256sum"
    fleet.load(fleet.points[:1], held)
    digest = subprocess.check_output([*fleet.at(fleet.points[0]), "sh", "-c", listing], text=True).split()[0]
    elements = ", ".join(f'{mac} comment "{label}"' for mac, label in held.items())
    return Case(size, change, {}, held, f"nft -f - && {listing}", digest, f"add element {GATE} {{ {elements} }}\n")


def _show(console: Console, figures: list[Figures]) -> None:
    for one in figures:
        title = f"{one.case.entries:,} entries × {POINTS} points: {one.case.change}, verified in every kernel"
        table = Table("method", "seconds", "× bare nft", "× netreg", "client CPU s", title=title, title_justify="left")
        floor, ours = one.wall(BareNft.name), one.wall(Netreg.name)
        for method in one.runs:
            wall = one.wall(method)
            ratios = (_number(_ratio(wall, beside), 1) for beside in (floor, ours))
            table.add_row(method, _number(wall, 2), *ratios, _number(one.cpu(method), 2))
        console.print(table)
        for method, why in one.why.items():
            console.print(f"{method} failed: {why}", markup=False)
        if _faulted(one.case):
            _judge(console, one)


def _judge(console: Console, one: Figures) -> None:
    """A line for each goal: what was measured, and whether that is enough."""
    ours, size = one.wall(Netreg.name), one.case.entries
    among = statistics.median(faulted / clean for faulted, clean in one.faults) if one.faults else None
    goals = (
        ("times bare nft", _ratio(ours, one.wall(BareNft.name)), FLOOR, "most"),
        ("times faster than Ansible, cold", _ratio(one.wall(playbook.Cold.name), ours), ANSIBLE, "least"),
        ("times faster than Nornir + Netmiko", _ratio(one.wall(nornir_client.Cold.name), ours), NORNIR[size], "least"),
        ("s of client CPU", one.cpu(Netreg.name), CPU, "most"),
        (f"times as long for the {POINTS - 2} others beside a dead and a slow point", among, FAULTS, "most"),
    )
    for what, measured, goal, bound in goals:
        if measured is None:
            verdict = "not measured"
        else:
            verdict = "met" if (measured <= goal if bound == "most" else measured >= goal) else "MISSED"
        console.print(f"  {_number(measured, 2):>7} {what} (at {bound} {goal:g}): {verdict}")


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
