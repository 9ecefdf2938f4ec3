"""Bytes become rows or a refusal that says what to do: nothing else, whatever the bytes are."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from netreg.errors import Refused
from netreg.importing import exporting, reading, session, workbook
from netreg.importing.columns import AREAS, DEVICES, KINDS, PEOPLE, letter
from netreg.importing.table import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from tests.importing import samples

SAMPLES = {**samples.csvs(), **samples.books()}


def code_of(content: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        reading.read(content)
    assert refusal.value.hint and refusal.value.hint_en and refusal.value.english
    return refusal.value.code


@pytest.mark.parametrize("name", SAMPLES)
def test_every_messy_list_is_found_with_its_columns_and_its_rows(name: str) -> None:
    loaded = session.load(SAMPLES[name], DEVICES)
    assert sorted(loaded.columns.columns.values()) == ["area", "computer_name", "holder", "kind", "mac"]
    rows = loaded.columns.data(loaded.sheet)
    at = loaded.columns.column
    said = [tuple(row.cell(at(field) or 0) for field in ("holder", "mac")) for row in rows]
    assert [holder for holder, _mac in said] == ["Luis Peña", "María Núñez", "José Ibáñez"]
    digits = ["".join(filter(str.isalnum, mac)).lower() for _holder, mac in said]
    assert digits == ["a483e7112233", "a483e7112244", "8cf5a3100002"]
    assert rows[0].cell(at("area") or 0) == "Obras Públicas", "with its accents"


@pytest.mark.parametrize("name", samples.every())
def test_the_samples_on_disk_are_those_of_the_code(name: str) -> None:
    stored = (samples.FOLDER / name).read_bytes()
    assert reading.read(stored).sheets == reading.read(samples.every()[name]).sheets, (
        "python -m tests.importing.samples"
    )


def test_encodings_and_separators_are_told() -> None:
    told = {name: reading.read(content).format for name, content in samples.csvs().items()}
    assert told["utf8.csv"] == "CSV, UTF-8, ," and told["utf16.txt"] == "CSV, UTF-16, tab"
    assert told["windows-1252.csv"] == "CSV, Windows-1252, ;" and told["ms-dos.csv"] == "CSV, MS-DOS 850, ;"


def test_rows_have_the_number_that_a_spreadsheet_shows() -> None:
    loaded = session.load(SAMPLES["titulos-arriba.csv"], DEVICES)
    assert loaded.columns.header == 5 and [row.number for row in loaded.columns.data(loaded.sheet)] == [6, 7, 8]
    loaded = session.load(SAMPLES["titulos-y-celdas-unidas.xlsx"], DEVICES)
    assert loaded.columns.header == 5 and [row.number for row in loaded.columns.data(loaded.sheet)] == [6, 7, 8]
    assert loaded.columns.data(loaded.sheet)[1].cell(1) == "Obras Públicas", "merged over two rows"


def test_a_person_overrides_what_was_guessed() -> None:
    content = b"Fulano;Cosa;Zona\nLuis;a4:83:e7:11:22:33;OBRAS\n"
    assert session.load(content, DEVICES).columns.columns == {1: "mac"}, "the content tells what it is"
    said = ["Fulano=holder", "C=area"]
    assert session.load(content, DEVICES, header=1, said=said).columns.columns == {0: "holder", 1: "mac", 2: "area"}
    assert session.load(content, DEVICES, header=1, said=["B=-"]).columns.columns == {}
    for wrong in ("Nada=area", "A=nada", "A"):
        with pytest.raises(Refused) as refusal:
            session.load(content, DEVICES, header=1, said=[wrong])
        assert refusal.value.code == "E_MAP"


def test_a_sheet_may_be_named() -> None:
    content = SAMPLES["otra-hoja-primero.xlsx"]
    assert session.load(content, DEVICES, sheet="portada").sheet.name == "Portada"
    with pytest.raises(Refused, match="hoja"):
        session.load(content, DEVICES, sheet="Nada")


def test_a_column_for_bluetooth_is_not_the_address() -> None:
    content = b"area;usuario;MAC Bluetooth;MAC WiFi\nOBRAS;Luis;a4:83:e7:11:22:34;a4:83:e7:11:22:33\n"
    assert session.load(content, DEVICES).columns.column("mac") == 3


def test_letters_are_those_of_a_spreadsheet() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# --- limits and hostile files ---


def test_files_beyond_the_limits_are_refused() -> None:
    assert code_of(b"a;b\n" + b"x" * MOST_BYTES) == "E_FILE_SIZE"
    assert code_of(b"a;b\n" * (MOST_ROWS + 1)) == "E_ROWS"
    assert code_of(b";".join([b"x"] * (MOST_COLUMNS + 1))) == "E_COLUMNS"
    assert code_of(b"a;" + b"x" * 3000) == "E_CELL"
    for empty in (b"", b" \r\n", b"\0\0\0", b";;;\n;;;\n"):
        assert code_of(empty) == "E_CSV_EMPTY"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "E_FILE_KIND"),
        (b"%PDF-1.7\n\x01\x02", "E_FILE_KIND"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "E_FILE_KIND"),
        (b"PK\x03\x04nada", "E_FILE_BROKEN"),
        (b'a;b\n"x;y\n', "E_CSV_LINE"),
        (b'a;b\n"x"y;z\n', "E_CSV_LINE"),
        (b"\xff\xfea", "E_FILE_KIND"),
    ],
)
def test_what_is_no_list_is_refused_by_what_it_is(content: bytes, code: str) -> None:
    assert code_of(content) == code


def packed(**parts: bytes) -> bytes:
    """A workbook with some parts put in the place of its own."""
    source, made = BytesIO(SAMPLES["simple.xlsx"]), BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename not in parts:
                new.writestr(entry, old.read(entry))
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed(**{"xl/worksheets/sheet1.xml": b" " * (workbook.MOST_UNPACKED + 1)})
    assert len(bomb) < 200_000 and code_of(bomb) == "E_FILE_SIZE"
    assert code_of(packed(**{f"xl/media/{n}.bin": b"" for n in range(workbook.MOST_ENTRIES)})) == "E_FILE_SIZE"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_and_macros_are_refused(encoding: str) -> None:
    evil = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'.encode(encoding)
    assert code_of(packed(**{"xl/sharedStrings.xml": evil})) == "E_FILE_BROKEN"
    assert code_of(packed(**{"xl/vbaProject.bin": b"x"})) == "E_FILE_ACTIVE"


def sheet_xml(inside: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{inside}</sheetData></worksheet>'.encode()


def test_a_sheet_that_claims_to_be_huge_is_refused_or_read_as_small_as_it_is() -> None:
    far = '<row r="99999999999"><c r="A99999999999" t="str"><v>x</v></c></row>'
    assert code_of(packed(**{"xl/worksheets/sheet1.xml": sheet_xml(far)})) == "E_ROWS"
    wide = "".join(f'<row r="{n}"><c r="XFD{n}"/></row>' for n in range(1, 400))
    assert code_of(packed(**{"xl/worksheets/sheet1.xml": sheet_xml(wide)})) == "E_ROWS"
    beyond = '<row r="1"><c r="XFD1" t="str"><v>x</v></c></row>'
    assert code_of(packed(**{"xl/worksheets/sheet1.xml": sheet_xml(beyond)})) == "E_COLUMNS"
    last = '<row r="1"><c r="A1" t="str"><v>x</v></c></row><row r="1048576"><c r="A1048576" t="str"><v>y</v></c></row>'
    rows = reading.read(packed(**{"xl/worksheets/sheet1.xml": sheet_xml(last)})).sheets[0].rows
    assert [row.number for row in rows] == [1, 1_048_576]


def test_formulas_are_read_as_their_values_and_numbers_as_they_look() -> None:
    book = Workbook()
    book.active.append(['=HYPERLINK("http://x")', 12.0, 12.5, True, 20261120])
    (row,) = reading.read(samples.saved(book)).sheets[0].rows
    assert row.cells == ("", "12", "12.5", "sí", "20261120")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(KINDS))
def test_any_bytes_give_rows_or_a_refusal(content: bytes, kind: str) -> None:
    try:
        session.load(content, kind)
    except Refused as refusal:
        assert refusal.code.startswith("E_")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_workbook_that_was_tampered_with_gives_rows_or_a_refusal(data: st.DataObject) -> None:
    content = bytearray(SAMPLES["titulos-y-celdas-unidas.xlsx"])
    for _change in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        session.load(bytes(content), DEVICES)
    except Refused as refusal:
        assert refusal.code.startswith("E_")


PART = st.text(st.sampled_from('<>/="rct 0129AXFDvinls&;#x!-?\n'), max_size=120)


@settings(max_examples=150, deadline=None)
@given(PART, st.sampled_from(["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]))
def test_a_workbook_with_any_part_in_it_gives_rows_or_a_refusal(inside: str, part: str) -> None:
    content = sheet_xml(inside) if part.endswith("sheet1.xml") else inside.encode()
    try:
        reading.read(packed(**{part: content}))
    except Refused as refusal:
        assert refusal.code.startswith("E_")


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Zs", "Zl", "Zp", "Cn", "Co")),
                min_size=1, max_size=12)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=6), st.sampled_from(["csv", "xlsx"]))
def test_what_is_exported_is_read_back_as_it_was(rows: list[list[str]], kind: str) -> None:
    content = exporting.write(kind, "Hoja", rows[0], rows[1:])
    read = reading.read(content).sheets[0].rows
    assert [list(row.cells) for row in read] == [[cell.strip() for cell in row] for row in rows]


def test_a_spreadsheet_runs_nothing_of_an_export() -> None:
    evil = '=HYPERLINK("http://x")'
    assert exporting.write("csv", "x", ["a"], [[evil]]).decode("utf-8-sig").splitlines()[1].startswith("\"'=")
    with zipfile.ZipFile(BytesIO(exporting.write("xlsx", "x", ["a"], [[evil]]))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_areas_and_people_are_found_too() -> None:
    loaded = session.load(samples.areas(), AREAS)
    assert list(loaded.columns.columns.values()) == ["code", "name", "parent", "head", "post"]
    loaded = session.load(samples.people(), PEOPLE)
    assert list(loaded.columns.columns.values()) == ["name", "email", "roles", "area"]
