"""Files as people hand them in."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

from pypdf import PdfWriter

from netreg.procedures import catalogue


@cache
def pdf(pages: int = 1) -> bytes:
    """A plain PDF with so many empty pages."""
    writer, stream = PdfWriter(), BytesIO()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    writer.write(stream)
    return stream.getvalue()


# 48 pixels wide and 24 high: red at the left, blue at the right.
_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8yb"
    "qmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAY"
    "ADADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAABAUD/8"
    "QAGBEBAQADAAAAAAAAAAAAAAAAAARBQoH/2gAMAwEAAhEDEQA/AJgGCsJlKY6PbgVeAA8NSAhLImA6PbgVeAA8N//Z"
)
_TURNED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"


def jpeg(*, turned: bool = False) -> bytes:
    """A photograph; `turned` as a phone held upright writes it, with the place where it was taken in a comment."""
    notes = ((0xE1, _TURNED), (0xFE, b"19.2647,-98.8975")) if turned else ()
    said = b"".join(struct.pack(">BBH", 0xFF, mark, len(note) + 2) + note for mark, note in notes)
    return _JPEG[:2] + said + _JPEG[2:]


def png(wide: int, high: int, *, said: tuple[int, int] | None = None) -> bytes:
    """A grey picture of this size; `said` is another size that its head claims."""
    head = struct.pack(">IIBBBBB", *(said or (wide, high)), 8, 0, 0, 0, 0)
    body = zlib.compress((b"\0" + b"\x90" * wide) * high)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def own_definition(folder: Path, code: str = "SMA-P06") -> str:
    """A procedure that only this office has, put into its folder: what a neighbour's manual says, by another name."""
    ours = catalogue.procedure("GCH-CCS-P06").source_text
    text = ours.replace("GCH-CCS-P06", code).replace('short_es = "Material gráfico"', 'short_es = "Carteles de aquí"')
    (folder / f"{code}.toml").write_text(text, encoding="utf-8")
    return code
