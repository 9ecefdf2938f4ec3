"""mac; and the CSV files that the imports read."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import App, NetregCommand, pass_app
from netreg.errors import DuplicateMac, InvalidValue, NotFound
from netreg.mac import MacAddress

# --- mac ------------------------------------------------------------------------------------------------------------


@click.command("mac", cls=NetregCommand)
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@pass_app
def mac(app: App, texts: tuple[str, ...]) -> None:
    """Say of each TEXT which address it is and whether it can be registered; exit 1 if any is refused."""
    app.use_own_vendors()
    rows = [_classified(text) for text in texts]
    app.table(rows, "mac", "verdict", "vendor", "says")
    if any(row["verdict"] != "ok" for row in rows):
        sys.exit(1)


def _classified(text: str) -> dict[str, Any]:
    try:
        address = MacAddress.parse(text)
        MacAddress.registrable(text)
    except InvalidValue as error:
        known = str(address) if "address" in locals() else ""
        return {"mac": known, "verdict": error.code, "vendor": None, "says": error.message, "english": error.english}
    return {"mac": str(address), "verdict": "ok", "vendor": address.vendor, "says": "", "english": ""}


# --- CSV ------------------------------------------------------------------------------------------------------------


def read_csv(file: Path, needed: set[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV in UTF-8 with their lines (a byte order mark is fine); refuses one that lacks a column."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = needed - set(reader.fieldnames or ())
            rows = [
                (reader.line_num, {key: value or "" for key, value in row.items() if isinstance(key, str)})
                for row in reader
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidValue(f"{file.name} no es un CSV en UTF-8.", f"{file.name} is not a CSV in UTF-8.", code="E_CSV",
                           field="file") from error  # fmt: skip
    if missing:
        names = ", ".join(sorted(missing))
        raise InvalidValue(f"Faltan columnas: {names}.", f"Missing columns: {names}.", code="E_CSV", field="file")
    return rows


class at_line:
    """Name the line of an import in any refusal from the block."""

    def __init__(self, line: int) -> None:
        self.line = line

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, InvalidValue | NotFound | DuplicateMac):
            error.message = f"renglón {self.line}: {error.message}"
            error.english = f"line {self.line}: {error.english}"
