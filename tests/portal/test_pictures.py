"""The pictures of the documents: each can be taken of the furnished office, and is stored, named and small."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from docs.pictures import DESK, FOLDER, MOST_BYTES, PHONE, PICTURES, office, photographed, printed
from docs.small_png import size
from tests.portal.house import House
from tests.portal.test_browser import chromium
from tests.test_docs import DOCUMENTS, ROOT, SPANISH, name_of

__all__ = ["chromium"]
ALL_BYTES = 2_500_000
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)|<img src=\"([^\"]+)\" alt=\"([^\"]*)\"")


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One office for all of these pictures; its clock stands on the Wednesday that they were stored on."""
    with office(tmp_path_factory.mktemp("house"), chromium) as house:
        yield house


def images(document: Path) -> dict[Path, str]:
    """The pictures a document shows, and what each says to whoever does not see it."""
    found = (one.groups() for one in IMAGE.finditer(document.read_text(encoding="utf-8")))
    return {(document.parent / (path or other)).resolve(): alt or words for words, path, other, alt in found}


def shown() -> dict[Path, str]:
    return {path: words for document in DOCUMENTS for path, words in images(document).items()}


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_can_be_taken_and_is_the_size_of_the_stored_one(house: House, name: str) -> None:
    picture = PICTURES[name]
    taken = photographed(house, picture)
    stored = (FOLDER / f"{name}.png").read_bytes()
    assert len(taken) <= MOST_BYTES, "show less of the page"
    assert size(taken)[0] == size(stored)[0] == picture.width * picture.scale, "`make pictures` stores it anew"
    if picture.height:
        assert size(taken)[1] == size(stored)[1] == picture.height * picture.scale, "`make pictures` stores it anew"


@pytest.mark.browser
@pytest.mark.long
def test_the_signed_answer_can_be_printed_as_it_is_stored(house: House, tmp_path: Path) -> None:
    assert size(printed(house, tmp_path)) == size((FOLDER / "answer.png").read_bytes())


def test_every_stored_picture_stands_in_a_document_and_in_the_table_and_is_small() -> None:
    stored = {path.resolve() for path in (ROOT / "docs").rglob("*.png")}
    assert stored == set(shown()), "a document names no such picture, or nobody names one that is there"
    assert {path.stem for path in stored} == {*PICTURES, "answer"}, "docs/pictures.py takes every picture there is"
    assert max(path.stat().st_size for path in stored) <= MOST_BYTES
    assert sum(path.stat().st_size for path in stored) <= ALL_BYTES


def test_every_picture_says_in_words_what_is_to_be_seen() -> None:
    dumb = [path.name for path, words in shown().items() if len(" ".join(words.split())) < 40]
    assert not dumb, f"write what is to be seen into the square brackets of {dumb}"


@pytest.mark.parametrize("document", [one for one in SPANISH if one.name != "README.md"], ids=name_of)
def test_each_handbook_has_two_to_four_pictures_of_its_own(document: Path) -> None:
    assert 2 <= len(images(document)) <= 4
    widths = {size(path.read_bytes())[0] for path in images(document)}
    on_a_phone = document.stem in ("guia-rapida", "enlace-y-titular", "prensa")
    assert widths <= ({PHONE, 585} if on_a_phone else {700, DESK, 1100}), "areas and newspapers have a phone at hand"
