"""Takes the pictures of the README anew: `make pictures`. An office is made up, served, and looked at in a browser."""

from __future__ import annotations

import struct
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import typst
from playwright.sync_api import sync_playwright

from netreg.procedures import letters
from netreg.procedures.archive import kept
from tests.people import ANA, INES, Member
from tests.portal.house import House, open_house
from tests.portal.test_browser import CHROMIUM, FLAGS

FOLDER = Path(__file__).parent / "pictures"
MOST_BYTES = 150_000
# name -> who looks at what, how wide, how far down, and how many dots a pixel has
PAGES: dict[str, tuple[Member, str, int, int, float]] = {
    "home-of-a-liaison": (ANA, "/", 390, 1000, 1.5),
    "folio": (INES, "/requests/{answered}", 1280, 1180, 1),
    "queue-of-it": (INES, "/", 1280, 860, 1),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with open_house(Path(name), chromium) as house:
            for picture in PAGES:
                keep(picture, photographed(house, picture))
            keep("answer", printed(house, Path(name)))
        chromium.close()


def photographed(house: House, name: str) -> bytes:
    who, path, width, height, scale = PAGES[name]
    page, complaints = house.enter(who, width, height, scale)
    page.goto(house.address + path.format(**vars(house.world)))
    content = page.screenshot()
    if complaints:
        sys.exit(f"{name}: {complaints}")
    page.context.close()
    return content


def printed(house: House, folder: Path) -> bytes:
    """The signed answer, as it was filed."""
    with house.store.reading() as session:
        filed = str(letters.numbered(session)[0].pdf)
    (folder / "answer.pdf").write_bytes(kept(house.store.office.files, filed).read_bytes())
    sheet = folder / "answer.typ"
    sheet.write_text('#set page(width: 8.5in, height: 11in, margin: 0in)\n#image("answer.pdf", width: 100%)')
    drawn = typst.compile(sheet, format="png", ppi=84)
    return drawn[0] if isinstance(drawn, list) else drawn  # type: ignore[return-value]


def keep(name: str, content: bytes) -> None:
    small = with_palette(content)
    if len(small) > MOST_BYTES:
        sys.exit(f"{name}: {len(small)} bytes are too many; show less of the page")
    (FOLDER / f"{name}.png").write_bytes(small)
    print(f"{name}.png: {len(small) // 1000} kB")


# --- a PNG with few colours -----------------------------------------------------------------------------------------


def with_palette(content: bytes) -> bytes:
    """The same picture with its 256 most common colours, each other one as the nearest of them."""
    width, height = struct.unpack(">II", content[16:24])
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
    for i in range(len(line)):
        left, up, corner = (line[i - depth], above[i], above[i - depth]) if i >= depth else (0, above[i], 0)
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda near: abs(guess - near))
        line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF
    return line


if __name__ == "__main__":
    main()
