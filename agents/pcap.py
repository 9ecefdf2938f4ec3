"""The frames of a capture file, as tcpdump (pcap) and Wireshark (pcapng) write them.

Raises nothing for a file that ends in the middle: what was whole is given, and `cut` says so. A file that is none, or
holds something else than Ethernet, is refused before anything is given.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from netreg.errors import InvalidValue

_ETHERNET = 1
# pcap: the first bytes tell the order of the others, and whether the fraction counts micro- or nanoseconds.
_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9), b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}  # fmt: skip
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_ORDER = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_RESOLUTION, _END_OF_OPTIONS = 9, 0
# No frame is longer; a record that says so was not written by a capture.
LONGEST = 262_144
# The year 10000: a clock that says so says nothing, and no date could be made of it.
_NEVER = 253_402_300_800.0
# What stands before each frame of a pcap.
RECORD = 16


class Capture:
    """An open capture file. Iterate over it for (seconds since 1970, frame), from `start` on; `close` it.

    `data` are its bytes. Of a pcap, `order` and `unit` say how its numbers are written and how many seconds a fraction
    is worth; both are None for a pcapng.
    """

    def __init__(self, path: Path) -> None:
        """Raises InvalidValue for a file that is not such a capture, OSError for one that cannot be read."""
        self.path, self.cut, self.start = path, False, 24
        self.order: str | None = None
        self.unit: float | None = None
        with path.open("rb") as file:
            if path.stat().st_size < 24:
                raise self._none("está vacía", "it is empty")
            self.data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        magic = bytes(self.data[:4])
        if magic in _MAGIC:
            self.order, self.unit = _MAGIC[magic]
            (kind,) = struct.unpack_from(self.order + "I", self.data, 20)
            self._check_ethernet(kind & 0xFFFF)
        elif magic != _PCAPNG:
            raise self._none("empieza como otra cosa", "it begins like something else")

    def close(self) -> None:
        self.data.close()

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        if self.order is None or self.unit is None:
            return self._of_pcapng()
        return self._of_pcap(self.order, self.unit)

    def _of_pcap(self, order: str, unit: float) -> Iterator[tuple[float, bytes]]:
        data, end, at = self.data, len(self.data), self.start
        head = struct.Struct(order + "III4x").unpack_from
        while at + RECORD <= end:
            seconds, fraction, size = head(data, at)
            at += RECORD
            if size > LONGEST or at + size > end:
                break
            yield seconds + fraction * unit, data[at : at + size]
            at += size
        self.cut = at != end

    def _of_pcapng(self) -> Iterator[tuple[float, bytes]]:
        data, end, at, order = self.data, len(self.data), 0, "<"
        units: list[float] = []
        while at + 12 <= end:
            kind = struct.unpack_from(order + "I", data, at)[0]
            if kind == _SECTION:
                order, units = _ORDER.get(data[at + 8 : at + 12], ""), []
            size = struct.unpack_from(order + "I", data, at + 4)[0] if order else 0
            if size < 12 or size % 4 or at + size > end:
                break
            if kind == _INTERFACE and size >= 20:
                self._check_ethernet(struct.unpack_from(order + "H", data, at + 8)[0])
                units.append(_unit(data[at + 16 : at + size - 4], order))
            elif kind == _PACKET and size >= 32:
                yield from _packet(data[at + 8 : at + size - 4], order, units)
            at += size
        self.cut = at != end

    def _check_ethernet(self, kind: int) -> None:
        if kind != _ETHERNET:
            raise self._none(
                f"sus tramas no son Ethernet (tipo {kind})", f"its frames are not Ethernet (link type {kind})"
            )

    def _none(self, spanish: str, english: str) -> InvalidValue:
        return InvalidValue(
            f"«{self.path.name}» no es una captura que netreg sepa leer: {spanish}.",
            f"“{self.path.name}” is no capture that netreg can read: {english}.",
            code="E_CAPTURE",
            field="pcap",
            hint="Haga una con tcpdump -w o con Wireshark.",
            hint_en="Make one with tcpdump -w or with Wireshark.",
        )


def _packet(block: bytes, order: str, units: list[float]) -> Iterator[tuple[float, bytes]]:
    interface, high, low, size = struct.unpack_from(order + "IIII", block)
    if interface < len(units) and size <= len(block) - 20:
        at = ((high << 32) | low) * units[interface]
        yield at if at < _NEVER else 0.0, block[20 : 20 + size]


def _unit(options: bytes, order: str) -> float:
    """Seconds that one count of an interface's clock takes; microseconds where it does not say."""
    at = 0
    while at + 5 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        if code == _END_OF_OPTIONS:
            break
        if code == _RESOLUTION and size == 1:
            power = options[at + 4]
            return float(2.0 ** -(power & 0x7F)) if power & 0x80 else float(10.0**-power)
        at += 4 + (size + 3) // 4 * 4
    return 1e-6
