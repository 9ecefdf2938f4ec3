"""What a pass needs of whatever does the work at one point. `shell.py` and `console.py` are the two that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.channels import Answer, Screen
from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Plan
from netreg.mac import MacAddress

Done = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a point holds now, what its saved file's digest is, and the undos that a dead pass left armed.

    `assumed`: nobody has looked yet; it is what the pass before left.
    """

    allowlist: Allowlist
    saved: str = ""
    pending: tuple[str, ...] = ()
    assumed: bool = False


class Talks(Protocol):
    """What a pass needs of a session; `agents.ssh.Session` is one."""

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer: ...
    def converse(self, command: str, *, repeatable: bool = False) -> Answer: ...
    def screen(self) -> Screen: ...
    def close(self) -> None: ...


class Hand(Protocol):
    """One pass's work at one point. Every method may raise a PointError."""

    @property
    def acted(self) -> bool:
        """Whether anything was sent that may have changed the list."""

    @property
    def left_alone(self) -> str:
        """In what state the point is left when it cannot be reached any more."""

    def open(self) -> None:
        """Begin the conversation; every other method would when it must."""

    def look(self) -> Observed:
        """The list, proved complete; raises UnreadableAnswer or IncompleteAnswer."""

    def look_anew(self, plan: Plan) -> None:
        """Have the look after this plan be an independent one: nothing of what this connection knows goes into it."""

    def ask(self, step: str, command: str) -> str:
        """The answer to one of the profile's commands that changes nothing."""

    def change(self, before: Allowlist, plan: Plan, wanted: Allowlist, done: Done) -> None:
        """Arm the undo, then apply the plan; `done` is told each step."""

    def confirm(self) -> None:
        """Disarm the undo: what was read back stays."""

    def undo(self, txn: str = "") -> str:
        """Go back, from this pass or from the one named.

        Returns `restored`, `nothing` if no undo was armed, or `tried` where only a look can tell.
        """

    def save(self, desired: Allowlist, wanted: Allowlist, saved: str, *, changed: bool) -> bool:
        """Have a restart bring `desired` back; False if it would anyway."""

    def close(self) -> None:
        """Leave: nothing of this pass stays open."""

    def kick(self, macs: Sequence[MacAddress]) -> bool:
        """End the connections of these; False where the make needs or has no means for it."""
