"""Make a backup while others write: one snapshot of the tables, then the files that rows of it may point at."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from netreg.backup import rows
from netreg.backup.manifest import CONF, FILES, HEAD, MANIFEST, PENDING, TABLES, Head, Manifest
from netreg.backup.streams import Sink
from netreg.errors import NotFound
from netreg.store.audit import verify_store
from netreg.store.base import now

_KEPT = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MARK = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)
# Tables shrink to a tenth; the strongest setting would only cost time.
_LEVEL = 5


def write(sink: Sink, engine: Engine, data: Path | None, conf: Mapping[str, Path]) -> Manifest:
    """Write the backup as a plain stream and return its manifest. No more than one part is in memory.

    `data` is the folder that letters and uploads lie beneath (None: without them), `conf` the files of the
    configuration by their names in the backup.
    """
    manifest = Manifest()
    with _snapshot(engine) as connection, _archive(sink) as archive:
        out = _Writer(archive, manifest)
        tables = rows.shapes(connection)
        head = Head(version("netreg"), _revision(connection), now().isoformat(), connection.dialect.name, tuple(tables))
        out.put(HEAD, head.document())
        for name, path in conf.items():
            out.put(CONF + name, path.read_bytes())
        for shape in tables:
            out.rows(shape, connection)
        with Session(connection) as session:
            manifest.chain = verify_store(session)
        # A file is kept before the row that names it is stored: the snapshot misses none. One that is forgotten
        # meanwhile, because its term is over, is left out.
        for name, path in stored_files(data) if data else ():
            with suppress(FileNotFoundError):
                out.copy(name, path)
        out.close()
    return manifest


def stored_files(data: Path) -> Iterator[tuple[str, Path]]:
    """Letters and files of people beneath the data folder, by their names in the backup; nothing half written."""
    for folder, prefix in ((data / "files", FILES), *((one, f"{PENDING}{one.name}/") for one in _pending(data))):
        for path in sorted(folder.glob("??/*")):
            if _KEPT.fullmatch(path.name):
                yield prefix + path.name, path


def _pending(data: Path) -> list[Path]:
    """The folders of forms from outside that wait for their confirmation."""
    return sorted(one for one in (data / "pending").glob("*") if _MARK.fullmatch(one.name))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One moment of the whole database, whoever writes meanwhile: WAL's on SQLite, REPEATABLE READ on PostgreSQL."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(**options)
        yield connection
        connection.rollback()


def _revision(connection: Connection) -> str:
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is None:
        raise NotFound("No hay nada que respaldar.", "There is nothing to back up.")
    return str(found)


@contextmanager
def _archive(sink: Sink) -> Iterator[tarfile.TarFile]:
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=sink, mtime=0) as packed,
        tarfile.open(mode="w|", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive


class _Writer:
    """Puts parts into the archive and notes each in the manifest."""

    def __init__(self, archive: tarfile.TarFile, manifest: Manifest) -> None:
        self._archive, self._manifest = archive, manifest

    def put(self, name: str, content: bytes) -> None:
        self._manifest.parts[name] = (hashlib.sha256(content).hexdigest(), len(content))
        self._add(name, len(content), io.BytesIO(content))

    def copy(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            hashing = _Hashing(file)
            size = path.stat().st_size
            self._add(name, size, hashing)
        self._manifest.parts[name] = (hashing.sha256.hexdigest(), size)

    def rows(self, shape: rows.Shape, connection: Connection) -> None:
        self._manifest.rows[shape.name] = 0
        for number, (content, count) in enumerate(rows.parts(connection, shape), start=1):
            self.put(part_name(shape.name, number), content)
            self._manifest.rows[shape.name] += count

    def close(self) -> None:
        """The manifest comes last: a file without it is no backup."""
        content = self._manifest.document()
        self._add(MANIFEST, len(content), io.BytesIO(content))

    def _add(self, name: str, size: int, content: BinaryIO | _Hashing) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._archive.addfile(entry, content)


def part_name(table: str, number: int) -> str:
    """What a part of a table is called."""
    return f"{TABLES}{table}/{number:06d}.jsonl"


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sha256.update(content)
        return content
