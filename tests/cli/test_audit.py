"""The audit log at the console: looked up, one event whole, sealed exports, notes kept outside."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from netreg.cli.base import App
from netreg.store import audit
from tests.cli.conftest import Office


def test_events_are_found_by_what_who_when_and_words(office: Office) -> None:
    assert [one["name"] for one in office.ask("audit", "list")] == ["area.added", "area.added"]
    assert len(office.ask("audit", "list", "--text", "sistema dif")) == 1
    assert len(office.ask("audit", "list", "--subject", "area OBRAS", "--name", "area.", "--since", "2020-01-01")) == 1
    assert office.ask("audit", "list", "--until", "2020-01-01") == []
    assert office.ask("audit", "list", "--actor", "nobody") == []
    assert len(office.ask("audit", "list", "--limit", "1")) == 1
    assert office.run("audit", "list", "--since", "ayer").exit_code == 2


def test_one_event_is_shown_with_before_after_reason_and_chain(office: Office) -> None:
    office.run("area", "site", "OBRAS", "Palacio")
    seq = office.ask("audit", "list", "--limit", "1")[0]["seq"]
    shown = office.ask("audit", "show", str(seq))
    assert shown["matches"] and len(shown["hash"]) == 64 and shown["facts"]["after"]
    said = office.run("audit", "show", str(seq)).stdout
    assert "→" in said and "Palacio" in said and shown["hash"] in said
    assert office.refused("audit", "show", "999") == ("not_found", "")


def test_a_csv_is_written_once_and_read_by_a_spreadsheet(office: Office) -> None:
    file = office.folder / "log.csv"
    assert office.ask("audit", "list", "--csv", str(file), "--name", "area.")["rows"] == 2
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 3 and file.stat().st_mode & 0o077 == 0
    assert office.run("audit", "list", "--csv", str(file)).exit_code == 3, "nothing is written over"
    assert office.ask("audit", "list")[0]["subject"] == "addresses audit-csv"


def test_an_export_is_sealed_signed_and_checked_on_another_machine(office: Office) -> None:
    file = office.folder / "log.jsonl"
    public = office.ask("audit", "key")["public_key"]
    made = office.ask("audit", "export", str(file))
    assert made["signed"] and made["rows"] == 3, "its own export is in it"
    config = office.path.rename(office.folder / "away.toml")  # no configuration is needed to check
    assert office.run("audit", "verify", "--export", str(file), "--public-key", public).exit_code == 0
    config.rename(office.path)
    checked = office.ask("audit", "verify", "--export", str(file))
    assert checked["signed_by"] == public and checked["head"] == made["head"]
    file.write_bytes(file.read_bytes().replace(b"OBRAS", b"OTRAS"))
    assert office.refused("audit", "verify", "--export", str(file)) == ("export_broken", "")
    assert office.refused("audit", "verify", "--export", str(file), "--public-key", "abc")[1] == "public_key"


def test_the_log_is_compared_with_notes_kept_outside(office: Office) -> None:
    head = office.ask("audit", "verify")
    good = office.file("anchors.txt", f"# from the mail\n2026-11-23T15:00:00+00:00 {head['rows']} {head['head']}\n")
    office.run("area", "site", "OBRAS", "Palacio")
    assert office.ask("audit", "verify", "--anchors", good)["anchors"] == {
        "compared": 1, "problem": "", "contradicted": None,
    }  # fmt: skip
    bad = office.file("others.txt", f"2026-11-23T15:00:00+00:00 1 {'0' * 64}\n")
    found = office.ask("audit", "verify", "--anchors", bad, exit_code=1)
    assert found["broken_at"] is None and found["anchors"]["problem"]
    assert "✘" in office.run("audit", "verify", "--anchors", bad).stdout
    assert office.refused("audit", "verify", "--anchors", office.file("none.txt", ""))[0] == "no_anchor"


def test_whoever_waits_at_a_terminal_sees_how_far_the_check_is_and_nobody_else_does(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PIECE", 1)
    assert not office.run("audit", "verify").stderr
    terminal, begin = StringIO(), App.__init__

    def at_a_terminal(app: App, *arguments: Any) -> None:
        begin(app, *arguments)
        app.err = Console(file=terminal, force_terminal=True, width=80)

    monkeypatch.setattr(App, "__init__", at_a_terminal)
    found = office.ask("audit", "verify")
    assert terminal.getvalue() == "" and found["rows"] > 1
    assert f"✔ {found['rows']} eventos" in office.run("audit", "verify").stdout
    assert "Comprobando la cadena" in terminal.getvalue() and "100%" in terminal.getvalue()
