"""Takes a lab down when its owner says so, or is gone: the only teardown there is, so kill -9 is no special case.

Usage: watchdog.py OWNER_PID PREFIX STATE [PROGRAM...]   (stdin: a pipe from the owner; a byte or its end means "down")

A PROGRAM, such as a virtual machine, is started here and ends with the lab; it inherits what the owner left open.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

NAMED = Path("/run/netns")
IN_FLIGHT_SECONDS = 0.3  # a command the owner had started may still add a namespace after its death


def main(owner: int, prefix: str, state: str, program: list[str]) -> None:
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL, close_fds=False) if program else None
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # the program's alone now: the owner notices when it ends
    asked = wait_for_the_end(owner)
    if child:
        child.kill()
        child.wait()
    sweep(prefix)
    if not asked:
        time.sleep(IN_FLIGHT_SECONDS)
        sweep(prefix)
    shutil.rmtree(state, ignore_errors=True)


def wait_for_the_end(owner: int) -> bool:
    """True when asked through the pipe. A forked child may hold the pipe open, so the owner itself is watched too."""
    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLIN)
    with suppress(ProcessLookupError):
        poll.register(os.pidfd_open(owner), select.POLLIN)
        poll.poll()
    return select.select([sys.stdin], [], [], 0)[0] != [] and os.read(sys.stdin.fileno(), 1) != b""


def sweep(prefix: str) -> None:
    """End every process inside the lab's namespaces, then the namespaces."""
    for namespace in [entry.name for entry in NAMED.glob(f"{prefix}-*")]:
        listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
        for pid in listed.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", namespace], capture_output=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
