"""What a terminal would show: the text that a device printed, without the codes that moved the cursor."""

from __future__ import annotations

import re

# CSI, OSC and two-character escapes (ECMA-48); then what is left of the control characters but newline, \r, \b and tab.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def rendered(text: str) -> str:
    """The lines as they stand on the screen in the end: overwritten by \\r and \\b, blanks at their ends gone.

    The last line keeps its blanks: it is not ended yet, and what asks for an answer often ends with one.
    """
    plain = _CONTROLS.sub("", _ESCAPES.sub("", text)).replace("\r\n", "\n")
    *lines, last = plain.split("\n")
    return "\n".join([*(_line(line).rstrip(" \t") for line in lines), _line(last)])


def _line(text: str) -> str:
    if "\r" not in text and "\b" not in text:
        return text
    cells: list[str] = []
    at = 0
    for char in text:
        if char == "\r":
            at = 0
        elif char == "\b":
            at = max(0, at - 1)
        else:
            cells[at : at + 1] = [char]
            at += 1
    return "".join(cells)
