"""What the documents name exists: links, tests, addresses of pages, and the words of the program that they quote."""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SPANISH = sorted((ROOT / "docs" / "es").glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HOLE = re.compile(r"%\(\w+\)[sd]|\{[^}]*\}|\x00")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchor(heading: str) -> str:
    """The anchor that a heading gets where Markdown is shown."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*_]", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", plain)).replace(" ", "-")


@cache
def anchors(path: Path) -> frozenset[str]:
    return frozenset(anchor(line) for line in re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Path) -> None:
    lost = []
    for first, second in LINK.findall(FENCE.sub("", document.read_text())):
        address, _hash, heading = (first or second).partition("#")
        target = (document.parent / address).resolve() if address else document
        if re.match(r"[a-z]+:", address):
            continue
        if not target.exists() or (heading and heading not in anchors(target)):
            lost.append(first or second)
    assert not lost, f"{name_of(document)} leads nowhere with {lost}: mend the link or write what it promises"


@pytest.mark.parametrize("folder", ["docs", "docs/es"])
def test_every_document_stands_in_the_index_of_its_folder(folder: str) -> None:
    index = (ROOT / folder / "README.md").read_text()
    missing = [
        one.name for one in (ROOT / folder).glob("*.md") if one.name != "README.md" and f"({one.name})" not in index
    ]
    assert not missing, f"{folder}/README.md says nothing of {missing}"


def test_every_test_that_the_security_page_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 40, "docs/security.md names its tests as `tests/file.py::test_name`"
    lost = [f"{file}::{test}" for file, test in named if not _holds(ROOT / file, test)]
    assert not lost, f"docs/security.md claims tests that there are not: {lost}"
    assert not re.findall(r"(?<!::)\btest_\w+\b(?!\.py)", re.sub(r"`tests/[^`]+`", "", text)), (
        "a test is named without its file"
    )


def _holds(file: Path, test: str) -> bool:
    return file.is_file() and (
        not test or re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE) is not None
    )


def test_every_address_of_a_page_that_a_document_names_exists() -> None:
    named = {(name_of(one), address) for one in SPANISH for address in re.findall(r"`(/[\w/.-]*)`", one.read_text())}
    assert named, "the Spanish pages name addresses of pages as `/address`"
    lost = {one for one in named if not any(rule.fullmatch(one[1]) for rule in _addresses())}
    assert not lost, f"no page answers there: {sorted(lost)}"


@cache
def _addresses() -> tuple[re.Pattern[str], ...]:
    """The addresses that the views answer to, as they are written there."""
    found = []
    for path in sorted((ROOT / "portal").rglob("*.py")):
        text = path.read_text()
        prefix = (*re.findall(r"^pages = Blueprint\(.*url_prefix=\"([^\"]+)\"", text, re.MULTILINE), "")[0]
        found += [
            prefix + rule for rule in re.findall(r"^@pages\.(?:get|post|route)\(\"([^\"]*)\"", text, re.MULTILINE)
        ]
    return tuple(
        re.compile("[^/]+".join(map(re.escape, re.split(r"<[^>]+>", one.rstrip("/")))) + "/?") for one in found
    )


# What the Spanish pages quote: **a button**, «what a page says», and > the sentence of a refusal.
@pytest.mark.parametrize("document", SPANISH, ids=name_of)
def test_what_the_spanish_pages_quote_the_program_says(document: Path) -> None:
    text = FENCE.sub("", document.read_text())
    text, refusals = re.sub(r"^> .*$", "", text, flags=re.MULTILINE), re.findall(r"^> (.+)$", text, re.MULTILINE)
    quoted = [
        " ".join(one.split()) for one in re.findall(r"\*\*(.+?)\*\*|«(.+?)»", text, re.DOTALL) for one in one if one
    ]
    lost = [one for one in quoted if not _shown(one)] + [one for one in refusals if not _refused(one)]
    assert not lost, f"{name_of(document)} quotes what no page says: {lost}; copy the words from the page"


def _shown(words: str) -> bool:
    return words in _texts() or any(shape.fullmatch(words) for shape in _shapes())


def _refused(sentence: str) -> bool:
    """Whether a refusal is a sentence of ours, or a sentence and its next step."""
    if _shown(sentence):
        return True
    return any(
        _shown(sentence[: at.start()]) and _shown(sentence[at.end() :]) for at in re.finditer(r"(?<=[.?!]) ", sentence)
    )


@cache
def _texts() -> frozenset[str]:
    """Every text that pages, refusals and procedures may show in Spanish."""
    return frozenset(" ".join(one.split()) for one in (*_of_pages(), *_of_code(), *_of_procedures()))


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    """Texts with something to fill in, which ends with its sentence; one that is little else would pass anything."""
    holed = (one for one in _texts() if HOLE.search(one) and len(re.sub(r"\W", "", HOLE.sub("", one))) >= 5)
    return tuple(re.compile("[^.;?!]+".join(map(re.escape, HOLE.split(one)))) for one in holed)


def _of_pages() -> Iterator[str]:
    for path in (ROOT / "portal" / "templates").rglob("*.html"):
        yield from re.findall(r"_\(\"([^\"]+)\"", path.read_text())


def _of_code() -> Iterator[str]:
    for room in ("netreg", "portal"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
                elif isinstance(node, ast.JoinedStr):
                    yield "".join(str(one.value) if isinstance(one, ast.Constant) else "\x00" for one in node.values)


def _of_procedures() -> Iterator[str]:
    for path in (ROOT / "netreg").rglob("*.toml"):
        yield from _strings(tomllib.loads(path.read_text()))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)
