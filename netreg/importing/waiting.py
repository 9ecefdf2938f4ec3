"""Files between their upload and their import: kept under their hash for a day, and gone once they were imported."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from netreg.importing.problems import refused
from netreg.importing.table import check_size, checksum
from netreg.procedures.archive import keep, kept

KEPT_FOR = timedelta(days=1)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def put(files: Path, content: bytes, at: datetime) -> str:
    """Keep a file and return its hash; what waits for longer than a day goes. Raises Refused for one too large."""
    check_size(content)
    folder = _folder(files)
    for old in folder.glob("*/*") if folder.exists() else ():
        if old.is_file() and datetime.fromtimestamp(old.stat().st_mtime, at.tzinfo) < at - KEPT_FOR:
            old.unlink(missing_ok=True)
    return keep(folder, content)


def take(files: Path, digest: str) -> bytes:
    """The very file with this hash; raises Refused where it is gone or is another one by now."""
    path = kept(_folder(files), digest) if _DIGEST.fullmatch(digest) else None
    content = path.read_bytes() if path is not None and path.is_file() else b""
    if checksum(content) != digest:
        raise refused(
            "E_FILE_GONE", "El archivo ya no está; no se importó nada.", "The file is gone; nothing was imported.",
            "Cárguelo de nuevo.", "Load it again.",
        )  # fmt: skip
    return content


def forget(files: Path, digest: str) -> None:
    """It was imported: what it said is in the register, and its hash in the log."""
    if _DIGEST.fullmatch(digest):
        kept(_folder(files), digest).unlink(missing_ok=True)


def _folder(files: Path) -> Path:
    return files / "imports"
