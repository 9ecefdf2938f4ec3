"""Read a backup from a stream, part by part, and hold every part against the manifest at its end.

What comes out is not to be trusted before `read` has returned: whoever takes the parts puts them aside until then.
Anybody who has the office's public key can make a file that opens, so names and sizes are looked at as well.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlalchemy.exc import DBAPIError

from netreg.backup import refusals
from netreg.backup.manifest import CONF, HEAD, MANIFEST, TABLES, Head, Manifest
from netreg.errors import Refused

# A thousand rows, or every name of a hundred thousand files, are less; what is larger is no part of ours.
_MOST_IN_MEMORY = 256 * 1024 * 1024
_PART = re.compile(r"tables/([a-z][a-z0-9_]{0,62})/([0-9]{6})\.jsonl", re.ASCII)
_FILE = re.compile(r"(?:files|pending/[A-Za-z0-9_-]{20,64})/[0-9a-f]{64}", re.ASCII)
_CONF = re.compile(r"conf/(?:[A-Za-z0-9_-][A-Za-z0-9 ._-]{0,120}/){0,8}[A-Za-z0-9_-][A-Za-z0-9 ._-]{0,120}", re.ASCII)


class Taker(Protocol):
    """Whoever takes the parts as they come: the head first, then configuration, rows, files."""

    def head(self, head: Head) -> None: ...

    def rows(self, table: str, content: bytes) -> None: ...

    def place(self, name: str) -> Path | None:
        """Where a file or a part of the configuration is put aside; None for one that is only hashed."""


def read(stream: BinaryIO, taker: Taker) -> tuple[Head, Manifest]:
    """Hand every part to the taker; raises Refused unless the file is whole and every hash is right."""
    try:
        return _read(stream, taker)
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise refusals.damaged("está cortado o no es un respaldo", "it is cut off or no backup") from error
    except (ValueError, DBAPIError) as error:
        raise refusals.damaged(f"sus renglones no caben: {error}", f"its rows do not fit: {error}") from error


def conf(stream: BinaryIO, name: str) -> bytes:
    """One file of the configuration, without reading further; raises Refused where there is none."""
    try:
        with tarfile.open(mode="r|", fileobj=gzip.GzipFile(fileobj=stream)) as archive:
            for entry in archive:
                if entry.name == CONF + name:
                    return _content(archive, entry)
                if entry.name.startswith(TABLES):
                    break
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise refusals.damaged("está cortado o no es un respaldo", "it is cut off or no backup") from error
    raise refusals.damaged(f"no trae {name}", f"it has no {name}")


def _read(stream: BinaryIO, taker: Taker) -> tuple[Head, Manifest]:
    packed = gzip.GzipFile(fileobj=stream)
    seen = _Seen()
    with tarfile.open(mode="r|", fileobj=packed) as archive:
        for entry in archive:
            if seen.manifest is not None:
                raise refusals.damaged("trae algo después del final", "there is something after its end")
            seen.part(archive, entry, taker)
    # To the end: the checksum of gzip and the last seal of age stand there.
    while packed.read(1 << 16):
        pass
    return seen.whole()


class _Seen:
    """What came so far."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[str, int]] = {}
        self.head: Head | None = None
        self.manifest: Manifest | None = None

    def part(self, archive: tarfile.TarFile, entry: tarfile.TarInfo, taker: Taker) -> None:
        name = entry.name
        if not entry.isreg() or name in self.found or (self.head is None) != (name == HEAD):
            raise _strange(name)
        if name == MANIFEST:
            self.manifest = Manifest.read(_content(archive, entry))
        elif name == HEAD:
            content = _content(archive, entry)
            self.head = Head.read(content)
            self._note(name, content)
            taker.head(self.head)
        elif (found := _PART.fullmatch(name)) and self._is_table(found[1]):
            content = _content(archive, entry)
            self._note(name, content)
            taker.rows(found[1], content)
        elif _is_path(name):
            self.found[name] = _copied(archive, entry, taker.place(name))
        else:
            raise _strange(name)

    def _note(self, name: str, content: bytes) -> None:
        self.found[name] = (hashlib.sha256(content).hexdigest(), len(content))

    def _is_table(self, name: str) -> bool:
        return self.head is not None and any(one.name == name for one in self.head.tables)

    def whole(self) -> tuple[Head, Manifest]:
        if self.head is None or self.manifest is None:
            raise refusals.damaged("está cortado: le falta el final", "it is cut off: its end is missing")
        if self.found != self.manifest.parts:
            wrong = sorted(set(self.found.items()) ^ set(self.manifest.parts.items()))[0][0]
            raise refusals.damaged(f"{wrong} no es lo que se guardó", f"{wrong} is not what was stored")
        return self.head, self.manifest


def _is_path(name: str) -> bool:
    """Whether it is a file of ours; no name leads out of the folder it is put into."""
    return bool(_FILE.fullmatch(name) or _CONF.fullmatch(name))


def _strange(name: str) -> Refused:
    shown = name[:80]
    return refusals.damaged(f"trae una parte que no es suya: {shown}", f"it holds a part that is not its own: {shown}")


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    if file is None or entry.size > _MOST_IN_MEMORY:
        raise _strange(entry.name)
    content = file.read()
    if len(content) != entry.size:
        raise EOFError(entry.name)
    return content


def _copied(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path | None) -> tuple[str, int]:
    file = archive.extractfile(entry)
    if file is None:
        raise _strange(entry.name)
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as out:
            shutil.copyfileobj(file, out)
    sha256, size = _hash(path) if path else _hash_stream(file)
    return sha256, size


def _hash(path: Path) -> tuple[str, int]:
    """Of what lies on the disk now, not of what was handed to it."""
    with path.open("rb") as file:
        return _hash_stream(file)


def _hash_stream(file: object) -> tuple[str, int]:
    sha256, size = hashlib.sha256(), 0
    while content := file.read(1 << 20):  # type: ignore[attr-defined]
        sha256.update(content)
        size += len(content)
    return sha256.hexdigest(), size
