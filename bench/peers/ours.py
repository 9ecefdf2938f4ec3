"""netreg's pass over all points at once, as its worker does it: connections kept from the pass before."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

from agents.push import Order, PushResult, reconcile_all
from agents.ssh import Target
from bench.peers import Case, Failed, Measured
from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.profile import load
from netreg.errors import NetregError
from netreg.mac import MacAddress
from tests.agents.watched import Watched
from tests.lab.fleet import Fleet, FleetPoint

SLOW_SECONDS = 2.0


class Netreg:
    """At every point: plan, arm the undo, check, apply, prove the whole list, disarm and save."""

    name = "netreg"

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        text = files("device_profiles").joinpath("linux-nftables.toml").read_text("utf-8")
        profile = load(text, "linux-nftables")
        self.targets = [
            Target(point.name, point.host, point.port, point.user, point.key_file, point.known_key, profile)
            for point in fleet.points
        ]
        self.sessions = Watched()
        self.dead, self.slow = fleet.points[:2]
        self._before = self._after = Allowlist()
        # When all but the two that faults are for had been verified, in the run before.
        self.others = 0.0

    def ready(self, case: Case) -> None:
        """The pass before: it finds the points as they should be, and leaves the connections open."""
        self._before, self._after = _list(case.before), _list(case.after)
        reconcile_all(self.sessions, [Order(target, self._before) for target in self.targets])
        self.sessions.ended.clear()

    def do(self, case: Case) -> Measured:
        start, before = time.perf_counter(), time.process_time()
        results = self._pass()
        measured = Measured(time.perf_counter() - start, time.process_time() - before)
        _check(results.values())
        self.others = self._verified() - start
        return measured

    def rest(self) -> None:
        self.sessions.close()
        self.sessions = Watched()

    def do_among_faults(self, case: Case) -> float:
        """The same while one point is dead and one answers late: seconds until all others are verified.

        Both are mended once that is so, because how long the two take is not the question.
        """
        self.fleet.stop(self.dead)
        self.fleet.slow(self.slow, SLOW_SECONDS)
        start = time.perf_counter()
        with ThreadPoolExecutor(1) as pool:
            passing = pool.submit(self._pass)
            try:
                seconds = self._verified() - start
            finally:
                self.fleet.mend(self.dead)
                self.fleet.mend(self.slow)
            results = passing.result()
        _check(results[name] for name in self._others())
        return seconds

    def well(self) -> list[FleetPoint]:
        """The points that faults are not for."""
        return [point for point in self.fleet.points if point not in (self.dead, self.slow)]

    def _verified(self) -> float:
        """The moment when all but the two that faults are for had been verified; waits for it."""
        try:
            return self.sessions.wait(self._others())
        except TimeoutError as error:
            raise Failed(str(error)) from error

    def _others(self) -> list[str]:
        return [point.name for point in self.well()]

    def _pass(self) -> dict[str, PushResult | NetregError]:
        """As the worker orders it: what the pass before left is known."""
        before = self._before
        orders = [Order(target, self._after, baseline=before, held=before) for target in self.targets]
        return reconcile_all(self.sessions, orders)


def _check(results: Iterable[PushResult | NetregError]) -> None:
    for result in results:
        if isinstance(result, NetregError):
            raise Failed(str(result))


def _list(entries: Mapping[str, str]) -> Allowlist:
    return Allowlist.of(Entry(MacAddress.parse(mac), label) for mac, label in entries.items())
