"""Text files with separated cells: which encoding, which separator, which rows. Pure: bytes in, rows out."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

from netreg.importing.problems import refused
from netreg.importing.table import Gathering, Sheet
from netreg.policy.calendar_files import guarded

SEPARATORS = (";", ",", "\t", "|")
_NAMES = {";": ";", ",": ",", "\t": "tab", "|": "|"}
# How many rows are looked at to tell the separator.
_LOOKED_AT = 60
# Excel's own way to name the separator, in the first line.
_SEP = re.compile(r"sep=(?P<mark>[;,|\t])\r?\n?", re.ASCII | re.IGNORECASE)
# Letters that a Spanish list has beside ASCII: what tells Windows' table from the one of MS-DOS.
_SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑ¿¡°ºª–—“”‘’…«»€çÇ·´")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def read(content: bytes) -> tuple[Sheet, str]:
    """The rows and what the file is, such as `CSV, UTF-8, ;`. Raises Refused for what is no text or no table."""
    text, encoding = decode(content)
    # Mac and old files end their lines with a carriage return alone.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    named = _SEP.match(text)
    skipped = 1 if named else 0
    body = text[named.end() :] if named else text
    mark = named["mark"] if named else _separator(body)
    gathered = Gathering()
    for number, cells in enumerate(_parsed(body, mark), 1 + skipped):
        gathered.add(number, [_unguarded(cell) for cell in cells])
    return gathered.sheet(""), f"CSV, {encoding}, {_NAMES[mark]}"


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; raises Refused for what is no text."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _checked(_decoded(content, name)), "UTF-8" if name == "utf-8-sig" else "UTF-16"
    if b"\0" in content[:4096]:
        return _checked(_decoded(content, _unmarked(content))), "UTF-16"
    try:
        return _checked(content.decode("utf-8")), "UTF-8"
    except UnicodeDecodeError:
        return _single_byte(content)


def _unmarked(content: bytes) -> str:
    """UTF-16 without its mark: in Western text nearly every other byte is zero. Raises Refused for what is no text."""
    start = content[:4096]
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if abs(odd - even) * 3 < len(start):
        raise _no_text()
    return "utf-16-le" if odd >= even else "utf-16-be"


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise _no_text() from error


def _single_byte(content: bytes) -> tuple[str, str]:
    """Windows-1252 (of which Latin-1 is a part), or the table of MS-DOS where only that gives Spanish."""
    windows = content.decode("cp1252", errors="replace")
    dos = content.decode("cp850")
    if _spanish(dos) > _spanish(windows):
        return _checked(dos), "MS-DOS 850"
    if "\ufffd" in windows:
        raise _no_text()
    return _checked(windows), "Windows-1252"


def _spanish(text: str) -> int:
    return sum(char in _SPANISH for char in text if char > "\x7f")


def _checked(text: str) -> str:
    if _CONTROLS.search(text):
        raise _no_text()
    return text


def _no_text() -> Exception:
    return refused(
        "E_FILE_KIND",
        "El archivo no es una hoja XLSX ni un texto CSV.",
        "The file is neither an XLSX sheet nor a CSV text.",
        "Ábralo en la hoja de cálculo y guárdelo como XLSX o como CSV UTF-8.",
        "Open it in the spreadsheet and save it as XLSX or as CSV UTF-8.",
    )


# --- separators and rows --------------------------------------------------------------------------------------------


def _separator(text: str) -> str:
    """The separator that gives most rows one same number of cells; of equal ones the first of SEPARATORS."""
    return max(SEPARATORS, key=lambda mark: (_evenness(text, mark), -SEPARATORS.index(mark)))


def _evenness(text: str, mark: str) -> tuple[int, int]:
    reader, widths = csv.reader(io.StringIO(text, newline=""), delimiter=mark), Counter[int]()
    try:
        for _line, cells in zip(range(_LOOKED_AT), reader, strict=False):
            # A row that was filled up with blank cells is as wide as its last one that holds anything.
            widths[len(cells)] += any(cell.strip() for cell in cells) and len(cells) > 1
    except csv.Error:
        return (0, 0)
    return max(((number, width) for width, number in widths.items()), default=(0, 0))


def _parsed(text: str, mark: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found: list[list[str]] = []
    try:
        found.extend(reader)
    except csv.Error as error:
        raise refused(
            "E_CSV_LINE",
            f"Cerca de la línea {reader.line_num} hay comillas sin cerrar o fuera de lugar.",
            f"Near line {reader.line_num} there are quotes that are not closed or out of place.",
            "Corrija las comillas, o guarde la lista como XLSX.", "Correct the quotes, or save the list as XLSX.",
        ) from error  # fmt: skip
    return found


def _unguarded(cell: str) -> str:
    """A cell of our own exports without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and guarded(cell) != cell else cell
