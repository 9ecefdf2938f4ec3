"""Where a push stands, in the few steps a person reads: from the names that a pass gives to what it has done.

A pass may name more than this table knows, and not every make takes every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A step and the name that a pass gives when it is done, in their order.
_ENDS = {
    "undo": "undo of an earlier pass",
    "read": "read",
    "compare": "guard",
    "backup": "backup",
    "arm": "arm",
    "apply": "apply",
    "read_back": "read back",
    "disarm": "disarm",
    "save": "save",
    "kick": "kick",
}
STEPS = tuple(_ENDS)
_BY_NAME = {name: step for step, name in _ENDS.items()} | {"kick refused": "kick"}
DONE, CURRENT, LATER = "done", "current", "later"


@dataclass(frozen=True, slots=True)
class Step:
    """One of STEPS and how it stands: done, current or later."""

    name: str
    mark: str


def finished(said: Iterable[str]) -> list[str]:
    """The steps that are done, in the order in which a pass said so; one name may tell of several."""
    names = [name.strip() for line in said for name in line.split(",")]
    return [_BY_NAME[name] for name in names if name in _BY_NAME]


def standing(said: Sequence[str]) -> list[Step]:
    """The steps done, the one that goes on now, and those to come.

    A step that was passed over is left out: this make has none, or nothing had to be done. Where the changes go in
    several rounds the steps of the one under way count.
    """
    done = finished(said)
    last = STEPS.index(done[-1]) if done else STEPS.index("undo")
    behind = [Step(name, DONE) for name in STEPS[: last + 1] if name in done]
    return behind + [Step(name, CURRENT if number == 0 else LATER) for number, name in enumerate(STEPS[last + 1 :])]
