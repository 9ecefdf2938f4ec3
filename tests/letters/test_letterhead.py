"""A letterhead is what the town hall set; a setting that cannot be printed is refused by its name."""

from __future__ import annotations

import struct
import zlib
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.letters.letterhead import Letterhead, contrast_on_white
from tests.letters.reading import reader, says, spoken
from tests.letters.samples import HEAD, turn, written


def png() -> bytes:
    """A black square, as small as a PNG can be."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'


@pytest.mark.parametrize("crest", [None, SVG, png(), '<?xml version="1.0"?>\n<!DOCTYPE svg>' + SVG])
def test_a_crest_may_be_ours_an_svg_or_a_png(crest: str | bytes | None) -> None:
    pdf = written("turn", turn(), replace(HEAD, crest=crest))
    assert spoken(pdf) == [f"Escudo de {HEAD.municipality}"]
    assert len(reader(pdf).pages[0].images) == isinstance(crest, bytes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("municipality", " "),
        ("primary", "red"),
        ("secondary", "#12345"),
        ("primary", "#12345g\n"),
        ("crest", "no drawing"),
        ("crest", b"GIF89a"),
        ("crest", "<svg>" + " " * 1024 * 1024),
        ("crest", '<svg><image\nxlink:href="file:///etc/passwd"/></svg>'),
        ("number_prefix", ""),
        ("number_prefix", "CGDI 2026\n"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_its_name(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        replace(HEAD, **{field: value})
    assert (refused.value.code, refused.value.field) == ("letterhead", field)


def test_numbers_start_with_the_prefix_of_the_office() -> None:
    assert HEAD.letter_number(123, 2026) == "CGDI/0123/2026"
    assert HEAD.letter_number(12345, 2026) == "CGDI/12345/2026"


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_the_ink_can_always_be_read_on_paper(colour: str) -> None:
    assert contrast_on_white(replace(HEAD, primary=colour).ink) >= 4.5


def test_black_white_and_between() -> None:
    assert contrast_on_white("#000000") == pytest.approx(21)
    assert contrast_on_white("#ffffff") == pytest.approx(1)
    assert replace(HEAD, primary="#5d1f33").ink == "#5d1f33" and replace(HEAD, primary="#ffcc00").ink == "#000000"


def test_what_is_not_set_leaves_no_trace() -> None:
    pdf = written("turn", turn(), Letterhead())
    assert not any(says(pdf, trace) for trace in ("“", "·", "None"))


def test_hostile_settings_are_printed_and_not_run() -> None:
    name = 'H. Ayunt. #eval("1") *x* <b>'
    pdf = written("turn", turn(), replace(HEAD, municipality=name, slogan="$y$ @z", address=("#w",)))
    assert says(pdf, name) and says(pdf, "“$y$ @z”") and says(pdf, "#w")


def test_a_letterhead_does_not_change_under_a_letter() -> None:
    with pytest.raises(FrozenInstanceError):
        HEAD.unit = "otra"  # type: ignore[misc]
