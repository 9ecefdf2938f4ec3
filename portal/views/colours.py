"""The town hall's colours, as its letterhead has them: a style sheet, because pages carry no style of their own."""

from __future__ import annotations

from flask import Blueprint, Response

from netreg.letters.letterhead import contrast_on_white
from portal.rows import store

pages = Blueprint("colours", __name__)

# White text stands on the first colour, and text of the first colour on paper that is not quite white.
_LEAST_CONTRAST = 5.5
_READABLE = "#1f3a4d"


@pages.get("/colours.css")
def sheet() -> Response:
    """Both colours as variables, the first one also darker and paler; one too pale to read gives way to the default."""
    head = store().office.letterhead
    first = head.primary if contrast_on_white(head.primary) >= _LEAST_CONTRAST else _READABLE
    dark = mixed(first, "#000000", 0.25)
    rules = {
        "--primary": first,
        "--primary-dark": dark,
        "--primary-pale": mixed(first, "#ffffff", 0.94),
        "--secondary": head.secondary,
        "--bs-link-color-rgb": _triple(first),
        "--bs-link-hover-color-rgb": _triple(dark),
    }
    text = ":root {\n" + "".join(f"  {name}: {value};\n" for name, value in rules.items()) + "}\n"
    return Response(text, mimetype="text/css", headers={"Cache-Control": "public, max-age=300"})


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with so much of `other` in it, 0 to 1; both as "#rrggbb"."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _triple(colour: str) -> str:
    return ", ".join(str(channel) for channel in _channels(colour))


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
