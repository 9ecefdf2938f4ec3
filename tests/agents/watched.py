"""Sessions that tell when the pass over each point ended: for what one point may not cost the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from agents.channels import Limits
from agents.ssh import Session, Sessions, Target

LONGEST_SECONDS = 120.0


class Watched(Sessions):
    """`ended` has the moment (`time.perf_counter`) of each point's last pass, in the order in which they ended."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(limits)
        self.ended: dict[str, float] = {}
        self._more = threading.Condition()

    @contextmanager
    def use(self, target: Target) -> Iterator[Session]:
        try:
            with super().use(target) as session:
                yield session
        finally:
            with self._more:
                self.ended[target.name] = time.perf_counter()
                self._more.notify()

    def wait(self, names: Iterable[str]) -> float:
        """Wait until the passes over these have ended; the moment when the last of them did. Raises TimeoutError."""
        wanted = set(names)
        with self._more:
            if not self._more.wait_for(lambda: wanted <= self.ended.keys(), LONGEST_SECONDS):
                raise TimeoutError(f"{sorted(wanted - self.ended.keys())} took longer than {LONGEST_SECONDS:g} s")
        return max(self.ended[name] for name in wanted)
