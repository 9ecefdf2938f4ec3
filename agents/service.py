"""What `netreg serve` and `netreg worker` run of the hands, until told to stop: the worker, the timetable and the
listening on the segments."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from agents import hearing, schedule
from agents.worker import Share, Worker
from netreg.config import Settings
from netreg.store.transaction import Store


def work(settings: Settings, store: Store, stopping: threading.Event, share: Share = Share.ALL) -> None:
    """Do this share of the work until `stopping` is set; what is under way is finished first.

    A part that dies stops the others as well, and its error is raised here: half a service is none.
    """
    parts = []
    if share is not Share.SEGMENTS:
        parts.append(schedule.run)
    if share is not Share.OFFICE:
        parts.append(hearing.run)
    with ThreadPoolExecutor(len(parts), thread_name_prefix="timetable") as pool:
        beside = [pool.submit(part, store, settings, stopping) for part in parts]
        for one in beside:
            one.add_done_callback(lambda _done: stopping.set())
        try:
            Worker(store, settings, share=share).run(stopping)
        finally:
            stopping.set()
        for one in beside:
            one.result()


def office(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """All but what needs to stand in the segments."""
    work(settings, store, stopping, Share.OFFICE)


def segments(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """What needs to stand in the segments: sweeps, lease files, and the listening."""
    work(settings, store, stopping, Share.SEGMENTS)
