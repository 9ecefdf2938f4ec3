"""What `netreg serve` and `netreg worker` run of the hands: the worker and the timetable, until told to stop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from agents import schedule
from agents.worker import Worker
from netreg.config import Settings
from netreg.store.transaction import Store


def work(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """Carry deliveries and keep the timetable until `stopping` is set; what is under way is finished first.

    A timetable that dies stops the worker as well, and its error is raised here: half a service is none.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="timetable") as pool:
        timetable = pool.submit(schedule.run, store, settings, stopping)
        timetable.add_done_callback(lambda _done: stopping.set())
        try:
            Worker(store, settings).run(stopping)
        finally:
            stopping.set()
        timetable.result()
