"""Which address belongs to a computer's name: candidates with their trust, and when there is nothing to suggest.

Allowlists filter addresses and the manual registers names (line 526). A name is a claim that anybody can make, so a
person decides; and where two devices claim one name, or the name is one that devices come with, only looking at the
computer helps (core workflow, section 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from netreg.mac import MacAddress

INSPECTION, LEASE, LOOKUP, INVENTORY, CLAIM = "inspection", "lease", "lookup", "inventory", "claim"
TRUST = {INSPECTION: "high", LEASE: "medium", LOOKUP: "medium", INVENTORY: "medium", CLAIM: "low"}
# What an officer may give as the evidence of a binding; a claim of the applicant is none.
EVIDENCE = (INSPECTION, LEASE, LOOKUP, INVENTORY)
# What rests on a name that the network told: one candidate only, and a name of one's own.
BY_NAME = (LEASE, LOOKUP)
# Names that devices come with: many have the same pattern, and some the same name.
_DEFAULT = re.compile(
    r"(?:DESKTOP|LAPTOP|WIN|ANDROID|IPHONE|IPAD|MACBOOK|LOCALHOST|UBUNTU|DEBIAN|PC)(?:[-_ ].*|[0-9]*)"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody at `mac` was called `name`, according to a source of this kind, last at `at`."""

    mac: MacAddress
    name: str
    source: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One address that may be the computer's: where it comes from, how far to trust that, when it was last seen."""

    mac: MacAddress
    source: str
    trust: str
    at: datetime | None


def candidates(name: str, heard: Iterable[Heard]) -> tuple[Candidate, ...]:
    """The addresses that were called by this name, without regard to case, the best trusted and newest first."""
    found: dict[tuple[MacAddress, str], Candidate] = {}
    for one in heard:
        if one.name.casefold() != name.casefold() or one.mac.is_group:
            continue
        known = found.get((one.mac, one.source))
        if known is None or _newer(one.at, known.at):
            found[one.mac, one.source] = Candidate(one.mac, one.source, TRUST[one.source], one.at)
    return tuple(sorted(found.values(), key=_rank))


def suggestion(name: str, found: Iterable[Candidate]) -> Candidate | None:
    """The one address to suggest, or None: where several were called so, or the name is nobody's own, inspect it."""
    told = [one for one in found if one.source in BY_NAME]
    if is_default(name) or len({one.mac for one in told}) != 1:
        return None
    return told[0]


def is_default(name: str) -> bool:
    """Whether this is a name that a device came with, such as DESKTOP-4F2K1."""
    return _DEFAULT.fullmatch(name.upper()) is not None


def _newer(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)


def _rank(one: Candidate) -> tuple[int, float, str]:
    order = ("high", "medium", "low").index(one.trust)
    return (order, -one.at.timestamp() if one.at else 0.0, str(one.mac))
