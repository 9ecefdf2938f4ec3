"""Put a backup back: everything is put aside, verified, and only then moved into place, all of it or nothing.

What was there before is set aside and never deleted. Points are not pushed to afterwards until a person has seen, for
each, what a push would do: since the backup was made somebody may have been let in or thrown out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, create_engine, event, func, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from netreg import config
from netreg.backup import configuration, refusals, rows
from netreg.backup.loading import Loader, prove
from netreg.backup.making import stored_files
from netreg.backup.manifest import CONF, FILES, PENDING, Head, Manifest
from netreg.backup.reading import conf, read
from netreg.backup.sealing import opened
from netreg.config import Settings
from netreg.registry.commands.restoring import hold_points
from netreg.store.base import make_engine
from netreg.store.leading import SEGMENTS, TIMETABLE, leadership
from netreg.store.transaction import Transaction
from netreg.store.upgrade import current, run_scripts


@dataclass
class Staging:
    """Takes the parts of a backup: rows into a connection, files into a folder. Nothing of it is in place yet."""

    folder: Path | None
    loader: Loader

    def head(self, head: Head) -> None:
        self.loader.head(head)

    def rows(self, table: str, content: bytes) -> None:
        self.loader.rows(table, content)

    def place(self, name: str) -> Path | None:
        if self.folder is None:
            return None
        if not name.startswith((FILES, PENDING)):
            return self.folder / name
        folder, _, sha256 = name.rpartition("/")
        return self.folder / folder / sha256[:2] / sha256


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: the backup's own words, where what was there before is, and what a person has to do."""

    head: Head
    manifest: Manifest
    held: tuple[str, ...]
    aside: Path | None = None
    schema_aside: str = ""
    left: tuple[str, ...] = ()


def restore(
    file: Path, config_file: Path, identity: Path | None, *, replace: bool, actor: str, at: datetime
) -> Restored:
    """Restore into the installation of `config_file`, which is taken from the backup where there is none.

    Raises Refused, with nothing changed, for a file or key that does not fit, an installation with data (unless
    `replace`) and one that is running.
    """
    settings = _settings(file, config_file, identity)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    sqlite = _sqlite_file(settings)
    with _alone(settings, sqlite):
        if not replace and not _is_empty(settings, sqlite):
            raise refusals.not_empty()
        stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data_dir) as scratch:
            work = _Work(file, config_file, identity, settings, Path(scratch), actor, stamp)
            return work.into_sqlite(sqlite) if sqlite else work.into_postgres()


def _settings(file: Path, config_file: Path, identity: Path | None) -> Settings:
    if config_file.exists():
        return config.load(config_file)
    with opened(file, identity) as stream:
        content = conf(stream, configuration.CONFIG)
    return config.parse(content.decode("utf-8"), config_file.parent.resolve(), f"{file}: config.toml")


def _sqlite_file(settings: Settings) -> Path | None:
    url = make_url(settings.database_url)
    return Path(str(url.database)).resolve() if url.get_backend_name() == "sqlite" else None


@contextmanager
def _alone(settings: Settings, sqlite: Path | None) -> Iterator[None]:
    """Nobody keeps the timetable of this installation, or listens for it, while the block runs."""
    engine = create_engine("sqlite://") if sqlite else make_engine(settings.database_url)
    try:
        with (
            leadership(TIMETABLE, engine, settings.data_dir) as timetable,
            leadership(SEGMENTS, engine, settings.data_dir) as segments,
        ):
            if timetable is None or segments is None:
                raise refusals.running()
            yield
    finally:
        engine.dispose()


def _is_empty(settings: Settings, sqlite: Path | None) -> bool:
    """Whether there is no row and no file: nothing, or what `netreg init` makes."""
    if next(stored_files(settings.data_dir), None) is not None:
        return False
    if sqlite and not sqlite.exists():
        return True
    engine = make_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return not any(_count(connection, shape.name) for shape in rows.shapes(connection))
    finally:
        engine.dispose()


def _count(connection: Connection, name: str) -> int:
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


@dataclass
class _Moves:
    """Moves that are taken back, the last first, unless all of it comes to its end."""

    done: list[tuple[Path, Path]] = field(default_factory=list)

    def move(self, source: Path, target: Path) -> None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(source, target)
        self.done.append((source, target))

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for source, target in reversed(self.done):
                source.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(target, source)
            raise


@dataclass
class _Work:
    """One restore under way."""

    file: Path
    config_file: Path
    identity: Path | None
    settings: Settings
    scratch: Path
    actor: str
    stamp: str
    moves: _Moves = field(default_factory=_Moves)

    @property
    def _aside(self) -> Path:
        return self.settings.data_dir / f"before-restore-{self.stamp}"

    def into_sqlite(self, target: Path) -> Restored:
        made = self.scratch / "netreg.db"
        with scratch_engine(made) as engine, engine.begin() as connection:
            head, manifest, held = self._load(connection)
        with self.moves.all_or_nothing():
            self._set_aside([target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))])
            left = self._place()
            self.moves.move(made, target)
        return Restored(head, manifest, held, self._aside if self._aside.exists() else None, "", left)

    def into_postgres(self) -> Restored:
        engine = make_engine(self.settings.database_url)
        try:
            # The files are moved while nothing is committed yet, and moved back if that should fail.
            with self.moves.all_or_nothing(), engine.begin() as connection:
                schema = self._clear(engine, connection)
                head, manifest, held = self._load(connection)
                self._set_aside([])
                left = self._place()
        finally:
            engine.dispose()
        return Restored(head, manifest, held, self._aside if self._aside.exists() else None, schema, left)

    def _clear(self, engine: Engine, connection: Connection) -> str:
        """Make room: tables with rows are set aside as a schema of their own, whose name is returned."""
        if current(engine) is None or not any(_count(connection, one.name) for one in rows.shapes(connection)):
            return ""
        return set_schema_aside(connection, f"before_restore_{self.stamp.lower()}")

    def _load(self, connection: Connection) -> tuple[Head, Manifest, tuple[str, ...]]:
        head, manifest = load(self.file, self.identity, connection, self.scratch)
        run_scripts(connection)
        with Session(connection, expire_on_commit=False) as session:
            tx = Transaction(session, self.actor, "restore", lambda _tx, _event: None)
            held = hold_points(tx, made=_moment(head.made), file=self.file.name)
            session.flush()
        return head, manifest, tuple(held)

    def _set_aside(self, database: list[Path]) -> None:
        data = self.settings.data_dir
        for path in (*database, data / "files", data / "pending", self.settings.retention_key_file):
            if path.exists():
                self.moves.move(path, self._aside / path.name)

    def _place(self) -> tuple[str, ...]:
        for name in ("files", "pending"):
            if (self.scratch / name).exists():
                self.moves.move(self.scratch / name, self.settings.data_dir / name)
        beside = self.settings.data_dir / f"restored-{self.stamp}"
        return tuple(
            configuration.put_back(self.scratch / CONF, self.settings, self.config_file, beside, self._move_private)
        )

    def _move_private(self, source: Path, target: Path) -> None:
        source.chmod(0o600)
        self.moves.move(source, target)


def set_schema_aside(connection: Connection, aside: str) -> str:
    """Give PostgreSQL's tables another schema of this name, which is returned, and an empty one in their place."""
    schema = str(connection.scalar(text("SELECT current_schema()")))
    connection.exec_driver_sql(f'ALTER SCHEMA "{schema}" RENAME TO "{aside}"')
    connection.exec_driver_sql(f'CREATE SCHEMA "{schema}"')
    return aside


def load(file: Path, identity: Path | None, connection: Connection, scratch: Path | None) -> tuple[Head, Manifest]:
    """Put rows into the connection's transaction and files into a folder (None: nowhere).

    They are proved to be what was backed up; raises Refused where they are not.
    """
    with opened(file, identity) as stream:
        return load_stream(stream, connection, scratch)


def load_stream(stream: BinaryIO, connection: Connection, scratch: Path | None) -> tuple[Head, Manifest]:
    """As `load`, of a stream that is not sealed."""
    loader = Loader(connection)
    head, manifest = read(stream, Staging(scratch, loader))
    loader.settle()
    prove(connection, head, manifest)
    return head, manifest


def rehearse(stream: BinaryIO, folder: Path) -> tuple[Head, Manifest]:
    """Restore a stream into an empty database in a scratch folder beneath `folder`, prove it, and take it away."""
    with (
        tempfile.TemporaryDirectory(prefix=".verify-", dir=folder) as scratch,
        scratch_engine(Path(scratch) / "netreg.db") as engine,
        engine.begin() as connection,
    ):
        found = load_stream(stream, connection, None)
    return found


def _moment(made: str) -> str:
    """When the backup was made, for a sentence."""
    return datetime.fromisoformat(made).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


@contextmanager
def scratch_engine(path: Path) -> Iterator[Engine]:
    """An engine on a new SQLite file in one piece: no log beside it, and closed at the end."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        yield engine
    finally:
        engine.dispose()


def _prepare(dbapi: Any, _record: object) -> None:
    dbapi.isolation_level = None  # the driver is to begin nothing by itself
