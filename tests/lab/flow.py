"""Flow: traffic that runs while a test changes the gate, and the moment it was last heard."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence
from functools import partial


class Flow:
    """A running program that prints one line for every packet heard. Closed by `close` or as a context manager.

    `marker` is what such a line contains; any line at all shows that the program is running.
    """

    def __init__(self, argv: Sequence[str], marker: str = "") -> None:
        self._marker = marker
        self._changed = threading.Condition()
        self._running, self._count = False, 0
        self.first: float | None = None
        self.last: float | None = None
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Flow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def heard(self) -> int:
        """How many packets were heard so far. `first` and `last` are their moments on `time.monotonic`."""
        return self._count

    def wait_until_heard(self, timeout: float, more: int = 1) -> bool:
        """True as soon as `more` further packets are heard, False when `timeout` seconds passed first."""
        with self._changed:
            wanted = self._count + more
            return self._changed.wait_for(lambda: self._count >= wanted, timeout)

    def wait_until_silent(self, seconds_silent: float, timeout: float) -> bool:
        """True when nothing is heard for `seconds_silent` on end, False if that takes longer than `timeout`."""
        end = time.monotonic() + timeout
        with self._changed:
            while time.monotonic() + seconds_silent <= end:
                if not self._changed.wait_for(partial(self._heard_since, self._count), seconds_silent):
                    return True
        return False

    def wait_until_running(self, timeout: float = 5.0) -> bool:
        """True once the program has printed anything, so that silence means silence."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running, timeout)

    def close(self) -> None:
        """End the program. May be called twice."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def _heard_since(self, count: int) -> bool:
        return self._count != count

    def _read(self) -> None:
        for line in self._process.stdout or ():
            now = time.monotonic()
            with self._changed:
                if self._running and self._marker in line:
                    self._count += 1
                    self.first, self.last = self.first or now, now
                self._running = True
                self._changed.notify_all()
