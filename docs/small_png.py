"""A PNG with few colours, for pictures that stand in documents."""

from __future__ import annotations

import struct
import sys
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
    counted: Counter[int] = Counter()
    for row in rows:
        counted.update(row)
    place = {colour: number for number, (colour, _times) in enumerate(counted.most_common(256))}
    palette = [_channels(colour) for colour in place]
    for colour in counted.keys() - place.keys():
        place[colour] = _nearest(palette, *_channels(colour))
    lines = b"".join(b"\0" + bytes(map(place.__getitem__, row)) for row in rows)
    return (
        content[:8]
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", b"".join(map(bytes, palette)))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _channels(colour: int) -> tuple[int, int, int]:
    red, green, blue, _none = colour.to_bytes(4, sys.byteorder)
    return red, green, blue


def _nearest(palette: list[tuple[int, int, int]], red: int, green: int, blue: int) -> int:
    away = [(red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2 for r, g, b in palette]
    return away.index(min(away))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(content: bytes, width: int) -> Iterator[memoryview]:
    """The pixels of a PNG with 8 bits a channel, with or without transparency, line by line; a number for each."""
    depth = {2: 3, 6: 4}[content[25]]
    raw = zlib.decompress(b"".join(data for kind, data in _chunks(content) if kind == b"IDAT"))
    above, size = bytearray(depth * width), depth * width + 1
    for start in range(0, len(raw), size):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + size]), above, depth)
        pixels = bytearray(4 * width)
        for channel in range(3):
            pixels[channel::4] = above[channel::depth]
        yield memoryview(pixels).cast("I")


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
    for channel in range(depth if kind else 0):
        left = corner = 0
        for i in range(channel, len(line), depth):
            up = above[i]
            line[i] = left = (line[i] + _expected(kind, left, up, corner)) & 0xFF
            corner = up
    return line


def _expected(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        return _paeth(left, up, corner)
    return left if kind == 1 else (left + up) // 2


def _paeth(left: int, up: int, corner: int) -> int:
    if left == corner:  # on a plane, which a page mostly is
        return up
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
