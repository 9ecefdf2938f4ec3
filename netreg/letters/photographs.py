"""Photographs as letters print them: drawn anew, small, without what a camera writes into its files.

A picture that somebody handed in is read by nobody but the decoders of typst, which are written in a language that
keeps memory whole, and only after its own head said that it is of a size worth decoding. What comes out is a PNG of our
making: no place, no name of a camera, no second picture inside.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import typst

# In pixels. Beyond the most, decoding would take seconds and a gigabyte; a phone makes 12 to 50 million.
WIDE, HIGH, MOST = 400, 300, 50_000_000
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# The frames of a JPEG that say its size (ITU T.81, table B.1), without DHT, JPG and DAC, and those that have no length.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_CANVAS = """#set page(width: auto, height: auto, margin: 0pt)
#context {{
  let natural = measure(image("/{name}", format: "{kind}"))
  let share = calc.min({wide}pt / natural.width, {high}pt / natural.height)
  image("/{name}", format: "{kind}", width: calc.max(1pt, natural.width * share))
}}"""

# Its type hints want a text that is code and the folder of its files to be of one type.
_compiled: Callable[..., bytes] = typst.compile


@lru_cache(maxsize=64)
def drawn(path: Path) -> bytes | None:
    """The JPEG or PNG photograph of this file as a small PNG, or None where it is none that can be drawn.

    One of 12 million pixels takes a third of a second; it is remembered, for a file that is kept never changes.
    """
    content = path.read_bytes()
    kind = "png" if content.startswith(_PNG) else "jpg" if content.startswith(_JPEG) else ""
    wide, high = size(content)
    if not kind or not 0 < wide * high <= MOST:
        return None
    canvas = _CANVAS.format(name=path.name, kind=kind, wide=WIDE, high=HIGH)
    try:
        return _compiled(canvas.encode(), root=path.parent, format="png", ppi=72, ignore_system_fonts=True)
    except typst.TypstError:
        return None


def size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels as the head of a PNG or JPEG says them; (0, 0) for anything else."""
    if content.startswith(_PNG):
        return struct.unpack(">II", content[16:24]) if len(content) >= 24 else (0, 0)
    return _size_of_jpeg(content) if content.startswith(_JPEG) else (0, 0)


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            high, wide = struct.unpack(">HH", content[at + 5 : at + 9])
            return wide, high
        # Between two markers there may be any number of the byte that begins one.
        at += 1 if marker == 0xFF else 2 if marker in _BARE else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return 0, 0
