"""Who is where, on the command line: for people and for programs."""

from __future__ import annotations

from datetime import timedelta

from netreg.detection.sighting import Heard
from netreg.policy.week import Week
from netreg.registry import queries
from netreg.store.base import now
from tests.cli.conftest import Office
from tests.people import mac
from tests.registry.hearing import RANDOM, ROGUE, hear


def heard(office: Office, days: float = 0) -> None:
    """A printer that nobody registered, and a phone that calls itself by a nasty name."""
    at = now() - timedelta(days=days)
    hear(office.store, Heard(ROGUE, "192.0.2.7"), Heard(RANDOM, name="\x1b[2JTEL"), at=at)


def test_who_is_there_is_listed_by_place_and_by_who_is_unregistered(office: Office) -> None:
    heard(office)
    office.run("device", "infrastructure", "--area", "OBRAS", "--mac", str(ROGUE), "--name", "Impresora",
               "--location", "PB", "--instruction", "Oficio 1")  # fmt: skip
    assert [one["mac"] for one in office.ask("presence", "list")] == [str(RANDOM), str(ROGUE)]
    assert [one["mac"] for one in office.ask("presence", "list", "--unknown")] == [str(RANDOM)]
    assert office.ask("presence", "list", "--place", "patio") == []
    known = office.ask("presence", "list")[1]
    assert (known["label"], known["area"], known["ips"]) == ("Impresora", "Obras Públicas", ["192.0.2.7"])
    assert "\x1b" not in office.run("presence", "list").stdout


def test_an_address_is_found_and_its_history_told(office: Office) -> None:
    heard(office)
    assert [one["mac"] for one in office.ask("presence", "find", "a483.e7")["found"]] == [str(ROGUE)]
    assert office.ask("presence", "find", "192.0.2.7")["uses"][0]["mac"] == str(ROGUE)
    then = office.ask("presence", "find", "192.0.2.7", "--at", "2020-01-01 09:00")
    assert then == {"found": [], "uses": [], "more": False}
    told = office.ask("presence", "history", str(ROGUE).replace(":", "-"))
    assert [one["place"] for one in told["stays"]] == ["palacio"] and told["ips"][0]["ip"] == "192.0.2.7"
    assert "palacio" in office.run("presence", "history", str(ROGUE)).stdout
    assert "palacio" in office.run("presence", "find", str(ROGUE)).stdout


def test_what_is_no_question_is_refused_by_name(office: Office) -> None:
    assert office.refused("presence", "find", " ") == ("E_EMPTY", "text")
    assert office.refused("presence", "find", "192.0.2.7", "--at", "ayer") == ("E_MOMENT", "at")
    assert office.refused("presence", "history", "a4:83")[1] == "mac"
    assert office.refused("report", "rogues", "--week", "2026-47") == ("E_WEEK", "week")


def test_reading_where_devices_are_leaves_a_line(office: Office) -> None:
    heard(office)
    office.run("device", "infrastructure", "--area", "OBRAS", "--mac", mac(0x99), "--name", "Impresora",
               "--location", "PB", "--instruction", "Oficio 1")  # fmt: skip
    for _time in range(2):
        office.run("presence", "list")
        office.run("presence", "history", mac(0x99))
        office.run("report", "rogues")
    with office.store.reading() as session:
        named = [event.subject for event in queries.audit(session) if event.name in ("addresses.read", "trail.read")]
    assert sorted(named) == ["addresses presence", "addresses rogues", "device 1"]


def test_every_source_says_whether_it_sees(office: Office) -> None:
    heard(office)
    assert [(one["name"], one["blind"], one["sees"]) for one in office.ask("source", "list")] == [
        ("sweep:palacio", False, 2)
    ]
    assert "sweep:palacio" in office.run("source", "list").stdout


def test_the_rogues_of_a_week_are_told_and_written_as_csv_and_pdf(office: Office) -> None:
    heard(office, days=7)
    zone = office.store.office.zone
    week = str(Week.of(now() - timedelta(days=7), zone))
    files = [str(office.folder / name) for name in ("r.csv", "r.pdf")]
    told = office.ask("report", "rogues", "--week", week, "--csv", files[0], "--pdf", files[1])
    assert told["week"] == week and {one["mac"] for one in told["rogues"]} == {str(ROGUE), str(RANDOM)}
    assert [(one["name"], one["devices"]) for one in told["sources"]] == [("sweep:palacio", 2)]
    assert (office.folder / "r.pdf").read_bytes().startswith(b"%PDF")
    assert str(ROGUE) in (office.folder / "r.csv").read_text(encoding="utf-8-sig")
    assert office.ask("report", "rogues")["week"] == str(Week.of(now(), zone).before)
    assert "sin decidir" in office.run("report", "rogues", "--week", week).stdout


def test_the_monthly_report_is_asked_for_as_before(office: Office) -> None:
    assert office.ask("report", "--month", "2026-10")["month"] == "2026-10"
    assert office.run("report").exit_code == 2
