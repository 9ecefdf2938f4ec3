"""Text as it goes on paper: what the embedded fonts can show, and nothing that hides text or turns it round.

A PDF/A file may not hold a character without a glyph, so a single emoji in a name would leave the area without its
letter. Such a character is drawn as a white square, and `unprintable` says which ones those are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from netreg.mac import MacAddress

STAND_IN = "□"

# Blocks the fonts inside typst 0.15 draw whole (found by composing each character; a test composes them all again):
# Latin, Greek, Cyrillic, and the signs an office types. Scripts that run from right to left are left out: inside a
# Spanish line they would turn round the figures beside them.
_COVERED = (
    (0x0020, 0x007E), (0x00A0, 0x0377), (0x0384, 0x04FF), (0x1E00, 0x1FFE), (0x2010, 0x2027), (0x2030, 0x2040),
    (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2100, 0x211E), (0x2122, 0x2122), (0x2153, 0x2184), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2718), (0xFB00, 0xFB06),
)  # fmt: skip
_BLANKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# Two marks on a letter are writing; a heap of them would print over the lines above.
_HEAPED = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")
# Twelve figures in a row may be anything; with a letter among them they are an address.
_WHOLE_MAC = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{2}(?P<s>[:-])(?:[0-9a-f]{2}(?P=s)){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}"
    r"|(?=[0-9]*[a-f])[0-9a-f]{12})(?![0-9a-z])",
    re.ASCII | re.IGNORECASE,
)


def clean(text: str) -> str:
    """`text` on one line and composed (NFC), without invisible characters, with □ for what has no glyph."""
    folded = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    shown = "".join(char if _drawn(char) else STAND_IN for char in folded if not _hidden(char))
    return _HEAPED.sub(r"\1", shown)


def unprintable(data: object) -> str:
    """The characters that will be drawn as □ in these data (text, lists, mappings), each once, in order."""
    if isinstance(data, str):
        folded = _BLANKS.sub(" ", unicodedata.normalize("NFC", data))
        found = "".join(char for char in folded if not _hidden(char) and not _drawn(char))
    elif isinstance(data, Mapping):
        found = "".join(unprintable(value) for value in data.values())
    else:
        found = "".join(unprintable(value) for value in data) if isinstance(data, list | tuple) else ""
    return "".join(dict.fromkeys(found))


def masked(text: str) -> str:
    """`text` with every whole MAC address reduced to its last two octets (core workflow, section 14)."""
    return _WHOLE_MAC.sub(lambda found: MacAddress.parse(found[0]).masked, text)


def _hidden(char: str) -> bool:
    """Controls and format characters: no ink, and some of them reverse the text that follows."""
    return unicodedata.category(char) in ("Cc", "Cf")


def _drawn(char: str) -> bool:
    point = ord(char)
    return any(low <= point <= high for low, high in _COVERED) and unicodedata.category(char) != "Cn"
