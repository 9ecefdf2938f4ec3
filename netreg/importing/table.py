"""The rows of a file as somebody sent it: bytes in, rows of plain text out, or a Refused that says what to do.

Nothing in here knows what the columns mean. Any bytes at all give one of the two answers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from netreg.importing.problems import refused

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_LETTERS = 2_000

# A spreadsheet's and a text editor's ways to write a blank, and marks that are not seen and mean nothing in a name.
_BLANKS = dict.fromkeys(
    map(ord, "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"), " "
)
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad"), None)
_TIDY = _BLANKS | _UNSEEN


class Row(NamedTuple):
    """The cells of a row, and its number as a spreadsheet shows it: 1 is the first of the file."""

    number: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        """The cell of a column counted from 0, empty where the row has none."""
        return self.cells[column] if 0 <= column < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: the rows that hold anything."""

    name: str
    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)


@dataclass(frozen=True, slots=True)
class Book:
    """A file that was read: its sheets (a CSV has one), what it is, and the hash of its bytes."""

    sheets: tuple[Sheet, ...]
    format: str
    sha256: str


def checksum(content: bytes) -> str:
    """What tells this file from any other: SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def check_size(content: bytes) -> None:
    """Refuse a file that is too large or empty, before anybody looks into it."""
    if len(content) > MOST_BYTES:
        raise refused(
            "E_FILE_SIZE", "El archivo pasa de 10 MB.", "The file is larger than 10 MB.",
            "Divídalo en varios.", "Divide it into several.",
        )  # fmt: skip
    if not content.strip(b"\0 \t\r\n"):
        raise refused(
            "E_CSV_EMPTY", "El archivo está vacío.", "The file is empty.",
            "Elija el archivo que tiene la lista.", "Choose the file that holds the list.",
        )  # fmt: skip


class Gathering:
    """The rows of a sheet as they come, held to the limits."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, number: int, cells: list[str]) -> None:
        """One more row; a blank one is passed over. Raises Refused beyond a limit."""
        tidied = [tidy(cell) for cell in cells]
        while tidied and not tidied[-1]:
            tidied.pop()
        if not tidied:
            return
        if len(tidied) > MOST_COLUMNS:
            raise refused(
                "E_COLUMNS",
                f"El renglón {number} tiene más de {MOST_COLUMNS} columnas.",
                f"Row {number} has more than {MOST_COLUMNS} columns.",
                "Quite las columnas que sobran.", "Take out the columns that are not needed.",
            )  # fmt: skip
        if len(self.rows) == MOST_ROWS:
            raise refused(
                "E_ROWS", f"El archivo pasa de {MOST_ROWS} renglones.", f"The file has more than {MOST_ROWS} rows.",
                "Divídalo en varios.", "Divide it into several.",
            )  # fmt: skip
        self.rows.append(Row(number, tuple(tidied)))

    def sheet(self, name: str) -> Sheet:
        return Sheet(name, tuple(self.rows))


def tidy(cell: str) -> str:
    """A cell without blanks around it, with plain blanks inside and without marks that nobody sees."""
    text = cell.translate(_TIDY).strip()
    if len(text) > MOST_LETTERS:
        raise refused(
            "E_CELL", f"Una celda pasa de {MOST_LETTERS} letras.", f"A cell has more than {MOST_LETTERS} characters.",
            "Abrevie el texto o quite la columna.", "Shorten the text or take the column out.",
        )  # fmt: skip
    return text


def letter(column: int) -> str:
    """How a spreadsheet calls the column counted from 0: A, B, ... Z, AA."""
    name, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        name = chr(65 + place) + name
    return name


def as_rows(sheet: Sheet) -> dict[int, Row]:
    """The rows by their number."""
    return {row.number: row for row in sheet.rows}
