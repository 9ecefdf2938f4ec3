"""When a request waits for nothing but computers that its area has not brought, from the states of its devices.

The attention clock stands still then (core workflow, section 11). A device that waits does not stop the others: while
anything else is to be decided or confirmed, the clock runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from netreg.policy import quota

# What the office itself has still to do about a device.
OURS = frozenset({quota.REQUESTED, quota.PUSHING, quota.WAITING_SWAP})


class Change(NamedTuple):
    """A device, by its number, came into a state."""

    at: datetime
    device: int
    state: str


class Wait(NamedTuple):
    """A stretch in which only these computers were missing; `end` is None while it lasts."""

    start: datetime
    end: datetime | None
    devices: tuple[int, ...]


def waits(changes: Sequence[Change]) -> Iterator[Wait]:
    """The stretches, in order, of one request. A new one begins whenever other computers are missing than before."""
    begun: Wait | None = None
    for at, missing in _missing(changes):
        if begun is not None and missing != begun.devices:
            # Two things at one instant leave nothing between them.
            if begun.start < at:
                yield begun._replace(end=at)
            begun = None
        if begun is None and missing:
            begun = Wait(at, None, missing)
    if begun is not None:
        yield begun


def _missing(changes: Sequence[Change]) -> Iterator[tuple[datetime, tuple[int, ...]]]:
    """After each instant at which something changed, the computers that were all that was missing; none otherwise."""
    states: dict[int, str] = {}
    for at, together in groupby(sorted(changes, key=lambda change: change.at), key=lambda change: change.at):
        states |= {change.device: change.state for change in together}
        yield at, _only_unbound(states)


def _only_unbound(states: Mapping[int, str]) -> tuple[int, ...]:
    if OURS & set(states.values()):
        return ()
    return tuple(sorted(device for device, state in states.items() if state == quota.AWAITING_BINDING))
