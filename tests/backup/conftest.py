"""Installations to back up and to restore into, and a key that opens the backups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from netreg import config
from netreg.backup import sealing, verified
from netreg.backup.restoring import Restored, restore
from netreg.config import Settings
from netreg.registry.hashing import make_key
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.databases import database, empty, empty_database, opened, postgres_store, sqlite_store, store

__all__ = ["database", "empty", "postgres_store", "sqlite_store", "store"]

ACTOR = "cli:nora"


@dataclass
class Town:
    """Where backups go and come from."""

    folder: Path
    ends: ExitStack
    identity: Path
    public: str
    made: int = field(default=0)

    def settings(self, url: str, name: str = "old", said: str = "") -> Settings:
        """An installation with its own folder on the database at `url`."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        path = home / "config.toml"
        path.write_text(f'data_dir = "data"\ndatabase = "{url}"\n{said}', encoding="utf-8")
        settings = config.load(path)
        settings.data_dir.mkdir(exist_ok=True)
        make_key(settings.retention_key_file)
        return settings

    def back_up(self, store: Store, settings: Settings, *, plain: bool = False) -> Path:
        self.made += 1
        file = self.folder / f"backup-{self.made}"
        verified.make(file, store.engine, settings, (self.public,), plain=plain)
        return file

    def restore(self, file: Path, settings: Settings, *, replace: bool = False) -> Restored:
        assert settings.origin is not None
        return restore(file, settings.origin, self.identity, replace=replace, actor=ACTOR, at=now())

    def empty(self, kind: str, name: str = "new") -> Settings:
        """A new installation on an empty database of that kind."""
        folder = self.folder / f"database-{name}"
        folder.mkdir()
        return self.settings(self.ends.enter_context(empty_database(kind, folder)), name)

    def opened(self, settings: Settings) -> Store:
        return self.ends.enter_context(opened(settings.database_url))


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    folder = tmp_path / "town"
    folder.mkdir()
    identity = folder / "key.txt"
    with ExitStack() as ends:
        yield Town(folder, ends, identity, sealing.keygen(identity, now()))
