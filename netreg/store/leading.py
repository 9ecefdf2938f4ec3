"""One process of the installation does what may be done only once: whoever holds the lock, and another when it dies.

On one machine the lock is a file's, on PostgreSQL a session's: either is gone with its process, and with its machine.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from netreg.errors import StoreBusy, StoreFull
from netreg.store.transaction import Store, translated_errors

log = logging.getLogger("netreg.leading")

ASK_AGAIN_SECONDS = 5.0
# How often whoever leads asks whether it still does.
CHECK_SECONDS = 2.0
# A machine that was switched off says nothing: the server gives its session up after about this long.
_SEEN_DEAD = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"


@dataclass(frozen=True, slots=True)
class Lead:
    """What one process does for all: how its lock is called on a disk and on PostgreSQL."""

    file: str
    key: int


TIMETABLE = Lead("leader.lock", 0x6E72_6C64)  # "nrld"
SEGMENTS = Lead("segments.lock", 0x6E72_7367)  # "nrsg"

# Whether we still lead, asked again and again.
Holds = Callable[[], bool]


def while_leading(
    lead: Lead, store: Store, data_dir: Path, stopping: threading.Event, do: Callable[[threading.Event], None]
) -> None:
    """Do it while we lead, and stand by while another process does, until `stopping` is set.

    `do` goes on until the event it is given is set: that is when we are told to stop, or lead no longer.
    """
    while not stopping.is_set():
        try:
            with leadership(lead, store.engine, data_dir) as holds:
                if holds is not None:
                    _do(do, holds, stopping)
        except (StoreBusy, StoreFull) as error:
            log.warning("who leads cannot be told now, will ask again: %s", error)
        stopping.wait(ASK_AGAIN_SECONDS)


def _do(do: Callable[[threading.Event], None], holds: Holds, stopping: threading.Event) -> None:
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(holds, stopping, over), name="lead")
    watch.start()
    try:
        do(over)
    finally:
        over.set()
        watch.join()


def _watch(holds: Holds, stopping: threading.Event, over: threading.Event) -> None:
    while not over.is_set() and not stopping.wait(CHECK_SECONDS):
        if not holds():
            log.warning("the lead is lost; standing by")
            break
    over.set()


@contextmanager
def leadership(lead: Lead, engine: Engine, data_dir: Path) -> Iterator[Holds | None]:
    """How to ask whether this process still leads, or None where another does; the lock dies with the process."""
    if engine.dialect.name == "postgresql":
        with _session(lead, engine) as holds:
            yield holds
        return
    with (data_dir / lead.file).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lambda: True


@contextmanager
def _session(lead: Lead, engine: Engine) -> Iterator[Holds | None]:
    # Outside a transaction: the lock is the session's, and a transaction of days would stop the vacuum.
    with translated_errors():
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with translated_errors():
            connection.exec_driver_sql(_SEEN_DEAD)
            leads = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": lead.key})
        yield (lambda: _answers(connection)) if leads else None
    finally:
        # The session ends, and every lock with it; a pool would keep it, and the settings, for somebody else.
        with suppress(OperationalError):
            connection.invalidate()
        connection.close()


def _answers(connection: Connection) -> bool:
    """Whether the session that holds the lock still lives: a lock outlives neither its session nor its server."""
    try:
        return bool(connection.scalar(text("SELECT 1")))
    except OperationalError:
        return False
