"""What `netreg serve` and `netreg worker` run of the hands: the worker and the timetable, until told to stop."""

from __future__ import annotations

import threading

from agents import schedule
from agents.worker import Worker
from netreg.config import Settings
from netreg.store.transaction import Store


def work(settings: Settings, store: Store, stopping: threading.Event) -> None:
    """Carry deliveries and keep the timetable until `stopping` is set; what is under way is finished first."""
    timetable = threading.Thread(target=schedule.run, args=(store, settings, stopping), name="timetable")
    timetable.start()
    Worker(store, settings).run(stopping)
    timetable.join()
