"""Lists as offices really have them: every way of writing the same devices, areas and people that broke an import.

`python -m tests.importing.samples` writes them to tests/samples-import/, to open in a spreadsheet or load by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill

FOLDER = Path(__file__).resolve().parents[1] / "samples-import"
WHEN = datetime(2026, 11, 20)
# What every device sample says, in whatever way: area, kind, holder, address, computer's name.
DEVICES = [
    ("OBRAS", "phone", "Luis Peña", "a4:83:e7:11:22:33", ""),
    ("OBRAS", "phone", "María Núñez", "a4:83:e7:11:22:44", ""),
    ("DIF", "computer", "José Ibáñez", "8c:f5:a3:10:00:02", "DIF-CAJA-01"),
]
_ROWS = [
    ("Obras Públicas", "Celular", "Luis Peña", "a4:83:e7:11:22:33", ""),
    ("OBRAS", "Teléfono", "María Núñez", "A4-83-E7-11-22-44", ""),
    ("Sistema DIF", "Laptop", "José Ibáñez", "8cf5.a310.0002", "dif-caja-01"),
]
_HEADER = ("Área", "Tipo", "Usuario", "Dirección física", "Nombre del equipo")


def _text(rows: Sequence[Sequence[str]], mark: str = ";", end: str = "\r\n") -> str:
    return "".join(mark.join(row) + end for row in rows)


def csvs() -> dict[str, bytes]:
    """The three devices as CSV, by file name."""
    table = [_HEADER, *_ROWS]
    titled = [["H. Ayuntamiento"], [""], ["Censo de equipos, noviembre de 2026"], [], *table]
    notations = [_HEADER, (*_ROWS[0][:3], "A4 83 E7 11 22 33", ""), (*_ROWS[1][:3], "a483e7-112244", ""), _ROWS[2]]
    english = [("Area", "Device type", "User", "MAC Address", "Hostname"), *_ROWS]
    spaced = [("", *_HEADER, ""), ("",) * 7, *(("", *row, "") for row in _ROWS[:2]), ("",) * 7, ("", *_ROWS[2], "")]
    quoted = 'Área,Tipo,"Usuario\n(resguardante)",MAC,Equipo\n' + "".join(
        ",".join(f'"{cell}"' for cell in row) + "\n" for row in _ROWS
    )
    return {
        "utf8.csv": _text(table, ",").encode(),
        "utf8-bom.csv": _text(table).encode("utf-8-sig"),
        "utf16.txt": _text(table, "\t").encode("utf-16"),
        "utf16-sin-marca.txt": _text(table, "\t").encode("utf-16-le"),
        "windows-1252.csv": _text(table).encode("cp1252"),
        "ms-dos.csv": _text(table).encode("cp850"),
        "mac-antiguo.csv": _text(table, ";", "\r").encode("cp1252"),
        "titulos-arriba.csv": _text(titled).encode("cp1252"),
        "sep-de-excel.csv": ("sep=;\r\n" + _text(table)).encode("utf-8-sig"),
        "otras-notaciones.csv": _text(notations).encode(),
        "en-ingles.csv": _text(english, ",").encode(),
        "blancos.csv": _text(spaced).encode(),
        "comillas.csv": quoted.encode(),
        "encabezado-dos-veces.csv": _text([*table[:2], _HEADER, *table[2:]]).encode(),
        "espacios-raros.csv": _text(table).replace("Luis Peña", "Luis\u00a0Peña\u200b").encode(),
        "barras.csv": _text(table, "|").encode(),
    }


def books() -> dict[str, bytes]:
    """The three devices as XLSX, by file name."""
    return {
        "simple.xlsx": _book({"Hoja1": [_HEADER, *_ROWS]}),
        "titulos-y-celdas-unidas.xlsx": _merged(),
        "otra-hoja-primero.xlsx": _book({"Portada": [("Censo",), ("2026",)], "Equipos": [_HEADER, *_ROWS]}),
        "hoja-oculta.xlsx": _book({"Viejo": [_HEADER, *_ROWS[:1]], "Actual": [_HEADER, *_ROWS]}, hidden="Viejo"),
    }


def areas() -> bytes:
    """Sub-areas before the area they count on, and one with accents in its key column's name."""
    rows = [
        ("Clave", "Denominación", "Depende de", "Titular", "Cargo"),
        ("CAJ", "Cajas", "Tesorería", "", ""),
        ("TES", "Tesorería", "", "Eva Gil", "Tesorera"),
        ("OBRAS", "OBRAS PUBLICAS", "", "", ""),
    ]
    return _text(rows).encode("cp1252")


def people() -> bytes:
    rows = [
        ("Nombre completo", "Correo electrónico", "Papel", "Adscripción"),
        ("Eva Gil", "eva@municipio.gob.mx", "Enlace", "Obras Públicas"),
        ("Sol Paz", "SOL@municipio.gob.mx", "Titular, enlace", "DIF"),
        ("Rita Ley", "rita@municipio.gob.mx", "Contraloría", ""),
    ]
    return _text(rows).encode("utf-8-sig")


# --- workbooks ------------------------------------------------------------------------------------------------------


def _book(sheets: dict[str, Sequence[Sequence[Any]]], hidden: str = "") -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
        page.sheet_state = "hidden" if name == hidden else "visible"
    return saved(book)


def _merged() -> bytes:
    """A title over all columns, a header of two rows in which groups span columns, an area that spans its rows."""
    book = Workbook()
    page = book.active
    page["A1"] = "H. AYUNTAMIENTO — CENSO DE EQUIPOS"
    page.merge_cells("A1:F1")
    for cell, said in {
        "B4": "Área",
        "C4": "Equipo",
        "F4": "Usuario",
        "C5": "Tipo",
        "D5": "Dirección MAC",
        "E5": "Nombre",
    }.items():
        page[cell] = said
    for span in ("B4:B5", "C4:E4", "F4:F5"):
        page.merge_cells(span)
    for number, (area, kind, holder, mac, name) in enumerate(_ROWS, 6):
        for column, said in zip("BCDEF", (area, kind, mac, name, holder), strict=True):
            page[f"{column}{number}"] = said
    page["B7"] = None
    page.merge_cells("B6:B7")
    page["A9"].fill = PatternFill("solid", fgColor="FFFF00")
    return saved(book)


def saved(book: Workbook) -> bytes:
    book.properties.created = book.properties.modified = WHEN
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def every() -> dict[str, bytes]:
    return {**csvs(), **books(), "areas.csv": areas(), "personas.csv": people()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in every().items():
        (FOLDER / name).write_bytes(content)
