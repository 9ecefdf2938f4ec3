"""Who listens on every segment: one process for each, started again when it dies, and what they hear taken in.

There is one such listening in an installation, by whoever holds its lock (`netreg.store.leading`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agents.apart import ipv4_last
from agents.ear import Batch, batches
from netreg import config_detection
from netreg.config import Settings
from netreg.detection.sighting import Heard
from netreg.detection.sources import CAPTURE
from netreg.errors import NetregError, Unreachable
from netreg.registry.commands.sightings import note_source
from netreg.registry.detecting import take_in
from netreg.store.base import now
from netreg.store.leading import SEGMENTS, while_leading
from netreg.store.transaction import Store

log = logging.getLogger("netreg.hearing")

ACTOR = "agent:scan"
# A source says that it lives at least so often, also when it hears nothing.
NOTE_SECONDS = 60.0
# The database is left alone for so many times as long as taking in what was heard last took.
REST = 10.0
# What waits for a database that takes nothing: beyond it the oldest is let go.
MOST_WAITING = 65_536
# A process that died is started again after so long, then after twice that; one that lasted begins anew.
FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS = 1.0, 60.0, 60.0


def run(store: Store, settings: Settings, stopping: threading.Event) -> None:
    """Listen while no other process of the installation does, until `stopping` is set."""

    def listen(over: threading.Event) -> None:
        with listening(store, settings):
            over.wait()

    while_leading(SEGMENTS, store, settings.data_dir, stopping, listen)


@contextmanager
def listening(store: Store, settings: Settings) -> Iterator[None]:
    """Listen on every segment that says so until the block ends."""
    over = threading.Event()
    threads = [
        threading.Thread(target=Listener(store, settings, segment).run, args=(over,), name=f"hear-{segment.name}")
        for segment in settings.scan.segment
        if segment.listen
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@dataclass
class Listener:
    """The listening on one segment."""

    store: Store
    settings: Settings
    segment: config_detection.Segment
    _waiting: dict[tuple[str, str | None], Heard] = field(default_factory=dict)
    _noted: float = float("-inf")
    _rests_until: float = float("-inf")

    def run(self, over: threading.Event) -> None:
        """Keep a process listening until `over` is set."""
        pause = FIRST_PAUSE
        while not over.is_set():
            started = time.monotonic()
            try:
                self._hear(over)
            except NetregError as error:
                self._failed(error)
            except Exception as error:
                log.exception("listening on %s failed", self.segment.name)
                self._failed(Unreachable(self.segment.name, str(error) or type(error).__name__))
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY_SECONDS else pause
            over.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _hear(self, over: threading.Event) -> None:
        for batch in batches(self.segment.name, self.segment.interface, self.segment.netns):
            if over.is_set():
                return
            if batch is not None:
                self.take(batch, time.monotonic())

    def take(self, batch: Batch, clock: float) -> None:
        """Take in what was heard, at this moment of the uptime; what the database does not take now waits."""
        if batch.drops or batch.left_out:
            log.warning("%s: %d frames lost, %d left out", self.segment.name, batch.drops, batch.left_out)
        for heard in batch.heard:
            self._wait(heard)
        if clock < self._rests_until or not (self._waiting or clock - self._noted >= NOTE_SECONDS):
            return
        started = time.monotonic()
        try:
            self._take_in()
        except NetregError as error:
            log.warning("what was heard on %s waits: %s", self.segment.name, error)
            return
        self._waiting.clear()
        self._noted, self._rests_until = clock, clock + REST * (time.monotonic() - started)

    def _wait(self, heard: Heard) -> None:
        """Keep the latest of each device and address; its row also says what the device said before."""
        key = str(heard.mac), heard.ip
        self._waiting.pop(key, None)
        if len(self._waiting) >= MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[key] = heard

    def _take_in(self) -> None:
        with self.store.transaction(ACTOR) as tx:
            heard = ipv4_last(self._waiting.values())
            take_in(tx, CAPTURE, self.segment.name, heard, now(), ignored=self.settings.expected_macs)

    def _failed(self, error: NetregError) -> None:
        log.warning("%s", error)
        try:
            with self.store.transaction(ACTOR) as tx:
                note_source(tx.session, f"{CAPTURE}:{self.segment.name}", now(), error=str(error))
        except NetregError as busy:
            log.warning("that %s is not heard could not be noted: %s", self.segment.name, busy)
