"""Photographs as letters print them: small, upright, and with nothing in them but the picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netreg.letters import photographs
from netreg.letters.photographs import HIGH, WIDE
from tests.samples import jpeg, pdf, png


def drawn(folder: Path, content: bytes) -> bytes | None:
    path = folder / f"{abs(hash(content)):x}"
    path.write_bytes(content)
    return photographs.drawn(path)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(2000, 1500), (400, 300)), (png(300, 900), (100, 300)), (png(4000, 10), (400, 1)),
        (jpeg(), (400, 200)), (jpeg(turned=True), (150, 300)), (png(1, 1), (300, 300)),
    ],
    ids=["wide", "tall", "strip", "jpeg", "upright", "dot"],
)  # fmt: skip
def test_a_photograph_is_drawn_as_a_small_picture_the_right_way_up(
    tmp_path: Path, content: bytes, size: tuple[int, int]
) -> None:
    made = drawn(tmp_path, content)
    assert made is not None and photographs.size(made) == size
    assert size[0] <= WIDE and size[1] <= HIGH


def test_what_a_camera_wrote_beside_the_picture_is_not_in_it(tmp_path: Path) -> None:
    made = drawn(tmp_path, jpeg(turned=True))
    assert made is not None and b"19.2647" not in made and b"Exif" not in made


def test_the_same_photograph_is_the_same_picture(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert drawn(tmp_path, jpeg()) == drawn(tmp_path / "other", jpeg())


@pytest.mark.parametrize(
    "content",
    [
        b"", pdf(), b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", jpeg()[:200], png(9, 9)[:40], b"GIF89a" + b"\0" * 40,
        png(2, 2, said=(60000, 60000)), png(2, 2, said=(0, 7)), b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["nothing", "pdf", "jpeg-head", "png-head", "half-jpeg", "half-png", "gif", "bomb", "flat", "svg"],
)  # fmt: skip
def test_what_cannot_be_drawn_is_no_photograph_and_breaks_nothing(tmp_path: Path, content: bytes) -> None:
    assert drawn(tmp_path, content) is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_head_of_a_picture_breaks_the_reading_of_its_size(tail: bytes) -> None:
    for head in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""):
        wide, high = photographs.size(head + tail)
        assert wide >= 0 and high >= 0
