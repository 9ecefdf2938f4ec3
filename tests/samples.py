"""Files as people hand them in."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from pypdf import PdfWriter


@cache
def pdf(pages: int = 1) -> bytes:
    """A plain PDF with so many empty pages."""
    writer, stream = PdfWriter(), BytesIO()
    for _ in range(pages):
        writer.add_blank_page(612, 792)
    writer.write(stream)
    return stream.getvalue()
