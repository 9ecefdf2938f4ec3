"""Pictures of figures: nothing leaves the frame, nothing hostile gets in, and no colour has to be told from another."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.procedures import pictures
from netreg.procedures.pictures import INK, PAPER, SOLID, WIDTH, Picture, Series, bars, columns, round_up

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.none() | st.integers(0, 5000) | st.decimals(0, 900, places=1)


def picture(
    *series: tuple[int | Decimal | None, ...], label: str = "Obras Públicas", limit: int | None = None
) -> Picture:
    named = tuple(Series(f"serie {number}", values) for number, values in enumerate(series))
    return Picture("prueba", "Título", "Lo que dice", (label,) * len(series[0]), named, limit)


def drawn(svg: str) -> list[ElementTree.Element]:
    """The columns or bars, without the legend."""
    found = ElementTree.fromstring(svg).findall(f"{SVG}rect")
    return [one for one in found if one.get("class") and not (one.get("width") == one.get("height") == "12.0")]


@pytest.mark.parametrize("draw", [columns, bars])
@given(rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12), limit=st.none() | st.integers(1, 100))
def test_everything_stays_inside_and_whatever_is_there_is_seen(draw, rows, limit) -> None:  # type: ignore[no-untyped-def]
    svg = draw(picture(*zip(*rows, strict=True), limit=limit))
    height = float(svg.split('viewBox="')[1].split('"')[0].split()[3])
    boxes = drawn(svg)
    assert len(boxes) == sum(1 for row in rows for value in row if value)
    for box in boxes:
        x, y, wide, tall = (float(str(box.get(name))) for name in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + wide <= WIDTH and y + tall <= height and wide > 0 and tall > 0


@pytest.mark.parametrize("draw", [columns, bars])
def test_a_hostile_name_is_text(draw) -> None:  # type: ignore[no-untyped-def]
    nasty = "<script>alert(1)</script>\"'&"
    svg = draw(Picture("a", nasty, nasty, (nasty,), (Series(nasty, (1,)),)))
    root = ElementTree.fromstring(svg)
    assert not [one for one in root.iter() if one.tag.endswith("script")]
    assert root.findtext(f"{SVG}title") == nasty and "onload" not in svg


def test_it_says_what_it_is_to_whoever_does_not_see_it() -> None:
    root = ElementTree.fromstring(columns(picture((1, 2))))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "prueba-title prueba-told")
    assert root.find(f"{SVG}title").get("id") == "prueba-title"  # type: ignore[union-attr]
    assert root.findtext(f"{SVG}desc") == "Lo que dice"


def test_the_second_series_is_hatched_and_every_ink_is_read_on_the_picture_s_own_ground() -> None:
    svg = columns(picture((3,), (2,)))
    first, second = drawn(svg)
    assert first.get("fill") == SOLID and second.get("fill") == "url(#prueba-hatch)"
    assert f'fill="{PAPER}"' in svg.split("</defs>")[1].split("/>")[0], "a ground of its own, on a dark page too"
    assert contrast(INK, PAPER) >= 7 and contrast(SOLID, PAPER) >= 4.5
    assert not re.search(r"style=|<style", svg), "the page forbids styles in the text"


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_to_draw_is_known_beforehand() -> None:
    assert picture((0, None)).is_empty and not picture((0, 1)).is_empty


def test_long_names_are_cut_in_the_picture_alone() -> None:
    svg = bars(picture((1,), label="Dirección General de Servicios Públicos y Medio Ambiente Municipal"))
    assert "…" in svg and max(len(one) for one in re.findall(r">([^<]+)</text>", svg)) <= pictures.LETTERS


@given(st.integers(0, 10**6))
def test_a_scale_ends_at_an_even_round_number_not_far_above(most: int) -> None:
    top = round_up(most)
    assert top >= most and top % 2 == 0 and (top <= 2.5 * most or top == 2)
