"""Takes the pictures of the documents: `make pictures` stores them anew, tests/portal/test_pictures.py looks at each.

An office is made up, on a Wednesday that is always the same, served, and looked at in a browser.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import time_machine
import typst
from playwright.sync_api import Browser, Page, sync_playwright

from docs.small_png import with_palette
from netreg.procedures import letters
from netreg.procedures.archive import kept
from tests.people import ALMA, ANA, CARLA, INES, LEON, NADIA, NORA, SOFIA, Member
from tests.portal.house import House, open_house
from tests.portal.test_browser import CHROMIUM, FLAGS

FOLDER = Path(__file__).parent / "pictures"
MOST_BYTES = 100_000
WEDNESDAY = datetime(2026, 11, 25, 17, tzinfo=UTC)
MARGIN = 14
PHONE, DESK = 390, 1000
A_DEVICE = "section[id^=device-]"


class Picture(NamedTuple):
    """Who looks at what: from the first selector to the end of the last; without any, from the top of the page."""

    who: Member | None
    path: str
    width: int
    shows: tuple[str, ...] = ()
    height: int = 0  # in pixels; 0: as high as what it shows
    scale: float = 1  # dots of a pixel


PICTURES = {
    # the README
    "home-of-a-liaison": Picture(ANA, "/", 390, height=1000, scale=1.5),
    "folio": Picture(INES, "/requests/{answered}", 1280, height=1180),
    "queue-of-it": Picture(INES, "/", 1280, height=860),
    # the quick start, and those who ask
    "guide-of-a-phone": Picture(None, "/guide/android", PHONE, ("h1", ".guide-part li >> nth=0")),
    "form-of-a-liaison": Picture(ANA, "/requests/{draft}/correct", PHONE, (".device-row", "main form > .buttons")),
    "state-of-a-request": Picture(ANA, "/requests/{swap}", PHONE, ("h1", ".tiles")),
    "waiting-for-a-liaison": Picture(ANA, "/", PHONE, ("section:has(#chores-title)", "#group-area + .sheet")),
    "returned-request": Picture(ANA, "/requests/{returned}", PHONE, (".notice-danger", ".next-step")),
    "device-of-a-liaison": Picture(ANA, "/devices/{phone}", PHONE, ("h1", "main details >> nth=-1")),
    "list-of-a-liaison": Picture(ANA, "/revalidation/1", PHONE, ("h1", ".list-device >> nth=1")),
    # the desk
    "home-of-the-desk": Picture(SOFIA, "/", DESK, ("h1", "#group-rest + .sheet")),
    "receipt": Picture(SOFIA, "/requests/{support}", DESK, ("h1", ".next-step")),
    "delivery": Picture(SOFIA, "/requests/{delivering}", DESK, (".next-step",)),
    # the coordinator
    "home-of-the-coordinator": Picture(CARLA, "/", DESK, ("h1", "main .sheet:has(table) >> nth=0")),
    "handing-over": Picture(CARLA, "/requests/{received}", DESK, (".next-step",)),
    "review-of-a-letter": Picture(CARLA, "/requests/{review}", DESK, ("h1", ".next-step")),
    "calendar": Picture(CARLA, "/calendar?year=2026", DESK, (".legend", ".month >> nth=5")),
    # IT
    "queue-of-a-unit": Picture(INES, "/requests/queue", DESK, ("h2 >> nth=1", "main .sheet:has(table)")),
    "decision": Picture(INES, "/requests/{late}", DESK, (A_DEVICE, f"{A_DEVICE} >> nth=1")),
    "alert": Picture(INES, "/alerts/{alert}", DESK, ("h1", "main section >> nth=1")),
    "stopped-point": Picture(INES, "/points", DESK, ("main section >> nth=-1",)),
    # who drafts
    "queue-of-drafting": Picture(LEON, "/requests/queue", 1100, ("h2 >> nth=1", "tbody tr >> nth=3")),
    "draft-of-a-letter": Picture(LEON, "/requests/{drafting}", DESK, (".next-step",)),
    "letter-to-sign": Picture(NADIA, "/requests/{issued}", DESK, ("h1", "main .notice")),
    # the auditor
    "chain-check": Picture(ALMA, "/audit/check", DESK, ("h1", ".notice")),
    "audit-row": Picture(ALMA, "/audit/30", DESK, ("h1", "main .sheet >> nth=-1")),
    "report": Picture(ALMA, "/report", DESK, ("h1", ".pictures section >> nth=1")),
    "story-of-a-folio": Picture(ALMA, "/requests/{answered}", DESK, ("h2:has(+ div .story)", ".story li >> nth=6")),
    # the administrator
    "new-person": Picture(NORA, "/people/new", 700, ("h1", ".narrow")),
    "person": Picture(NORA, "/people/{person}", DESK, ("h1", ".tiles >> nth=-1")),
    "areas": Picture(NORA, "/areas", DESK, ("h1", "main details")),
    # a newspaper
    "public-form": Picture(None, "/publico/GCH-CCS-P03", PHONE, ("h1", "main form .field >> nth=2")),
    "public-confirmation": Picture(None, "{to_confirm}", PHONE, ("h1", "main .sheet >> nth=-1")),
    "public-request": Picture(None, "{outside_back}", PHONE, ("h1", ".sheet:has(.story)")),
}  # fmt: skip


@contextmanager
def office(folder: Path, chromium: Browser) -> Iterator[House]:
    """The office that all pictures are taken of; its Wednesday goes on while one looks."""
    with time_machine.travel(WEDNESDAY), open_house(folder, chromium) as house:
        yield house


class Unfit(Exception):
    """The page is not fit for a picture; the words say why."""


def photographed(house: House, picture: Picture) -> bytes:
    """A picture of the page, as a PNG; Unfit where the page complains, is wider than the picture, or shows less."""
    page, complaints = house.enter(picture.who, picture.width, picture.height or 900, picture.scale)
    answer = page.goto(house.address + picture.path.format(**vars(house.world)))
    if answer is None or answer.status != 200:
        raise Unfit(f"{picture.path} answers {answer and answer.status}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > picture.width:
        raise Unfit(f"{picture.path} is {wide} pixels wide and would be cut at the right")
    top, bottom = _cut(page, picture)
    clip = {"x": 0, "y": top, "width": picture.width, "height": bottom - top}
    content = page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    if complaints:
        raise Unfit(f"{picture.path}: {complaints}")
    page.context.close()
    return with_palette(content)


def _cut(page: Page, picture: Picture) -> tuple[float, float]:
    """From which pixel of the page to which; rows end where the next one begins, all else has a margin."""
    if not picture.shows:
        return 0, picture.height
    boxes = [page.locator(one).first.bounding_box() for one in picture.shows]
    first, last = boxes[0], boxes[-1]
    if first is None or last is None:
        raise Unfit(f"{picture.path} does not show all of {picture.shows}")
    row = page.locator(picture.shows[-1]).first.evaluate("one => one.matches('tr, li')")
    return first["y"] - MARGIN, last["y"] + last["height"] + (0 if row else MARGIN)


def printed(house: House, folder: Path) -> bytes:
    """The signed answer, as it was filed."""
    with house.store.reading() as session:
        filed = str(letters.numbered(session)[0].pdf)
    (folder / "answer.pdf").write_bytes(kept(house.store.office.files, filed).read_bytes())
    sheet = folder / "answer.typ"
    sheet.write_text('#set page(width: 8.5in, height: 11in, margin: 0in)\n#image("answer.pdf", width: 100%)')
    drawn = typst.compile(sheet, format="png", ppi=84)
    return with_palette(drawn[0] if isinstance(drawn, list) else drawn)


def main(names: list[str]) -> None:
    """Store the pictures of these names, or all of them."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with office(Path(name), chromium) as house:
            for one in names or PICTURES:
                _keep(one, photographed(house, PICTURES[one]))
            if not names:
                _keep("answer", printed(house, Path(name)))
        chromium.close()


def _keep(name: str, content: bytes) -> None:
    if len(content) > MOST_BYTES:
        sys.exit(f"{name}: {len(content)} bytes are too many; show less of the page")
    (FOLDER / f"{name}.png").write_bytes(content)
    print(f"{name}.png: {len(content) // 1000} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
