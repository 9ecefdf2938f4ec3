"""Letterhead: who writes, as the town hall set it. Nothing of one town hall stands in a template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from netreg.errors import InvalidValue
from netreg.letters.printable import clean
from netreg.letters.values import Json

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,31}", re.ASCII)
_PNG = b"\x89PNG\r\n\x1a\n"
# typst refuses a picture that points at another file, but only when the letter is written; say so when it is set.
# (Drawings that grow when read are stopped by its own limit of nodes, tried with nested <use>.)
_LINKED = re.compile(r"<image\b[^>]*href\s*=\s*[\"'](?!data:)", re.IGNORECASE)
_LARGEST = 1024 * 1024
_READABLE = 4.5  # contrast of text on white paper, WCAG 2.2 success criterion 1.4.3
_BLACK = "#000000"

# A town hall anybody may have: a gabled front with five arches, in one colour.
_NEUTRAL_CREST = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" fill="none" stroke="{colour}"
 stroke-linecap="round" stroke-linejoin="round"><circle cx="48" cy="48" r="45.5" stroke-width="2.2"/>
<circle cx="48" cy="48" r="41" stroke-width=".9"/><g stroke-width="2">
<path d="M41 31V24.500a7 7 0 0 1 14 0V31"/><path d="M48 17.500v-5"/><path d="M24 42V37l24-8.500L72 37v5"/>
<path d="M20 42h56"/><path d="M23 42v26M73 42v26"/>
<path d="M29 68V55.500a5 5 0 0 1 10 0V68M43 68V55.500a5 5 0 0 1 10 0V68M57 68V55.500a5 5 0 0 1 10 0V68"/>
<path d="M18 68h60"/><path d="M22 73h52"/></g></svg>"""


@dataclass(frozen=True)
class Letterhead:
    """The settings of a town hall that go on its letters; raises InvalidValue naming the one that cannot be used.

    `place` is the city of the date line; `crest` an SVG text or the bytes of a PNG, None for a neutral one;
    `slogan` the motto of the year; `primary` and `secondary` two colours such as "#1f3a4d", for rules and the
    crest: text takes `primary` only where it is dark enough, and no meaning hangs on either. `number_prefix` starts
    the numbers of outgoing letters; `timezone` is the zone of the office's clock.
    """

    municipality: str = "Ayuntamiento"
    unit: str = "Gobierno Digital e Informática"
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    place: str = ""
    crest: str | bytes | None = None
    slogan: str = ""
    primary: str = "#1f3a4d"
    secondary: str = "#8a7a5c"
    number_prefix: str = "OF"
    timezone: str = "America/Mexico_City"

    def __post_init__(self) -> None:
        _require(bool(self.municipality.strip()), "municipality", "Falta el nombre.", "The name is missing.")
        for field in ("primary", "secondary"):
            colour = getattr(self, field)
            _require(_COLOUR.fullmatch(colour), field, "Escriba un color como #1f3a4d.", "Write a colour like #1f3a4d.")
        _require(
            _PREFIX.fullmatch(self.number_prefix),
            "number_prefix",
            "El prefijo lleva letras, números, punto, guion o diagonal.",
            "The prefix has letters, digits, dots, hyphens or slashes.",
        )
        _require(
            _is_drawing(self.crest),
            "crest",
            "El escudo debe ser un PNG o un SVG de un megabyte como máximo, sin imágenes de otro archivo.",
            "The crest must be a PNG or an SVG of at most one megabyte, without images from other files.",
        )
        self._check_zone()

    def _check_zone(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise _refusal("timezone", "Esa zona horaria no existe.", "There is no such time zone.") from error

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def ink(self) -> str:
        """The colour of the masthead's text: `primary`, or black where `primary` would be pale on paper."""
        return self.primary if contrast_on_white(self.primary) >= _READABLE else _BLACK

    def letter_number(self, sequence: int, year: int) -> str:
        """The number of an outgoing letter: CGDI/0123/2026 (workflow, section 4)."""
        return f"{self.number_prefix}/{sequence:04d}/{year}"

    def printed(self) -> dict[str, Json]:
        """What the templates read."""
        texts = {name: clean(getattr(self, name)) for name in ("municipality", "unit", "phone", "email", "place")}
        return {
            **texts,
            "slogan": clean(self.slogan),
            "address": [clean(line) for line in self.address],
            "ink": self.ink,
            "primary": self.primary,
            "secondary": self.secondary,
            **self._drawing(),
        }

    def _drawing(self) -> dict[str, Json]:
        """The crest: SVG as text; PNG as numbers, because JSON has no bytes."""
        if isinstance(self.crest, bytes):
            return {"crest": list(self.crest), "crest_format": "png"}
        return {"crest": self.crest or _NEUTRAL_CREST.format(colour=self.ink), "crest_format": "svg"}


def contrast_on_white(colour: str) -> float:
    """Contrast of "#rrggbb" on white paper, 1 (white) to 21 (black), by the formula of WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _is_drawing(crest: str | bytes | None) -> bool:
    if crest is None:
        return True
    if len(crest) > _LARGEST:
        return False
    if isinstance(crest, bytes):
        return crest.startswith(_PNG)
    return "<svg" in crest and not _LINKED.search(crest)


def _require(holds: object, field: str, spanish: str, english: str) -> None:
    if not holds:
        raise _refusal(field, spanish, english)


def _refusal(field: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code="letterhead", field=field)
