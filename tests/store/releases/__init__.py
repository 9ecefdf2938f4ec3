"""The tables of each released version with a little in them, as SQL: every later version has to open them.

`python -m tests.store.releases` writes the one of today's revision anew. Once a version is released its file is never
written again, and its revision never changed: that is what these files are for.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

FOLDER = Path(__file__).parent


def dumped(database: Path) -> str:
    """A database as SQL."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def load(release: Path, database: Path) -> None:
    """Make a new database of a release's SQL."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(release.read_text(encoding="utf-8"))
