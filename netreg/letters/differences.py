"""What changed between two versions of a letter's text, word by word, as plain data for a page to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\s+|\S+")


class Run(NamedTuple):
    """Some text, and whether it stood in both versions, only in the new one, or only in the old one."""

    kind: Literal["kept", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One paragraph: as it was (None if it is new), as it is (None if it is gone), and the runs from one to the other.

    The kept and removed runs spell `old`, the kept and added ones spell `new`.
    """

    old: str | None
    new: str | None
    runs: tuple[Run, ...]


def differences(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The paragraphs of both versions side by side, in order; equal ones have a single kept run."""
    return [Change(was, now, _runs(was or "", now or "")) for was, now in _pairs(old, new)]


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Equal paragraphs meet each other; between them, the first changed one meets the first, and so on."""
    for _tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from zip_longest(old[a:b], new[c:d])


def _runs(old: str, new: str) -> tuple[Run, ...]:
    was, now = _WORDS.findall(old), _WORDS.findall(new)
    runs: list[Run] = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run("kept", "".join(was[a:b])))
        else:
            runs += [Run("removed", "".join(was[a:b])), Run("added", "".join(now[c:d]))]
    return tuple(run for run in runs if run.text)
