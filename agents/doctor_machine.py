"""What `netreg doctor` looks at on this machine: room on the disk, and whether anything keeps the clock right."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from netreg.health import room
from netreg.health.context import Examined
from netreg.health.findings import Finding, found

# systemd-timesyncd keeps this folder while it runs, and the file in it once it has heard a server.
TIMESYNC = Path("/run/systemd/timesync")
_CHRONY_SECONDS = 3


def examine(case: Examined) -> Iterator[Finding]:
    """The findings about the machine; what cannot be told is none."""
    yield from _disk(case.settings.data_dir)
    yield from _clock()


def _disk(folder: Path) -> Iterator[Finding]:
    free = room.free_mb(folder)
    if free is not None and free < room.WARNING_BELOW_MB:
        yield found("netreg.D030" if free < room.ERROR_BELOW_MB else "netreg.D031", folder, free=free)


def _clock() -> Iterator[Finding]:
    """Only what keeps the clock here is asked; a machine whose host does it has neither."""
    says = {"systemd-timesyncd": _timesyncd(), "chrony": _chrony()}
    if True not in says.values():
        yield from (found("netreg.D021", name) for name, right in says.items() if right is False)


def _timesyncd() -> bool | None:
    return (TIMESYNC / "synchronized").exists() if TIMESYNC.is_dir() else None


def _chrony() -> bool | None:
    program = shutil.which("chronyc")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "-n", "tracking"], capture_output=True, text=True, errors="replace", timeout=_CHRONY_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Without a running chronyd it fails, and tells nothing of the clock.
    return None if done.returncode else "Not synchronised" not in done.stdout
