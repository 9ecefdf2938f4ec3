"""Entry and Allowlist: the one word that policy and enforcement share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from netreg.mac import MacAddress

_LABEL = re.compile(r"[A-Za-z0-9:._-]{0,64}", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """One MAC a point lets through, with the label we leave beside it (`[A-Za-z0-9:._-]`, at most 64).

    Raises ValueError for any other label: nft cannot escape a quote in an element's comment, so a label is
    plain by construction and never text that a person typed.
    """

    mac: MacAddress
    label: str = ""

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise ValueError(f"not a label: {self.label!r}")


@dataclass(frozen=True)
class Allowlist:
    """All entries of one point: a set keyed by MAC, always in the same order. What it works out it keeps."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Allowlist:
        """The allowlist of these entries; a MAC that comes twice is refused with ValueError."""
        ordered = tuple(sorted(entries))
        macs = [entry.mac for entry in ordered]
        if len(set(macs)) != len(macs):
            raise ValueError("the same MAC twice in one allowlist")
        return cls(ordered)

    def __or__(self, other: Allowlist) -> Allowlist:
        """Both lists as one; ValueError when they share an address."""
        if not other:
            return self
        return Allowlist.of((*self, *other))

    def __sub__(self, other: Allowlist) -> Allowlist:
        """This list without the addresses of the other."""
        gone = other.by_mac
        return Allowlist(tuple(entry for entry in self.entries if entry.mac not in gone))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, mac: object) -> bool:
        return mac in self.by_mac

    def __eq__(self, other: object) -> bool:
        return self.checksum == other.checksum if isinstance(other, Allowlist) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.checksum)

    @cached_property
    def lines(self) -> Mapping[str, Entry]:
        """Each entry by its line "address label"; texts are compared much faster than entries."""
        return {f"{entry.mac} {entry.label}\n": entry for entry in self.entries}

    @cached_property
    def by_mac(self) -> Mapping[MacAddress, Entry]:
        return {entry.mac: entry for entry in self.entries}

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the normalised list, a line "address label" for each entry: equal exactly when the lists are."""
        return hashlib.sha256("".join(self.lines).encode()).hexdigest()
