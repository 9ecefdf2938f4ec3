"""Read back what was written: text, claims, tags, fonts and colours of a PDF, and the ink of a rendered page."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any

import typst
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from netreg.letters import composing, writer
from netreg.letters.letterhead import Letterhead


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


@lru_cache(maxsize=8)
def pages(pdf: bytes) -> tuple[str, ...]:
    """The text of each page; a test asks its letter for one word after the other."""
    return tuple(page.extract_text() for page in reader(pdf).pages)


def squeezed(text: str) -> str:
    """Without blanks: where a line breaks is the layout's affair."""
    return "".join(text.split())


def says(pdf: bytes, text: str) -> bool:
    return squeezed(text) in squeezed("".join(pages(pdf)))


def root(pdf: bytes) -> Any:
    return reader(pdf).trailer["/Root"]


def claims(pdf: bytes) -> str:
    """The XMP metadata, in which a file claims what it conforms to."""
    return str(root(pdf)["/Metadata"].get_object().get_data().decode())


def nodes(pdf: bytes) -> Iterator[Mapping[str, Any]]:
    """The tags, from the top."""
    waiting = [root(pdf)["/StructTreeRoot"]["/K"]]
    while waiting:
        node = waiting.pop().get_object()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend([node["/K"]] if "/K" in node else [])


def pictures(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height in pixels of every picture, also inside of drawings; a picture shown twice counts once."""
    found: dict[int, tuple[int, int]] = {}
    waiting = [page["/Resources"] for page in reader(pdf).pages]
    while waiting:
        for reference in waiting.pop().get("/XObject", {}).values():
            one = reference.get_object()
            if one["/Subtype"] == "/Image":
                found[reference.idnum] = (int(one["/Width"]), int(one["/Height"]))
            elif "/Resources" in one:
                waiting.append(one["/Resources"].get_object())
    return sorted(found.values())


def tags(pdf: bytes) -> Counter[str]:
    return Counter(str(node["/S"]) for node in nodes(pdf) if "/S" in node)


def spoken(pdf: bytes) -> list[str]:
    """What is read aloud in place of pictures."""
    return [str(node["/Alt"]) for node in nodes(pdf) if "/Alt" in node]


def fonts(pdf: bytes) -> dict[str, bool]:
    """Each font by its name, and whether its outlines lie in the file."""
    found = {}
    for page in reader(pdf).pages:
        for entry in page["/Resources"].get("/Font", {}).values():
            font = entry.get_object()["/DescendantFonts"][0].get_object()
            found[str(font["/BaseFont"])] = any("FontFile" in key for key in font["/FontDescriptor"])
    return found


def inks(page: PageObject) -> set[tuple[float, ...]]:
    """The colours in which text is set."""
    colour: tuple[float, ...] = (0.0,)
    found = set()
    contents = ContentStream(page.get_contents(), page.pdf)
    for operands, operator in contents.operations:
        if operator in (b"sc", b"scn", b"g", b"rg", b"k"):
            colour = tuple(float(one) for one in operands)
        elif operator in (b"Tj", b"TJ"):
            found.add(colour)
    return found


def places(page: PageObject) -> list[tuple[float, float]]:
    """Where each run of text starts, in points from the lower left corner."""
    found = []

    def seen(operator: bytes, _operands: Any, cm: list[float], tm: list[float]) -> None:
        if operator in (b"Tj", b"TJ"):
            found.append((cm[0] * tm[4] + cm[4], cm[3] * tm[5] + cm[5]))

    page.extract_text(visitor_operand_before=seen)
    return found


def margins_are_clean(kind: str, data: Mapping[str, Any], head: Letterhead, *, draft: bool = False) -> bool:
    """Whether no ink stands within a centimetre of the left and right edges of any page, as typst draws them."""
    drawn: Any = typst.compile(
        composing.TEMPLATES / f"{kind}.typ",
        root=composing.TEMPLATES,
        font_paths=composing.fonts(),
        ignore_system_fonts=True,
        format="png",
        ppi=24,
        sys_inputs={"data": json.dumps(writer._sheet(kind, data, head, draft))},
    )
    images = drawn if isinstance(drawn, list) else [drawn]
    return all(not any(row[:9]) and not any(row[-9:]) for image in images for row in _ink(image))


def _ink(png: bytes) -> list[list[bool]]:
    """Which pixels of a PNG (8 bits, RGBA, as typst writes it) are not white."""
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    assert png[24:26] == b"\x08\x06", "RGBA with 8 bits"
    raw, at, chunks = b"", 8, []
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            chunks.append(png[at + 8 : at + 8 + size])
        at += size + 12
    raw = zlib.decompress(b"".join(chunks))
    rows, above = [], bytearray(4 * width)
    for y in range(height):
        line = raw[y * (4 * width + 1) : (y + 1) * (4 * width + 1)]
        above = _unfiltered(line[0], bytearray(line[1:]), above)
        rows.append([min(pixel) < 250 for pixel in zip(above[::4], above[1::4], above[2::4], strict=True)])
    return rows


def _unfiltered(kind: int, line: bytearray, above: bytearray) -> bytearray:
    """One line of a PNG without its filter (PNG specification, section 9)."""
    if kind == 0:
        return line
    for i in range(len(line)):
        left, up, corner = (line[i - 4], above[i], above[i - 4]) if i >= 4 else (0, above[i], 0)
        guess = _paeth(left, up, corner) if kind == 4 else (left, up, (left + up) // 2)[kind - 1]
        line[i] = (line[i] + guess) & 0xFF
    return line


def _paeth(left: int, up: int, corner: int) -> int:
    """Whichever of the three is nearest to left + up - corner, the first of those that are."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
