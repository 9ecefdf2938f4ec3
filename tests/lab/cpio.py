"""Writes the archives that a Linux kernel unpacks into memory as it starts; owners and modes are what they are told."""

from __future__ import annotations

import stat
from pathlib import PurePosixPath
from typing import BinaryIO

ROOT = (0, 0)


class Archive:
    """A cpio archive in the "newc" format (kernel documentation, "initramfs buffer format"), written as it grows.

    Paths have no leading slash. The folders above a file are made as they are needed, as root's with mode 755.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._size, self._number = out, 0, 0
        self._folders: set[str] = set()

    def file(self, path: str, data: bytes, mode: int = 0o644, owner: tuple[int, int] = ROOT) -> None:
        self._above(path)
        self._entry(path, stat.S_IFREG | mode, data, owner)

    def folder(self, path: str, mode: int = 0o755, owner: tuple[int, int] = ROOT) -> None:
        self._above(path)
        self._folders.add(path)
        self._entry(path, stat.S_IFDIR | mode, b"", owner)

    def link(self, path: str, target: str) -> None:
        self._above(path)
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def close(self) -> None:
        """Write the end. Another archive may follow; the kernel unpacks both."""
        self._entry("TRAILER!!!", 0, b"")

    def _above(self, path: str) -> None:
        for folder in reversed(PurePosixPath(path).parents[:-1]):
            if str(folder) not in self._folders:
                self.folder(str(folder))

    def _entry(self, path: str, mode: int, data: bytes, owner: tuple[int, int] = ROOT) -> None:
        self._number += 1
        name = path.encode() + b"\0"
        fields = (self._number, mode, *owner, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        self._write(b"070701" + b"".join(b"%08x" % field for field in fields) + name)
        self._write(data)

    def _write(self, data: bytes) -> None:
        self._size += len(data)
        padding = -self._size % 4
        self._size += padding
        self._out.write(data + bytes(padding))
