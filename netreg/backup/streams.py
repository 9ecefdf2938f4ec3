"""Where a backup is written to, bit by bit."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """What takes bytes and is never read back or moved in: a file, a pipe, a seal."""

    def write(self, content: bytes, /) -> int: ...

    def flush(self) -> None: ...
