"""The figures of a month as a workbook, and the only importer of the library that writes it.

What comes from outside is written as text, whatever it begins with: a spreadsheet runs none of it (test W-09).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from netreg.office import Office
from netreg.procedures.report_lines import lines
from netreg.procedures.report_sheet import CONCEPTS, heading, said, tables
from netreg.procedures.trends import Overview

# A cell holds no more characters than these, and the name of a sheet no more than those and none of some signs.
MOST_LETTERS, LONGEST_NAME = 32_767, 31
_NO_NAME = re.compile(r"[\\/*?:\[\]]")
_NUMBER = re.compile(r"(?P<value>(?:0|[1-9]\d{0,14})(?:\.\d)?)(?P<unit> h| %)?", re.ASCII)
_FORMATS = {None: "General", " h": '0.0" h"', " %": '0.0" %"'}
_WIDEST = 60
_BOLD = Font(bold=True)


def to_xlsx(found: Overview, office: Office, now: datetime) -> bytes:
    """Every number and every list, each list on a sheet of its own; numbers are numbers, all else is text."""
    book = Workbook()
    book.properties.title = f"Informe {found.report.official.month}"
    book.properties.created = book.properties.modified = now.replace(tzinfo=None, microsecond=0)
    first = book.active
    first.title = "Cifras"
    _write(first, [*heading(found, office), ("",)])
    _write(first, [CONCEPTS], head=True)
    _write(first, [said(line) for line in lines(found)])
    _widen(first)
    for listing in tables(found, office):
        page = book.create_sheet(sheet_name(listing.title, book.sheetnames))
        _write(page, [listing.columns], head=True)
        _write(page, listing.rows)
        page.freeze_panes = "A2"
        _widen(page)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def sheet_name(title: str, taken: Sequence[str]) -> str:
    """A name that a sheet may have and none has yet, whatever the case of its letters."""
    name = _NO_NAME.sub(" ", title).strip(" '")[:LONGEST_NAME] or "Hoja"
    held, number = {one.casefold() for one in taken}, 2
    plain = name
    while name.casefold() in held:
        name = f"{plain[: LONGEST_NAME - 4]} {number}"
        number += 1
    return name


def _write(page: Worksheet, rows: Sequence[Sequence[str]], *, head: bool = False) -> None:
    start = page.max_row + 1 if page.max_row > 1 or page["A1"].value is not None else 1
    for down, row in enumerate(rows):
        for across, text in enumerate(row):
            put(page.cell(start + down, across + 1), text, head=head)


def put(cell: Cell, text: str, *, head: bool = False) -> None:
    """Write into a cell what is wholly a number as that number, anything else as text and never as a formula."""
    number = None if head else _NUMBER.fullmatch(text)
    if number is not None:
        cell.value = Decimal(number["value"])
        cell.number_format = _FORMATS[number["unit"]] if "." in number["value"] else "General"
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:MOST_LETTERS]
    cell.data_type = "s"
    cell.quotePrefix = True
    if head:
        cell.font = _BOLD


def _widen(page: Worksheet) -> None:
    """As wide as what is in them, for whoever opens it."""
    for number, column in enumerate(page.iter_cols(), 1):
        longest = max(len(str(cell.value or "")) for cell in column)
        page.column_dimensions[get_column_letter(number)].width = min(longest, _WIDEST) + 2
