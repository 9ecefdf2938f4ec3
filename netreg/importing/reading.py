"""A file of any kind that offices have, as a book of rows; what it is called does not matter, what is in it does."""

from __future__ import annotations

from netreg.importing import plain, workbook
from netreg.importing.problems import refused
from netreg.importing.table import Book, check_size, checksum

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def read(content: bytes) -> Book:
    """The rows of a CSV (UTF-8, UTF-16, Windows-1252, MS-DOS; `;`, `,`, tab, `|`) or an XLSX. Raises Refused."""
    check_size(content)
    if content.startswith(_OLD_OFFICE):
        raise refused(
            "E_FILE_KIND", "Es un XLS antiguo, o un libro con contraseña.",
            "It is an old XLS, or a workbook with a password.",
            "Ábralo y guárdelo como XLSX, sin contraseña.", "Open it and save it as XLSX, without a password.",
        )  # fmt: skip
    if content.startswith(_ZIP):
        sheets, kind = workbook.read(content), "XLSX"
    else:
        sheet, kind = plain.read(content)
        sheets = (sheet,) if sheet.rows else ()
    if not sheets:
        raise refused(
            "E_CSV_EMPTY", "El archivo no tiene renglones.", "The file has no rows.",
            "Elija el archivo que tiene la lista.", "Choose the file that holds the list.",
        )  # fmt: skip
    return Book(sheets, kind, checksum(content))
