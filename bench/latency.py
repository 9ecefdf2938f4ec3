"""From a decision to the wire, on the lab: approval to the first admitted frame, removal to the last one let through.

`python -m bench.latency [N]`. The decision is a commit, the worker a thread beside it, and the packet filter is real.
A phone answers pings every 20 ms, and that is how precise this is.
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from netreg.procedures import asking, device_access
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.lab.demo import working
from tests.lab.firewall import FirewallLab, LabHost, lab_available, wait_until
from tests.lab.sample import install

ROUNDS, GOAL_SECONDS, LONGEST_SECONDS, SILENCE_SECONDS = 20, 1.0, 20.0, 0.5


def run(rounds: int = ROUNDS) -> None:
    """Measure and print a table; says why where the lab cannot run."""
    if reason := lab_available():
        print(f"latency: not measured, {reason}")
        return
    logging.disable(logging.ERROR)
    with TemporaryDirectory(prefix="netreg-bench-") as folder, FirewallLab.up(Path(folder), phones=1) as lab:
        place = install(Path(folder) / "installation", lab)
        with place.store.transaction("bench") as tx:
            # It stays, because the guard lets nobody empty the list.
            devices.register_infrastructure(
                tx, queries.area(tx.session, "OBRAS"), "00:1b:a9:20:00:01", "Imprenta", "Planta baja"
            )
        with working(place):
            pairs = [_round(place.store, lab.phones[0]) for _ in range(rounds)]
    admitted, cut = zip(*pairs, strict=True)
    _show({"approval to first admitted frame": admitted, "removal to last frame": cut})


def _round(store: Store, phone: LabHost) -> tuple[float, float]:
    number = _requested(store, phone.mac)
    with phone.pinging() as flow:
        flow.wait_until_running()
        start = time.monotonic()
        approve(store, "bench", number)
        if not flow.wait_until_heard(LONGEST_SECONDS):
            raise RuntimeError("the phone was not let in after its approval")
        admitted = flow.first - start
        wait_until(lambda: _state(store, number) == "active", "the read-back")
        start = time.monotonic()
        with store.transaction("bench") as tx:
            devices.remove(tx, queries.device(tx.session, number), "bench")
        if not flow.wait_until_silent(SILENCE_SECONDS, LONGEST_SECONDS):
            raise RuntimeError("the phone still passes after its removal")
        cut = max(0.0, flow.last - start)
    wait_until(lambda: _state(store, number) == "removed", "the read-back")
    return admitted, cut


def _requested(store: Store, mac: str) -> int:
    with store.transaction("bench") as tx:
        area, wanted = queries.area(tx.session, "OBRAS"), [Wanted("phone", "Titular", mac=mac)]
        made = device_access.put_through(tx, asking.submit(tx, area, None, "Medición", wanted))
        return made.devices[0].id


def _state(store: Store, number: int) -> str:
    with store.reading() as session:
        return queries.device(session, number).authorisation.state


def _show(figures: dict[str, tuple[float, ...]]) -> None:
    table = Table("seconds", "n", "median", "p95", "worst", f"goal: p95 < {GOAL_SECONDS:g} s", title="Latency")
    for name, seconds in figures.items():
        p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
        numbers = (f"{one:.3f}" for one in (statistics.median(seconds), p95, max(seconds)))
        table.add_row(name, str(len(seconds)), *numbers, "met" if p95 < GOAL_SECONDS else "MISSED")
    Console().print(table)


if __name__ == "__main__":
    run(*(int(text) for text in sys.argv[1:2]))
