"""A backup in a file: sealed, and rehearsed while it is written, because nobody here can open it afterwards."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine

from netreg.backup import configuration, refusals
from netreg.backup.making import write
from netreg.backup.manifest import Head, Manifest
from netreg.backup.restoring import rehearse
from netreg.backup.sealing import opened, sealed, watched
from netreg.backup.streams import Sink
from netreg.config import Settings


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: what is in it, and the file itself. `sha256` is of the file as it lies there."""

    manifest: Manifest
    size: int
    sha256: str

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(self.manifest.rows.values())


def make(target: Path, engine: Engine, settings: Settings, keys: Sequence[str], *, plain: bool = False) -> Made:
    """Write a new file, sealed for `keys` or `plain`, and return what it is. Readable by this account alone.

    The same stream that is sealed is restored into an empty database beside it and compared; the file has its name only
    once that has succeeded and what lies on the disk is what was written. Raises Refused where there is nobody to seal
    it for, and where the file exists.
    """
    if not keys and not plain:
        raise refusals.no_recipient()
    if target.exists():
        raise refusals.exists(str(target))
    part = target.with_name(f".{target.name}.part")
    try:
        with _private(part) as file:
            manifest = _written(file, engine, settings, () if plain else keys)
        made = Made(manifest, part.stat().st_size, file.sha256.hexdigest())
        if hash_of(part) != made.sha256:
            raise refusals.damaged("el disco no devuelve lo escrito", "the disk does not give back what was written")
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return made


def _written(file: Sink, engine: Engine, settings: Settings, keys: Sequence[str]) -> Manifest:
    conf = configuration.parts(settings)
    with _sealed_or_not(file, keys) as out, watched(out, lambda stream: rehearse(stream, settings.data_dir)) as both:
        return write(both, engine, settings.data_dir, conf)


@contextmanager
def _sealed_or_not(file: Sink, keys: Sequence[str]) -> Iterator[Sink]:
    if not keys:
        yield file
        return
    with sealed(file, keys) as out:
        yield out


class _HashedFile:
    """A new file that is hashed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def _private(path: Path) -> Iterator[_HashedFile]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        yield _HashedFile(file)
        file.flush()
        os.fsync(file.fileno())


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(file: Path, identity: Path | None, folder: Path) -> tuple[Head, Manifest]:
    """Restore a finished backup into an empty database beneath `folder`, prove it, and take it away again."""
    with opened(file, identity) as stream:
        return rehearse(stream, folder)
