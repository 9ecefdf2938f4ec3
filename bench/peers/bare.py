"""The floor: the same words to the same kernels without SSH, all from this machine. Nobody could be faster."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from bench.peers import Case, Failed, Measured
from tests.lab.fleet import Fleet, FleetPoint


class BareNft:
    """nft in every point's network namespace, four at a time. What it costs is the points' own work: no client CPU."""

    name = "bare nft, no SSH"

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet

    def ready(self, case: Case) -> None:
        """Nothing to make ready."""

    def do(self, case: Case) -> Measured:
        start = time.perf_counter()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda point: self._one(point, case), self.fleet.points))
        wall = time.perf_counter() - start
        if wrong := [answer for answer in answers if case.answer not in answer]:
            raise Failed(wrong[0])
        return Measured(wall, None)

    def rest(self) -> None:
        """Nothing is kept."""

    def _one(self, point: FleetPoint, case: Case) -> str:
        argv = (*self.fleet.at(point), "sh", "-c", case.command)
        done = subprocess.run(argv, input=case.script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout
