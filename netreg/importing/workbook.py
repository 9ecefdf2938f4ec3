"""XLSX in and out: a workbook is weighed before anything unpacks it, and read as values, never as formulas.

What comes out is text in every cell: a spreadsheet runs none of it.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, range_boundaries

from netreg.errors import Refused
from netreg.importing.problems import refused
from netreg.importing.table import MOST_COLUMNS, Gathering, Sheet

# A list of 20,000 rows unpacks to some ten megabytes; what is much larger is no list.
MOST_UNPACKED = 48 * 1024 * 1024
MOST_ENTRIES = 500
MOST_SHEETS = 12
# Cells that are looked at, blank ones too: a workbook may claim to have a row of 16,384 for each of a million rows.
MOST_CELLS = 1_500_000
MOST_FILLED = 100_000
LAST_ROW = 1_048_576
_MACROS = "vbaproject.bin"
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s+ref=\"([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})\"", re.ASCII)
_BOLD = Font(bold=True)
_WIDEST = 40


def read(content: bytes) -> tuple[Sheet, ...]:
    """The visible sheets that hold anything. Raises Refused for what is broken, hostile, too large or no workbook."""
    weigh(content)
    try:
        with warnings.catch_warnings():
            # What a workbook has beside its cells (validations, styles) is none of our business, known or not.
            warnings.simplefilter("ignore")
            return _sheets(content)
    except Refused:
        raise
    except Exception as error:
        # The library was not written for hostile files and fails in many ways; all of them mean the same here.
        raise _broken() from error


def weigh(content: bytes) -> None:
    """Refuse a package that is no workbook, carries programs or entities, or unpacks to too much."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise refused(
                    "E_FILE_SIZE", "Desempacado, el archivo es demasiado grande para ser una lista.",
                    "Unpacked, the file is too large to be a list.",
                    "Copie sólo la lista a un libro nuevo.", "Copy the list alone to a new workbook.",
                )  # fmt: skip
            _check_kind({entry.filename.lower() for entry in entries})
            for entry in entries:
                _check_part(package, entry)
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise _broken() from error


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" not in names:
        raise refused(
            "E_FILE_KIND", "El archivo no es un libro XLSX.", "The file is no XLSX workbook.",
            "Guárdelo como XLSX o como CSV UTF-8.", "Save it as XLSX or as CSV UTF-8.",
        )  # fmt: skip
    if any(name.endswith(_MACROS) for name in names):
        raise refused(
            "E_FILE_ACTIVE", "El libro trae macros.", "The workbook carries macros.",
            "Guárdelo como XLSX, sin macros.", "Save it as XLSX, without macros.",
        )  # fmt: skip


def _check_part(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """No part of a workbook declares entities; in whichever encoding, a declaration stands near its beginning."""
    if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
        return
    with package.open(entry) as part:
        start = part.read(4096).replace(b"\0", b"").upper()
    if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
        raise _broken()


def _broken() -> Refused:
    return refused(
        "E_FILE_BROKEN", "El libro está dañado o tiene contraseña.", "The workbook is broken or has a password.",
        "Ábralo en la hoja de cálculo y guárdelo de nuevo, sin contraseña.",
        "Open it in the spreadsheet and save it again, without a password.",
    )  # fmt: skip


# --- reading --------------------------------------------------------------------------------------------------------


def _sheets(content: bytes) -> tuple[Sheet, ...]:
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    found = []
    looked_at = 0
    try:
        for page in book.worksheets[:MOST_SHEETS]:
            if page.sheet_state != "visible":
                continue
            rows, looked_at = _rows(page, looked_at)
            with book._archive.open(page._worksheet_path) as part:
                _fill_merged(rows, part.read())
            gathered = Gathering()
            for number, cells in rows.items():
                gathered.add(number, cells)
            found.append(gathered.sheet(str(page.title)))
    finally:
        book.close()
    return tuple(sheet for sheet in found if sheet.rows)


def _rows(page: Any, looked_at: int) -> tuple[dict[int, list[str]], int]:
    # The size that a sheet gives for itself may be a lie, in either direction.
    page.reset_dimensions()
    rows: dict[int, list[str]] = {}
    for number, values in enumerate(page.iter_rows(values_only=True), 1):
        looked_at += len(values) + 1
        if looked_at > MOST_CELLS or number > LAST_ROW:
            raise refused(
                "E_ROWS", "La hoja tiene demasiadas celdas.", "The sheet has too many cells.",
                "Copie sólo la lista a un libro nuevo.", "Copy the list alone to a new workbook.",
            )  # fmt: skip
        cells = [_text(value) for value in values]
        if any(cells):
            rows[number] = cells
    return rows, looked_at


def _text(value: Any) -> str:
    """A value as a person sees it: 12.0 is 12, a day is a day."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _fill_merged(rows: dict[int, list[str]], part: bytes) -> None:
    """A value that was merged over several rows stands in each of them, in its first column; a merged title does not
    become a column. Rows that hold nothing else stay blank."""
    left_to_fill = MOST_FILLED
    for found in _MERGED.findall(part):
        left, top, _right, bottom = range_boundaries(found.decode("ascii"))
        value = rows[top][left - 1] if top in rows and left <= len(rows[top]) else ""
        if not value or left > MOST_COLUMNS:
            continue
        left_to_fill -= bottom - top
        if left_to_fill < 0:
            raise _broken()
        for cells in (rows[number] for number in range(top + 1, bottom + 1) if number in rows):
            cells += [""] * (left - len(cells))
            cells[left - 1] = cells[left - 1] or value


# --- writing --------------------------------------------------------------------------------------------------------


def write(title: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one sheet; its first row is the header. Every cell is text."""
    book = Workbook()
    page = book.active
    page.title = title[:31]
    widths: dict[int, int] = {}
    for down, row in enumerate(rows, 1):
        for across, said in enumerate(row, 1):
            cell = page.cell(down, across)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", said)[:32_767]
            cell.data_type, cell.quotePrefix = "s", True
            widths[across] = max(widths.get(across, 0), len(said))
            if down == 1:
                cell.font = _BOLD
    for across, width in widths.items():
        page.column_dimensions[get_column_letter(across)].width = min(width, _WIDEST) + 2
    page.freeze_panes = "A2"
    written = BytesIO()
    book.save(written)
    return written.getvalue()
