"""Settings screens as data, and where their parts are drawn: schematics of our own that look like no maker's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal, NamedTuple

HEADS = {"phone": 50, "window": 32, "terminal": 32}
ROW, LINE, TYPED, FOOT = 34, 17, 24, 12
# How many letters fit in a line, and how many beside a mark; a terminal's are all of one width.
LETTERS, LETTERS_BY_MARK, TYPED_LETTERS = 28, 23, 33

# What stands at the right of a row: a switch, a chosen or open ring, a round i, a cogwheel, an arrow, a button.
Mark = Literal["", "on", "off", "chosen", "open", "info", "gear", "more", "button"]


class Said(NamedTuple):
    """A text in both languages; one that is the same in both is given once."""

    es: str
    en: str = ""

    def text(self, language: str) -> str:
        return self.en if language == "en" and self.en else self.es


NOTHING = Said("")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a screen; the `lit` one is what to press or to read. In a terminal it is what to type or to read."""

    label: Said
    value: Said = NOTHING
    mark: Mark = ""
    lit: bool = False

    def text(self, language: str) -> str:
        return " ".join(part.text(language) for part in (self.label, self.value) if part.es)


@dataclass(frozen=True, slots=True)
class Place:
    """A row as it is drawn: its box, its label in lines, and its value beside the label or below it."""

    row: Row
    top: int
    height: int
    label: list[str]
    value: str
    below: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of a phone, a window of a computer, or a terminal."""

    frame: Literal["phone", "window", "terminal"]
    title: Said
    rows: tuple[Row, ...]

    def places(self, language: str) -> list[Place]:
        return list(self._placed(language))

    def height(self, language: str) -> int:
        last = self.places(language)[-1]
        return last.top + last.height + FOOT

    def told(self, language: str) -> str:
        """The picture in words, for whoever does not see it."""
        lit = ", ".join(row.text(language) for row in self.rows if row.lit)
        title = self.title.text(language)
        return f"Screen “{title}”; marked: {lit}" if language == "en" else f"Pantalla «{title}»; se señala: {lit}"

    def _placed(self, language: str) -> Iterator[Place]:
        top = HEADS[self.frame] + 6
        for row in self.rows:
            place = self._place(row, top, language)
            yield place
            top += place.height

    def _place(self, row: Row, top: int, language: str) -> Place:
        label, value = row.label.text(language), row.value.text(language)
        if self.frame == "terminal":
            return Place(row, top, TYPED, [label], "", False)
        letters = LETTERS_BY_MARK if row.mark else LETTERS
        lines = wrap(label, letters)
        below = bool(value) and len(label) + len(value) > LETTERS_BY_MARK
        return Place(row, top, ROW + LINE * (len(lines) - 1 + below), lines, value, below)
