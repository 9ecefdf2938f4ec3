"""Plan: the sorted difference between two allowlists; drift: what somebody else changed; doubt: what stops a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from netreg.allowlist import Allowlist, Entry
from netreg.errors import UnsafePlan
from netreg.mac import MacAddress


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take out and what to put in, computed against the list whose checksum is `base`.

    A changed label is a removal and an addition, because nft keeps the old comment when an element is added again.
    """

    adds: tuple[Entry, ...]
    removes: tuple[Entry, ...]
    base: str

    @classmethod
    def between(cls, observed: Allowlist, desired: Allowlist) -> Plan:
        """The plan that turns `observed` into `desired`."""
        return cls(_only_in(desired, observed), _only_in(observed, desired), observed.checksum)

    @property
    def opposite(self) -> Plan:
        """The plan that takes this one back, for a script; it is made for no list that anybody has read."""
        return Plan(self.removes, self.adds, "")

    def rounds(self, observed: Allowlist, most: int) -> Iterator[tuple[Plan, Allowlist]]:
        """The plan in parts of at most `most` changes (two or more), each with the list that holds after it.

        Additions come first, then new labels, which take two changes each, then removals. Raises as `applied_to`.
        """
        old = {entry.mac: entry for entry in self.removes}
        new = {entry.mac for entry in self.adds}
        steps: list[_Step] = [((entry,), ()) for entry in self.adds if entry.mac not in old]
        steps += [((entry,), (old[entry.mac],)) for entry in self.adds if entry.mac in old]
        steps += [((), (entry,)) for entry in self.removes if entry.mac not in new]
        held = observed
        for part in _packed(steps, most):
            adds = tuple(entry for added, _ in part for entry in added)
            removes = tuple(entry for _, removed in part for entry in removed)
            plan = Plan(adds, removes, held.checksum)
            held = plan.applied_to(held)
            yield plan, held

    @property
    def is_empty(self) -> bool:
        return not self.adds and not self.removes

    @property
    def lost(self) -> tuple[MacAddress, ...]:
        """The addresses that lose their access: removed, and not merely given another label."""
        kept = {entry.mac for entry in self.adds}
        return tuple(entry.mac for entry in self.removes if entry.mac not in kept)

    @property
    def checksum(self) -> str:
        """SHA-256 of this very plan on this very list: what a person confirms."""
        lines = [f"-{entry.mac} {entry.label}" for entry in self.removes]
        lines += [f"+{entry.mac} {entry.label}" for entry in self.adds]
        return hashlib.sha256("\n".join([f"={self.base}", *sorted(lines)]).encode()).hexdigest()

    def applied_to(self, observed: Allowlist) -> Allowlist:
        """The list a point holds after this plan; ValueError when `observed` is not the list it was made for."""
        if observed.checksum != self.base:
            raise ValueError("this plan was made for another list")
        return Allowlist.of((set(observed) - set(self.removes)) | set(self.adds))


@lru_cache(maxsize=32)  # many points have the same list before and after
def _only_in(one: Allowlist, other: Allowlist) -> tuple[Entry, ...]:
    """The entries of one list that the other has not, or has with another label, in their order."""
    return tuple(one.lines[line] for line in sorted(one.lines.keys() - other.lines.keys()))


_Step = tuple[tuple[Entry, ...], tuple[Entry, ...]]


def _packed(steps: list[_Step], most: int) -> Iterator[list[_Step]]:
    """The steps in their order, as many together as make no more than `most` changes."""
    part: list[_Step] = []
    size = 0
    for adds, removes in steps:
        changes = len(adds) + len(removes)
        if part and size + changes > most:
            yield part
            part, size = [], 0
        part.append((adds, removes))
        size += changes
    if part:
        yield part


def strays(observed: Allowlist, desired: Allowlist, ours: frozenset[MacAddress] | None) -> Allowlist:
    """The entries of `observed` that somebody put there by hand: not wanted, and none of `ours`.

    `ours` is what netreg itself answers for at this point: what it verified there before, and every address that a
    person decided against. Only those may be taken out; a stray stays until a person decides (core workflow,
    scenario 29). None stands for all: nothing is a stray.
    """
    if ours is None:
        return Allowlist()
    wanted = desired.by_mac
    return Allowlist.of(entry for entry in observed if entry.mac not in wanted and entry.mac not in ours)


@dataclass(frozen=True, slots=True)
class Drift:
    """What somebody else changed at a point since it was last verified.

    `strays` wait for a person; `returned` are addresses that were decided against and came back, which the plan takes
    out again; `missing` are wanted and were taken away, which the plan puts back.
    """

    strays: Allowlist = field(default_factory=Allowlist)
    returned: tuple[MacAddress, ...] = ()
    missing: tuple[MacAddress, ...] = ()

    @classmethod
    def between(cls, baseline: Allowlist | None, observed: Allowlist, desired: Allowlist, strays: Allowlist) -> Drift:
        """From the list last verified (None: never) to the one observed.

        What is wanted anyway is no drift: a pass that died before it could record left it there.
        """
        if baseline is None or baseline == observed:
            return cls(strays)
        before, have, want = set(baseline.by_mac), set(observed.by_mac), set(desired.by_mac)
        returned = have - before - want - set(strays.by_mac)
        return cls(strays, tuple(sorted(returned)), tuple(sorted((before & want) - have)))


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """How much may vanish at once without a person: `percent` counts from `small` entries up."""

    percent: int = 10
    removals: int = 20
    small: int = 10
    protected: frozenset[MacAddress] = field(default_factory=frozenset)


def doubt(
    plan: Plan, observed: Allowlist, desired: Allowlist, limits: GuardLimits, confirmed: str | None = None
) -> None:
    """Raises UnsafePlan when the plan empties the list, removes too much, or removes a protected entry.

    Passes when `confirmed` is the checksum of this very plan: a plan computed anew on another list has another one.
    """
    if confirmed is not None and confirmed == plan.checksum:
        return
    lost = plan.lost
    guarded = [mac for mac in lost if mac in limits.protected]
    if guarded:
        raise _unsafe(
            plan, "protected", 0, f"quita {guarded[0]}, que está protegida", f"removes protected {guarded[0]}"
        )
    if not desired and lost:
        raise _unsafe(plan, "empty", 0, "vacía la lista del punto", "empties the list of the point")
    if len(lost) > limits.removals:
        raise _too_many(plan, limits.removals, len(observed))
    if len(observed) >= limits.small and len(lost) * 100 > limits.percent * len(observed):
        raise _too_many(plan, len(observed) * limits.percent // 100, len(observed))


def _too_many(plan: Plan, limit: int, size: int) -> UnsafePlan:
    count = len(plan.lost)
    spanish = f"quita {count} de {size} equipos y el límite es {limit}"
    return _unsafe(plan, "removals", limit, spanish, f"removes {count} of {size} devices and the limit is {limit}")


def _unsafe(plan: Plan, reason: str, limit: int, spanish: str, english: str) -> UnsafePlan:
    return UnsafePlan(
        f"El plan {spanish}; no se cambió nada.",
        f"The plan {english}; nothing was changed.",
        adds=len(plan.adds),
        removes=len(plan.removes),
        limit=limit,
        checksum=plan.checksum,
        reason=reason,
    )
