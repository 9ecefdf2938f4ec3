"""Lists read in and judged, in an office at its largest."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from netreg.importing import exporting, judging, session
from netreg.importing.plan import Options
from netreg.store.transaction import Store
from tests.people import mac

Result = TypeVar("Result")
ROWS = 10_000
HEAD = ["area", "tipo", "usuario", "mac", "equipo"]


def measured(store: Store) -> list[tuple[str, float]]:
    """How many seconds each took: reading a list of either kind, and judging it beside what is registered."""
    rows = [[f"A{2 + number % 1_800:04d}", "laptop", f"Persona {number}", mac(0x400000 + number), f"PC-{number:06d}"]
            for number in range(ROWS)]  # fmt: skip
    took = []
    for kind in ("csv", "xlsx"):
        content = exporting.write(kind, "equipos", HEAD, rows)
        read, seconds = _timed(partial(session.load, content, "devices"))
        took.append((f"{ROWS:,} rows of {kind} read", seconds))
    with store.reading() as opened:
        plan, seconds = _timed(lambda: judging.judge(opened, read.book, read.sheet, read.columns, Options()))
    took.append((f"judged beside what is registered: {len(plan.new):,} new, {len(plan.problems)} problems", seconds))
    return took


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


def show(console: Console, took: list[tuple[str, float]]) -> None:
    table = Table("import", "s")
    for what, seconds in took:
        table.add_row(what, f"{seconds:.1f}")
    console.print(table)
