"""Privacy at the console: what would be forgotten, whether an address was ever registered, what is held on whom."""

from __future__ import annotations

import json
from zipfile import ZipFile

import pytest
import time_machine

from tests.cli.conftest import Office
from tests.cli.test_commands import PHONES, ask_for_phones, turn_over


@pytest.fixture
def refused_a_year_ago(office: Office) -> int:
    with time_machine.travel("2026-11-20T18:00:00Z"):
        (number,) = ask_for_phones(office, PHONES[0])
        turn_over(office, "E1")
        office.ask("request", "reject", str(number), "--reason", "unfit_device")
    return number


def test_a_dry_run_counts_and_changes_nothing_and_a_run_forgets(office: Office, refused_a_year_ago: int) -> None:
    with time_machine.travel("2027-11-21T18:00:00Z"):
        counts = {"devices": 1, "addresses": 1, "alerts": 0, "sightings": 0, "requests": 0, "forms": 0, "contacts": 0}
        before = len(office.ask("audit", "list"))
        assert office.ask("retention", "run", "--dry-run") == counts | {"dry_run": True}
        assert len(office.ask("audit", "list")) == before
        assert "se borrarían 1 direcciones" in office.run("retention", "run", "--dry-run").stdout
        assert office.ask("retention", "run") == counts | {"dry_run": False}
        assert office.ask("retention", "run")["devices"] == 0
        (row,) = office.ask("device", "list")
        assert (row["name"], row["holder"], row["macs"]) == (f"#{refused_a_year_ago}", "", "")


def test_was_it_ever_registered_is_answered_before_and_after_in_any_notation(
    office: Office, refused_a_year_ago: int
) -> None:
    with time_machine.travel("2027-11-21T18:00:00Z"):
        before = office.ask("device", "history", PHONES[0].upper().replace(":", "-"))
        office.ask("retention", "run")
        after = office.ask("device", "history", PHONES[0].replace(":", ""))
        assert before[0]["forgotten"] is None and after[0]["forgotten"] is not None
        assert after[0]["device"] == refused_a_year_ago and after[0]["state"] == "rejected"
        assert after[0]["folio"].startswith("ADJ-P03-") and after[0]["area"] == "OBRAS" and after[0]["kind"] == "phone"
        assert office.ask("device", "history", PHONES[1]) == []
        assert PHONES[0] not in office.run("device", "history", PHONES[0]).stdout
    assert office.refused("device", "history", "nada")[1] == "mac"


def test_without_its_key_nothing_is_forgotten_and_the_answer_says_what_to_do(
    office: Office, refused_a_year_ago: int
) -> None:
    key = office.folder / "data" / "retention.key"
    key.rename(office.folder / "away")
    with time_machine.travel("2027-11-21T18:00:00Z"):
        assert office.refused("retention", "run")[0] == "netreg.C021"
        assert "backup" in office.run("retention", "run").stderr and not key.exists()
        assert "netreg.D046" in [row["id"] for row in office.ask("doctor", "--offline", exit_code=1)]
        (office.folder / "away").rename(key)
        assert office.ask("retention", "run")["devices"] == 1


def test_what_is_held_on_a_person_is_written_as_json_or_zip_and_recorded(office: Office) -> None:
    ask_for_phones(office, PHONES[0])
    file = office.folder / "eva.json"
    assert office.ask("person", "export", "eva paz", "-o", str(file)) == {"person": "Eva Paz", "file": str(file)}
    assert json.loads(file.read_text(encoding="utf-8"))["equipos"][0]["direcciones"] == [PHONES[0]]
    office.ask("person", "export", "Eva Paz", "-o", str(office.folder / "eva.zip"))
    with ZipFile(office.folder / "eva.zip") as archive:
        assert archive.read("datos.pdf").startswith(b"%PDF")
    assert file.stat().st_mode & 0o077 == 0, "whole addresses are for whoever asked alone"
    assert office.run("audit", "list").stdout.count("sacó los datos que se conservan de Eva Paz") == 2


def test_an_export_of_nobody_is_refused_and_not_recorded_and_one_that_cannot_be_written_is(office: Office) -> None:
    before = len(office.ask("audit", "list"))
    assert office.refused("person", "export", "Eva Paz", "-o", "eva.csv")[0] == "E_FILE"
    assert office.refused("person", "export", "Eva Paz", "-o", "eva.json") == ("not_found", "who")
    assert len(office.ask("audit", "list")) == before
    ask_for_phones(office, PHONES[0])
    assert office.refused("person", "export", "Eva Paz", "-o", "/nowhere/eva.json", exit_code=3)[0] == "outside"
    assert "person.exported" in {row["name"] for row in office.ask("audit", "list")}, "on record before it leaves"


def test_lists_and_files_with_whole_addresses_are_recorded_and_empty_ones_are_not(office: Office) -> None:
    for words in ("device list", "allowlist", "request list"):
        office.ask(*words.split())
    assert not noted(office)
    ask_for_phones(office, PHONES[0])
    for words in ("device list", "device list", "request list", "device export", "device export"):
        office.run(*words.split(), *([] if "export" in words else ["--json"]))
    assert noted(office) == ["addresses devices", "addresses requests", *["addresses device-csv"] * 2]


def noted(office: Office) -> list[str]:
    rows = office.ask("audit", "list")
    return [row["subject"] for row in reversed(rows) if row["name"].startswith("addresses.")]
