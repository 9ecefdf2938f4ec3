"""A worker in a process of its own before points that are made up: `python -m tests.agents.several URL FOLDER`.

Such a point is a file. Whoever stands on it holds its lock, which dies with the process; whoever finds it held says so.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from agents.worker import Worker
from netreg.config import Settings
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Claim
from netreg.store.transaction import Store

LEASE_SECONDS = 2
# A push takes a moment, so that workers would meet if they could.
PUSH_SECONDS = 0.02


def settings(folder: Path) -> Settings:
    """Settings with a lease shorter than anybody would set it."""
    plain = Settings(data_dir=folder)
    return plain.model_copy(update={"push": plain.push.model_copy(update={"lease_seconds": LEASE_SECONDS})})


class Pretending(Worker):
    """A worker whose points are files."""

    def push_to_file(self, claim: Claim) -> None:
        folder = self.settings.data_dir
        with (folder / f"{claim.target}.point").open("a") as point:
            try:
                fcntl.flock(point, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(folder, "met", claim)
                return
            say(folder, "began", claim)
            time.sleep(PUSH_SECONDS)
            with self.store.transaction("agent:push") as tx:
                done = outbox.finish(tx.session, claim, now())
            say(folder, "done" if done else "late", claim)


def pretending(store: Store, folder: Path) -> Pretending:
    worker = Pretending(store, settings(folder))
    worker._handlers["push"] = worker.push_to_file
    return worker


def say(folder: Path, what: str, claim: Claim) -> None:
    """One line, whole, whoever else writes."""
    handle = os.open(folder / "said", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what} {claim.target} {claim.id} {os.getpid()} {now().isoformat()}\n".encode())
    os.close(handle)


def said(folder: Path) -> list[list[str]]:
    path = folder / "said"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


class Process:
    """One such worker, seen from the test."""

    def __init__(self, url: str, folder: Path) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.agents.several", url, str(folder)])
        self.pid = self._process.pid

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """As `kill -9`."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


def main(url: str, folder: str) -> None:
    from netreg.opening import open_store

    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    store = open_store(url)
    say(Path(folder), "ready", Claim(0, "push", "-", 0, ""))
    pretending(store, Path(folder)).run(stopping)
    store.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
