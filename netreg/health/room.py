"""Room where the data lie: how much is left, and when that is too little."""

from __future__ import annotations

import shutil
from pathlib import Path

ERROR_BELOW_MB, WARNING_BELOW_MB = 500, 2000
_MB = 1_000_000


def free_mb(folder: Path) -> int | None:
    """Megabytes left for this account where a folder lies; None where there is no such folder."""
    try:
        return shutil.disk_usage(folder).free // _MB
    except OSError:
        return None
