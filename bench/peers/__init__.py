"""What else could put one more address on a hundred points, each set up as well as its own manual allows.

Every method does the same at every point, `Case.command`, and is believed only when the point has answered
`Case.answer`. `ready` is not timed, `do` is; `rest` leaves nothing behind that would cost the next method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Case:
    """A change at every point: from `before` to `after` (address -> label), and how it is typed in a shell there."""

    entries: int
    change: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    command: str
    answer: str
    script: str = ""  # what the command reads from its standard input


@dataclass(frozen=True)
class Measured:
    """Seconds on the wall until every point had answered, and seconds of processor time that it cost the client."""

    wall: float
    cpu: float | None


class Failed(RuntimeError):
    """The method did not do what it was for; says what it answered."""


class Method(Protocol):
    """One way to do it."""

    name: str

    def ready(self, case: Case) -> None: ...
    def do(self, case: Case) -> Measured: ...
    def rest(self) -> None: ...
