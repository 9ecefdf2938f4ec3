"""Lists in and out on the command line: look first, then all of it or nothing; and the census."""

from __future__ import annotations

from netreg.importing import session
from netreg.importing.columns import DEVICES
from netreg.store.base import now
from tests.cli.conftest import Office
from tests.importing import samples


def listed(office: Office) -> int:
    return len(office.ask("audit", "list"))


def test_an_import_looks_first_and_does_it_only_when_told(office: Office) -> None:
    file, before = office.file("censo.csv", samples.csvs()["windows-1252.csv"]), listed(office)
    told = office.ask("device", "import", file, "--approve")
    assert (told["new"], told["problems"], told["applied"]) == ([2, 3, 4], [], False)
    assert told["columns"]["D"] == "mac" and told["format"] == "CSV, Windows-1252, ;"
    assert office.ask("device", "list") == [] and listed(office) == before
    spoken = office.run("device", "import", file)
    assert "repita con --apply" in spoken.stdout and "D Dirección física → Dirección MAC (mac)" in spoken.stdout
    assert office.ask("device", "import", file, "--approve", "--apply")["applied"]
    assert {one["holder"] for one in office.ask("device", "list")} == {"Luis Peña", "María Núñez", "José Ibáñez"}
    assert "file.imported" in {one["name"] for one in office.ask("audit", "list")}


def test_every_problem_has_a_line_with_its_row_and_a_next_step_and_nothing_is_stored(office: Office) -> None:
    rows = "OBRAS,phone,Eva,a4:83:e7:10:00:01\nDIF,phone,Luz,nada\nNADA,nave,Sol,8c:f5:a3:10:00:02\n"
    file, before = office.file("in.csv", "area,kind,holder,mac\n" + rows), listed(office)
    for extra in ((), ("--apply",)):
        spoken = office.run("device", "import", file, *extra)
        assert spoken.exit_code == 1 and "renglón 3, mac" in spoken.stderr and "renglón 4, area" in spoken.stderr
        assert "nada" not in spoken.stderr.split("renglón 4")[0], "what is no address is not repeated"
        told = office.ask("device", "import", file, *extra, exit_code=1)
        assert [(one["row"], one["code"]) for one in told["problems"]] == [
            (3, "E_CHARS"), (4, "E_AREA"), (4, "E_CHOICE"),
        ]  # fmt: skip
        assert not told["applied"] and ("error" in told) is bool(extra)
    assert office.ask("device", "list") == [] and listed(office) == before


def test_more_phones_than_three_are_told_by_row_and_refused_until_they_are_marked(office: Office) -> None:
    rows = "".join(f"OBRAS,phone,Eva {n},a4:83:e7:20:00:{n:02x}\n" for n in range(25))
    file = office.file("in.csv", "area,kind,holder,mac\n" + rows)
    spoken = office.run("device", "import", file, "--approve", "--apply")
    assert spoken.exit_code == 1 and "pasan de tres los renglones 5, 6" in spoken.stderr
    assert office.ask("device", "list") == []
    marked = [part for row in range(5, 27) for part in ("--ask-only", str(row))]
    assert office.ask("device", "import", file, "--approve", "--apply", *marked)["applied"]
    assert len(office.ask("allowlist")["entries"]) == 3 and len(office.ask("device", "list")) == 25


def test_a_refused_purpose_is_not_blamed_on_a_row(office: Office) -> None:
    file = office.file("in.csv", samples.csvs()["utf8.csv"])
    assert office.refused("device", "import", file, "--purpose", "") == ("E_EMPTY", "purpose")


def test_columns_header_and_sheet_are_what_a_person_says(office: Office) -> None:
    file = office.file("raro.csv", "OBRAS;Luis;a4:83:e7:11:22:33\n")
    said = ["--header", "0", "--map", "A=area", "--map", "B=holder"]
    assert office.ask("device", "import", file, *said)["new"] == [1]
    assert office.refused("device", "import", file, "--map", "A=nada") == ("E_MAP", "map")
    book = office.file("libro.xlsx", samples.books()["otra-hoja-primero.xlsx"])
    assert office.ask("device", "import", book)["sheet"] == "Equipos"
    assert office.refused("device", "import", book, "--sheet", "Nada") == ("E_SHEET", "sheet")


def test_areas_and_people_come_in_the_same_way(office: Office) -> None:
    areas = office.file("areas.csv", samples.areas())
    assert office.ask("area", "import", areas)["new"] == [3, 2]
    office.ask("area", "import", areas, "--apply")
    assert {one["code"] for one in office.ask("area", "list")} == {"OBRAS", "DIF", "TES", "CAJ"}
    people = office.file("personas.csv", samples.people())
    office.ask("person", "import", people, "--apply")
    assert len(office.ask("person", "list")) == 3
    assert office.refused("person", "import", people, "--invite") == ("no_mail", "invite")


def test_what_is_no_list_is_refused(office: Office) -> None:
    for content in (b"", b"code,name\nA\0,x\x01\n", b'code,name\n"A,x\n', b"%PDF-1.7\n\x01"):
        code, _field = office.refused("area", "import", office.file("areas.csv", content))
        assert code.startswith("E_")


def test_an_exported_workbook_comes_back_as_what_is_there(office: Office) -> None:
    office.ask("device", "import", office.file("c.csv", samples.csvs()["utf8.csv"]), "--approve", "--apply")
    file = office.folder / "equipos.xlsx"
    assert office.ask("device", "export", str(file))["devices"] == 3
    assert session.load(file.read_bytes(), DEVICES).book.format == "XLSX"
    told = office.ask("device", "import", str(file))
    assert (told["new"], told["same"], told["problems"]) == ([], [2, 3, 4], [])


def test_the_census_sets_the_register_beside_what_was_seen(office: Office) -> None:
    office.ask("device", "import", office.file("c.csv", samples.csvs()["utf8.csv"]), "--approve", "--apply")
    with office.store.engine.begin() as connection:
        for mac in ("a4:83:e7:11:22:33", "00:1b:a9:20:00:01"):
            connection.exec_driver_sql(
                "INSERT INTO sighting (mac, source, place, first_seen, last_seen, count) "
                "VALUES (?, 'sweep', 'palacio', ?, ?, 1)",
                (mac, f"{now():%Y-%m-%d %H:%M:%S.%f}", f"{now():%Y-%m-%d %H:%M:%S.%f}"),
            )  # fmt: skip
    found = office.ask("device", "census")["lists"]
    assert {name: [one["mac"] for one in rows] for name, rows in found.items()} == {
        "seen": ["a4:83:e7:11:22:33"], "unseen": ["a4:83:e7:11:22:44"], "strangers": ["00:1b:a9:20:00:01"],
        "let-in": [],
    }  # fmt: skip
    assert "Vistos sin registro: 1" in office.run("device", "census").stdout
    for name in ("sin.csv", "sin.xlsx"):
        file = office.folder / name
        assert office.ask("device", "census", "--list", "strangers", "--export", str(file))["devices"] == 1
        loaded = session.load(file.read_bytes(), DEVICES)
        assert {"area", "kind", "holder", "mac"} <= set(loaded.columns.columns.values()), "an import reads it"
    assert office.run("device", "census", "--export", str(file)).exit_code == 2
