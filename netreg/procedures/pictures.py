"""Figures as pictures: columns side by side, or bars one below the other, as one SVG element.

A picture says no more than the table beside it. It brings its own white ground and its own ink, and the second of two
series is hatched, so that it reads the same on a light page, on a dark one, and printed in black. A style sheet may
colour it by its classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import NamedTuple

Value = int | Decimal | None

WIDTH, LEFT, RIGHT, HEAD, PLOT, FOOT = 360, 40, 6, 30, 130, 26
LABEL, BAR, GAP, TAIL = 16, 11, 9, 48
LETTERS = 50
INK, SOLID, LINE, PAPER = "#2b2326", "#444444", "#c9bfae", "#ffffff"


class Series(NamedTuple):
    """One number of each thing shown; None where there is nothing to show."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown: `name` is its id on the page, `told` what it says to whoever does not see it.

    One or two series, each with a value for every label. `limit` is a value that nothing should exceed.
    """

    name: str
    title: str
    told: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    limit: int | None = None

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)

    @property
    def top(self) -> int:
        """Where the scale ends."""
        values = [value for one in self.series for value in one.values if value is not None]
        return round_up(max([*values, self.limit or 0], default=0))


def round_up(most: int | Decimal) -> int:
    """The next even round number, so that half of it is a whole one."""
    size = 1
    while True:
        for factor in (2, 4, 10):
            if size * factor >= most:
                return size * factor
        size *= 10


# --- columns --------------------------------------------------------------------------------------------------------


def columns(picture: Picture) -> str:
    """The series as columns side by side, a group for each label."""
    base, top = HEAD + PLOT, picture.top
    step = (WIDTH - LEFT - RIGHT) / max(1, len(picture.labels))
    parts = [*_scale(top, base)]
    for place, label in enumerate(picture.labels):
        left = LEFT + place * step
        parts += _group(picture, place, left, step, base)
        parts.append(_text(left + step / 2, base + 15, label, "middle"))
    parts += _limit(picture, base)
    return _svg(picture, base + FOOT, parts)


def _scale(top: int, base: int) -> Iterator[str]:
    for value in (0, top // 2, top):
        y = base - _length(value, top, PLOT)
        yield f'<line class="picture-line" x1="{LEFT}" x2="{WIDTH}" y1="{y:g}" y2="{y:g}" stroke="{LINE}"/>'
        yield _text(LEFT - 6, y + 4, str(value), "end")


def _limit(picture: Picture, base: int) -> Iterator[str]:
    """A line across at what should not be exceeded, its label on ground of its own before the columns."""
    if picture.limit is None:
        return
    y, label = base - _length(picture.limit, picture.top, PLOT), f"{picture.limit} h"
    wide = 7 * len(label) + 4
    yield f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:g}" y2="{y:g}" stroke="{INK}" stroke-dasharray="5 3"/>'
    yield f'<rect x="{WIDTH - wide}" y="{y - 15:g}" width="{wide}" height="13" fill="{PAPER}" fill-opacity="0.85"/>'
    yield _text(WIDTH, y - 4, label, "end")


def _group(picture: Picture, place: int, left: float, step: float, base: int) -> Iterator[str]:
    wide = min((step - 5) / len(picture.series), 30)
    start = left + (step - wide * len(picture.series)) / 2
    for number, series in enumerate(picture.series):
        tall = _length(series.values[place], picture.top, PLOT)
        if tall:
            yield _box(picture, number, start + number * wide, base - tall, wide - 1, tall)


# --- bars -----------------------------------------------------------------------------------------------------------


def bars(picture: Picture) -> str:
    """The series as bars that lie, below the label of each; the value stands at the end of its bar."""
    y, parts = HEAD, list[str]()
    for place, label in enumerate(picture.labels):
        parts.append(_text(0, y + 11, _cut(label)))
        y += LABEL
        for number, series in enumerate(picture.series):
            value = series.values[place]
            long = _length(value, picture.top, WIDTH - TAIL)
            parts.append(_box(picture, number, 0, y, long, BAR - 2) if long else "")
            parts.append(_text(long + 5, y + 9, "—" if value is None else str(value)))
            y += BAR
        y += GAP
    return _svg(picture, y, parts)


def _cut(label: str) -> str:
    return label if len(label) <= LETTERS else f"{label[: LETTERS - 1]}…"


# --- both -----------------------------------------------------------------------------------------------------------


def _length(value: Value, top: int, most: int) -> float:
    """Never nothing for something: one beside a thousand is still seen."""
    return max(round(float(value) * most / top, 1), 2) if value else 0


def _box(picture: Picture, number: int, x: float, y: float, wide: float, tall: float) -> str:
    kind, fill = ("second", f"url(#{picture.name}-hatch)") if number else ("first", SOLID)
    return (
        f'<rect class="picture-{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{fill}" '
        f'stroke="{INK}" stroke-width="0.8"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" text-anchor="{anchor}">{escape(text)}</text>'


def _legend(picture: Picture) -> Iterator[str]:
    x = 0.0
    for number, series in enumerate(picture.series):
        yield _box(picture, number, x + 0.5, 2.5, 12, 12)
        yield _text(x + 18, 13, series.name)
        x += 34 + 6.6 * len(series.name)


def _svg(picture: Picture, height: float, parts: Sequence[str]) -> str:
    name = picture.name
    return "".join((
        f'<svg class="picture" viewBox="-4 0 {WIDTH + 8} {height:g}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'aria-labelledby="{name}-title {name}-told" font-family="sans-serif" font-size="12">',
        f'<title id="{name}-title">{escape(picture.title)}</title><desc id="{name}-told">{escape(picture.told)}</desc>',
        f'<defs><pattern id="{name}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{PAPER}"/>'
        f'<line x1="0" y1="0" x2="0" y2="5" stroke="{INK}" stroke-width="3"/></pattern></defs>',
        f'<rect x="-4" y="0" width="{WIDTH + 8}" height="{height:g}" fill="{PAPER}"/>',
        *_legend(picture), *parts, "</svg>",
    ))  # fmt: skip
