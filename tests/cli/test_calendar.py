"""The office loads its own days: CSV or ICS, all or nothing, and open terms follow."""

from __future__ import annotations

from tests.cli.conftest import Office

CSV = (
    "from,to,es,en,source\n2026-12-21,2027-01-06,Segundo periodo vacacional,,Gaceta\n02/11/2026,02/11/2026,Muertos,,\n"
)
CLOSED = "from,to,es\n2026-01-01,2026-12-31,Cerrado\n2027-01-01,2027-12-31,Cerrado\n"


def test_the_days_of_a_csv_are_loaded_shown_and_written_again(office: Office) -> None:
    assert office.ask("calendar", "import", office.file("days.csv", CSV)) == {"version": 2, "rows": 2}
    assert [row["from"] for row in office.ask("calendar", "show")] == ["2026-11-02", "2026-12-21"]
    for name in ("out.csv", "out.ics"):
        written = str(office.folder / name)
        assert office.ask("calendar", "export", written)["rows"] == 2
        assert office.ask("calendar", "import", written)["rows"] == 2
    assert "cargó la versión 2 del calendario" in office.run("audit", "list").stdout


def test_one_bad_line_loads_nothing_and_is_named(office: Office) -> None:
    bad = office.file("days.csv", CSV + "2026-02-30,2026-02-30,Nunca,,\n")
    assert office.refused("calendar", "import", bad)[1] == "file"
    assert "4" in office.run("calendar", "import", bad).stderr
    assert office.ask("calendar", "show") == []


def test_w_03_a_changed_calendar_moves_the_terms_of_open_requests_only(office: Office) -> None:
    for mac in ("a4:83:e7:10:00:01", "a4:83:e7:10:00:02"):
        words = ("--area", "OBRAS", "--purpose", "Campo", "--holder", "Eva", "--phone", mac)
        made = office.ask("request", "submit", *words)
        office.ask("request", "receive", made["reference"], "--paper")
        office.ask("request", "assign", made["reference"])
    office.ask("request", "reject", "1", "--reason", "unfit_device")
    before = {row["reference"]: row["due"] for row in office.ask("request", "list")}
    office.ask(
        "calendar",
        "import",
        office.file("days.csv", CLOSED),
    )
    after = {row["reference"]: row["due"] for row in office.ask("request", "list")}
    changed = {reference for reference in before if before[reference] != after[reference]}
    assert len(changed) == 1 and len(before) == 2
    moved = [row for row in office.ask("audit", "list") if row["name"] == "request.term_changed"]
    assert len(moved) == 1 and changed.pop() in moved[0]["says"]
