"""What every check is handed: the settings, where they lie, the moment, and what the database says of points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from netreg.config import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """A point as it is reached: where it listens and which files it is logged in to with, by the name of the field."""

    name: str
    host: str
    port: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Examined:
    """One examination. `points` are those in service, none where the database could not be read."""

    config: Path
    settings: Settings
    at: datetime
    points: tuple[Place, ...] = ()
