"""Who the IEEE gave a block of addresses to: the longest of its 36, 28 and 24 bits that is in the table wins.

The table that comes with netreg holds prefixes and names of the registries MA-L, MA-M, MA-S and IAB, and nothing else
of them. An installation may have a newer one of its own (`netreg vendor refresh`). It is read when it is first needed.
"""

from __future__ import annotations

import csv
import gzip
import logging
import re
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

log = logging.getLogger("netreg.vendors")

SHIPPED = Path(__file__).with_name("vendors.gz")
# The first line of a table; the lines after it are `prefix name`, in order.
HEADING = b"netreg vendors 1"
# Digits of a prefix, the longest first, and how many bits they are.
WIDTHS = {9: 36, 7: 28, 6: 24}
# Holders that are no maker: one keeps its name to itself, the other only gives out parts of its blocks.
NOBODY = frozenset({"private", "ieee registration authority"})
_MOST_NAME = 128
_ASSIGNED = re.compile(r"[0-9A-F]{6}(?:[0-9A-F]|[0-9A-F]{3})?", re.ASCII)
_HEADS = "Registry,Assignment,Organization Name"
# The two lines of an entry in the lists as text: `00-22-72   (hex)  Name`, `002272  (base 16)  Name`, in the second
# one a range for a smaller block: `900000-9FFFFF`.
_ENTRY = re.compile(
    r"^(?P<oui>[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2})\s+\(hex\)[^\n]*\n"
    r"(?P<first>[0-9A-F]{6})(?:-(?P<last>[0-9A-F]{6}))?\s+\(base 16\)[ \t]+(?P<name>[^\n]*)",
    re.ASCII | re.MULTILINE,
)


@dataclass(frozen=True)
class Vendors:
    """A table of prefixes, from a file; where that cannot be read, the one that comes with netreg."""

    file: Path

    def of(self, mac: str) -> str | None:
        """Whom the block of this address (canonical form) belongs to, or None."""
        digits = mac.replace(":", "")
        return next((name for width in WIDTHS if (name := self._named(digits[:width]))), None)

    def sizes(self) -> Counter[int]:
        """How many blocks it knows, by their bits."""
        return sizes(line.partition(b" ")[0].decode() for line in self._lines)

    def _named(self, prefix: str) -> str | None:
        key = prefix.encode() + b" "
        at = bisect_left(self._lines, key)
        found = self._lines[at : at + 1]
        return found[0].removeprefix(key).decode() if found and found[0].startswith(key) else None

    @cached_property
    def _lines(self) -> list[bytes]:
        return _lines_of(self.file) or _lines_of(SHIPPED)


# The table in use; a process has one.
_in_use = Vendors(SHIPPED)


def vendor_of(mac: str) -> str | None:
    """Whom the block of this address (canonical form) belongs to, by the table in use."""
    return _in_use.of(mac)


def in_use() -> Vendors:
    """The table in use: the installation's own, or the one that comes with netreg."""
    return _in_use


def use(file: Path) -> None:
    """Look addresses up in this table from now on, where there is one."""
    # What a prefix means is the same for everybody in a process.
    global _in_use
    _in_use = Vendors(file if file.exists() else SHIPPED)


def read_lists(texts: Iterable[str]) -> dict[str, str]:
    """Prefix to name, from the IEEE's lists, as CSV or as text; of a prefix given twice the first counts.

    Blocks of nobody are left out. Raises ValueError for a text that is no such list, with its number from 0.
    """
    found: dict[str, str] = {}
    for number, text in enumerate(texts):
        text = text.removeprefix("\ufeff")
        try:
            rows = list(_of_csv(text) if text.startswith(_HEADS) else _of_text(text))
        except csv.Error as error:
            raise ValueError(number) from error
        if not rows:
            raise ValueError(number)
        for prefix, name in rows:
            if name and name.lower() not in NOBODY:
                found.setdefault(prefix.lower(), name)
    return found


def sizes(prefixes: Iterable[str]) -> Counter[int]:
    """How many of these prefixes there are, by their bits."""
    return Counter(WIDTHS[len(prefix)] for prefix in prefixes)


def packed(table: Mapping[str, str]) -> bytes:
    """A table as it stands in a file; the same rows give the same bytes."""
    lines = [HEADING, *sorted(f"{prefix} {name}".encode() for prefix, name in table.items())]
    return gzip.compress(b"\n".join(lines), 9, mtime=0)


def _lines_of(file: Path) -> list[bytes]:
    try:
        heading, *lines = gzip.decompress(file.read_bytes()).split(b"\n")
    except (OSError, EOFError, zlib.error) as error:
        log.warning("the table of vendors %s cannot be read: %s", file, error)
        return []
    if heading != HEADING:
        log.warning("%s is no table of vendors", file)
        return []
    return lines


def _of_csv(text: str) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(StringIO(text)):
        assigned = row.get("Assignment") or ""
        if _ASSIGNED.fullmatch(assigned):
            yield assigned, _name(row.get("Organization Name") or "")


def _of_text(text: str) -> Iterator[tuple[str, str]]:
    for found in _ENTRY.finditer(text.replace("\r\n", "\n")):
        oui, first, last = found["oui"].replace("-", ""), found["first"], found["last"]
        if last is None and first == oui:
            yield oui, _name(found["name"])
        elif last is not None and (shared := _shared(first, last)):
            yield oui + shared, _name(found["name"])


def _shared(first: str, last: str) -> str:
    """The digits that a block from `first` to `last` has in common, if it is of one of the two smaller sizes."""
    return next((first[:n] for n in (1, 3) if last == first[:n] + "F" * (6 - n) and first[n:] == "0" * (6 - n)), "")


def _name(said: str) -> str:
    """A name on one line of printable text."""
    return " ".join("".join(char if char.isprintable() else " " for char in said).split())[:_MOST_NAME].strip()
