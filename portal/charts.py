"""Where the bars of a chart stand. The template draws them: no script, and each number is in a table beside it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from netreg.procedures.pictures import round_up
from netreg.registry.days import Figure

HEIGHT, LEFT, TOP, FOOT = 200, 64, 14, 34
# A bar with the gap beside it, so that 30 days and 90 both fill the page.
_WIDTHS = {30: 18, 90: 7}
_LABELS = 5


class Bar(NamedTuple):
    """One day: registered devices at the foot, unregistered ones above; lengths in units of the picture."""

    day: date
    x: int
    width: int
    known: int
    unknown: int
    counted: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture. `lines` are the values with a line across, and where; `labels` the days named beneath."""

    width: int
    height: int
    base: int
    bars: list[Bar]
    lines: list[tuple[int, int]]
    labels: list[Bar]


def of_days(figures: Mapping[date, Figure | None]) -> Chart:
    """The chart of some days in order; a day without a figure has no bar."""
    step = _WIDTHS.get(len(figures), 7)
    top = round_up(max((one.known + one.unknown for one in figures.values() if one), default=0))
    bars = [_bar(day, one, LEFT + place * step, step, top) for place, (day, one) in enumerate(figures.items())]
    every = -(-len(bars) // _LABELS)
    return Chart(
        LEFT + len(bars) * step + 8,
        TOP + HEIGHT + FOOT,
        TOP + HEIGHT,
        bars,
        [(value, TOP + HEIGHT - value * HEIGHT // top) for value in (0, top // 2, top)],
        bars[::-every][::-1],
    )


def _bar(day: date, one: Figure | None, x: int, step: int, top: int) -> Bar:
    known, unknown = (one.known, one.unknown) if one else (0, 0)
    foot = _length(known, top)
    return Bar(day, x, max(step - 3, 4), foot, min(_length(unknown, top), HEIGHT - foot), one is not None)


def _length(value: int, top: int) -> int:
    """Never nothing for something: one device beside a thousand is still seen."""
    return max(value * HEIGHT // top, 2) if value else 0
