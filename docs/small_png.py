"""A PNG with few colours, for pictures that stand in documents."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator


def size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG in dots."""
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def with_palette(content: bytes) -> bytes:
    """The same picture with its 256 most common colours, each other one as the nearest of them."""
    width, height = size(content)
    rows = list(_rows(content, width))
    counted = Counter(pixel for row in rows for pixel in row)
    palette = [colour for colour, _times in counted.most_common(256)]
    place = {colour: number for number, colour in enumerate(palette)}
    for colour in counted:
        if colour not in place:
            place[colour] = min(range(len(palette)), key=lambda n: _distance(palette[n], colour))
    lines = b"".join(b"\0" + bytes(place[pixel] for pixel in row) for row in rows)
    return (
        content[:8]
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", b"".join(palette))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(content: bytes, width: int) -> Iterator[list[bytes]]:
    """The pixels of a PNG with 8 bits a channel, with or without transparency, line by line."""
    depth = {2: 3, 6: 4}[content[25]]
    raw = zlib.decompress(b"".join(data for kind, data in _chunks(content) if kind == b"IDAT"))
    above, size = bytearray(depth * width), depth * width + 1
    for start in range(0, len(raw), size):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + size]), above, depth)
        yield [bytes(above[x : x + 3]) for x in range(0, depth * width, depth)]


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, line: bytearray, above: bytearray, depth: int) -> bytearray:
    """One line of a PNG without its filter (PNG specification, section 9)."""
    if kind == 2:  # by far the commonest, and quick
        return bytearray((one + up) & 0xFF for one, up in zip(line, above, strict=True)) if any(line) else above
    for i in range(len(line) if kind else 0):
        left, up, corner = (line[i - depth], above[i], above[i - depth]) if i >= depth else (0, above[i], 0)
        if kind == 4:
            line[i] = (line[i] + _paeth(left, up, corner)) & 0xFF
        else:
            line[i] = (line[i] + (left if kind == 1 else (left + up) // 2)) & 0xFF
    return line


def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
