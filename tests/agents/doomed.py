"""Workers to be killed: `python -m tests.agents.doomed CONFIG` makes one for each `w` it reads.

Such a worker says its process id, then each step of its work on a line of its own, and after each waits for a byte.
It is a fork of a process that has everything imported already, so that a death costs no start.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

ANSWER_SECONDS = 30.0


def main(path: Path) -> None:
    from agents import worker
    from netreg import config, opening

    settings = config.load(path)
    while order := os.read(0, 1):
        if order != b"w":
            continue  # meant for one that died before it read it
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            say("gone")
            continue
        say(str(os.getpid()))
        worker.Worker(opening.open_store(settings.database_url), settings, on_step=stop_at).run_once()
        os._exit(0)


def stop_at(step: str) -> None:
    say(step)
    if not os.read(0, 1):
        os._exit(1)  # the test is gone


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


class Doomed:
    """The parent's end: makes workers one after the other, leads them step by step, and kills them."""

    def __init__(self, path: Path) -> None:
        argv = [sys.executable, "-m", "tests.agents.doomed", str(path)]
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._pid = 0

    def __enter__(self) -> Doomed:
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self) -> None:
        self._write(b"w")
        self._pid = int(self._line())

    def next_step(self) -> str:
        """The step it has done now, and waits after; `gone` once it has ended."""
        return self._line()

    def go_on(self) -> None:
        self._write(b".")

    def kill(self) -> None:
        """As `kill -9`; returns when it is dead."""
        with suppress(ProcessLookupError):  # it came to its end first
            os.kill(self._pid, signal.SIGKILL)
        while self._line() != "gone":
            pass

    def run_to(self, step: str) -> None:
        """Let it work until it has done `step`."""
        self.start()
        while (done := self.next_step()) != step:
            assert done != "gone", f"it ended before {step}"
            self.go_on()

    def steps(self) -> list[str]:
        """Let it work to the end; the steps it took."""
        self.start()
        steps = []
        while (step := self.next_step()) != "gone":
            steps.append(step)
            self.go_on()
        return steps

    def _write(self, byte: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(byte)

    def _line(self) -> str:
        assert self._process.stdout
        assert select.select([self._process.stdout], [], [], ANSWER_SECONDS)[0], "the worker says nothing"
        return self._process.stdout.readline().decode().strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
