"""A program of others that is told what happens here: which events are for it."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

KIND = "webhook"


@dataclass(frozen=True, slots=True)
class Hook:
    """One program's name and the events it is told: names, `device.*`, or `*`."""

    name: str
    events: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What its deliveries are called: each hook has a queue of its own, so that one that is away holds up none."""
        return f"{KIND}:{self.name}"

    def wants(self, event: str) -> bool:
        return any(fnmatchcase(event, pattern) for pattern in self.events)
