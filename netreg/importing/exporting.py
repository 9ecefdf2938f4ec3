"""Lists out, as CSV or XLSX that a spreadsheet opens without running anything (workflow, test W-09)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from netreg.importing import workbook
from netreg.policy.calendar_files import guarded

CSV, XLSX = "csv", "xlsx"
MIME = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def write(kind: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows under their header as `csv` (UTF-8 with its mark) or `xlsx`; None is an empty cell."""
    said = [tuple(header), *(tuple("" if cell is None else str(cell) for cell in row) for row in rows)]
    return workbook.write(title, said) if kind == XLSX else as_text(said).encode("utf-8-sig")


def as_text(rows: Iterable[Sequence[str]]) -> str:
    """The rows as CSV; what a spreadsheet would run has an apostrophe before it, which our own import takes away."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()
