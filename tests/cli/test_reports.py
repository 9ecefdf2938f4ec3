"""The report of a month at the command line: of one procedure or all, of one area or all, and as files."""

from __future__ import annotations

from datetime import UTC, datetime

from openpyxl import load_workbook

from tests.cli.conftest import Office
from tests.samples import own_definition

MONTH = f"{datetime.now(UTC):%Y-%m}"


def received(office: Office, mac: str = "a4:83:e7:10:00:01") -> str:
    words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva", "--phone", mac)
    made = office.ask("request", "submit", *words)
    return str(office.ask("request", "receive", made["reference"], "--paper")["folio"])


def test_the_report_of_a_month_is_also_a_csv_and_a_workbook_that_open_harmlessly(office: Office) -> None:
    written, book = office.folder / "informe.csv", office.folder / "informe.xlsx"
    asked = ("report", "--month", "2026-10")
    found = office.ask(*asked, "--csv", str(written), "--xlsx", str(book))
    assert (found["frozen"], found["late"], found["pauses"]) == (None, [], [])
    assert len(found["months"]) == 12 and found["received_by_weekday"] == [0] * 7
    assert written.read_bytes().startswith(b"\xef\xbb\xbfInforme,2026-10")
    assert load_workbook(book)["Cifras"]["B1"].value == "2026-10"
    assert "Fuera de término" not in office.run(*asked).stdout, "an empty list is not shown"


def test_a_report_is_of_one_procedure_or_of_all_and_of_one_area_or_of_all(office: Office) -> None:
    folio = received(office)
    for options in ((), ("--procedure", "all"), ("--procedure", "ADJ-P03", "--area", "OBRAS")):
        found = office.ask("report", "--month", MONTH, *options)
        assert found["received"] == [folio] and found["open_by_unit"] == {"Coordinador CGDI": [folio]}, options
        assert found["by_area"] == [{"name": "Obras Públicas", "received": 1, "attended": 0, "percent": "0.0"}]
    assert office.ask("report", "--month", MONTH, "--area", "DIF")["received"] == []
    assert "Obras Públicas" in office.run("report", "--month", MONTH, "--area", "OBRAS").stdout


def test_what_does_not_exist_is_refused(office: Office) -> None:
    assert office.refused("report", "--month", MONTH, "--procedure", "ADJ-P99")[0] == "procedure_unknown"
    assert office.refused("report", "--month", MONTH, "--area", "NADIE")[0] == "not_found"
    assert office.refused("report", "--month", "2026-13")[0] == "E_MONTH"


def test_a_report_is_also_of_a_definition_of_the_offices_own(office: Office) -> None:
    own = office.folder / "own"
    own.mkdir()
    code, said = own_definition(own), office.path.read_text()
    said = said.replace('enabled = ["almoloya"]', f'enabled = ["{code}"]').replace('folder = "" ', 'folder = "own" ', 1)
    office.path.write_text(said)
    assert office.ask("report", "--month", MONTH, "--procedure", code)["received"] == []
