"""From the bytes of a file to a plan: read it, find the list in it, say which column is what, judge every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netreg.importing import columns as mapping
from netreg.importing import reading
from netreg.importing.columns import Columns
from netreg.importing.problems import refused
from netreg.importing.table import Book, Sheet


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read, the sheet the list is on, and what its columns are."""

    book: Book
    sheet: Sheet
    columns: Columns


def load(content: bytes, kind: str, *, sheet: str = "", header: int | None = None, said: Iterable[str] = ()) -> Loaded:
    """Read a list of areas, people or devices. `sheet` is the name of one (the likeliest without), `header` the row its
    header ends in (0: none; found without), `said` what a person says of columns, as `column=field`. Raises Refused."""
    book = reading.read(content)
    chosen = _sheet(book, sheet) if sheet else mapping.best_sheet(book.sheets, kind)
    return Loaded(book, chosen, mapping.override(mapping.guess(chosen, kind, header), said))


def with_columns(loaded: Loaded, chosen: Mapping[int, str]) -> Loaded:
    """The same file where a person has said of every column what it is."""
    columns: dict[int, str] = {}
    for at, name in chosen.items():
        columns = mapping.with_field(loaded.columns.kind, columns, at, name)
    told = Columns(loaded.columns.kind, loaded.columns.header, columns, loaded.columns.titles)
    return Loaded(loaded.book, loaded.sheet, told)


def _sheet(book: Book, name: str) -> Sheet:
    found = next((one for one in book.sheets if one.name.casefold() == name.strip().casefold()), None)
    if found is None:
        there = ", ".join(one.name for one in book.sheets)
        raise refused(
            "E_SHEET", f"El libro no tiene una hoja «{name}».", f"The workbook has no sheet “{name}”.",
            f"Tiene: {there}.", f"It has: {there}.", field="sheet",
        )  # fmt: skip
    return found
