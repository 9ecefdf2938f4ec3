"""Alerts at the console: found, shown, dealt with, decided about, and everything taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from netreg.registry.commands import alerts
from netreg.store.base import now
from tests.cli.conftest import Office

STRANGER = "a4:83:e7:66:77:88"
LATER = f"{now() + timedelta(days=20):%Y-%m-%d}"


@pytest.fixture
def number(office: Office) -> int:
    store = office.store
    said = ("Nadie lo pidió.", "Nobody asked.")
    news = alerts.News("rogue:1", "rogue", STRANGER, "Apple, Inc.", "palacio", *said, now(), now(), 3,
                       evidence=(("Lo vieron dos.", "Two saw it."),), urgent=True)  # fmt: skip
    with store.transaction("agent:scan") as tx:
        found = alerts.open_alerts(tx, [news])[0].id
    store.engine.dispose()
    return found


def states(office: Office) -> list[tuple[str, str]]:
    return [(one["state"], one["decision"]) for one in office.ask("alert", "list")]


def test_an_alert_is_shown_with_what_speaks_for_it_and_what_is_next(office: Office, number: int) -> None:
    shown = office.ask("alert", "show", str(number))
    assert shown["evidence"] == ["Lo vieron dos."] and shown["next"].startswith("Averigüe") and shown["urgent"]
    assert "next: Averigüe de quién es" in office.run("alert", "show", str(number)).output


def test_alerts_are_filtered(office: Office, number: int) -> None:
    for words, count in (("--kind rogue", 1), ("--kind clone", 0), ("--state closed", 0), ("--assigned x@y.mx", 0)):
        assert len(office.ask("alert", "list", *words.split())) == count, words


def test_an_alert_is_dealt_with(office: Office, number: int) -> None:
    one = str(number)
    office.ask("alert", "ack", one, "--note", "La veo")
    office.ask("alert", "assign", one)
    assert office.refused("alert", "assign", one, "--to", "nadie@ejemplo.mx") == ("not_found", "as")
    office.ask("alert", "note", one, "La puso el proveedor")
    office.ask("alert", "snooze", one, "--until", LATER, "--note", "Visita")
    office.ask("alert", "close", one, "--note", "Era una cámara", "--decision", "harmless")
    assert office.ask("alert", "list", "--state", "closed")[0]["decision"] == "harmless"
    office.ask("alert", "reopen", one, "--reason", "Volvió")
    assert states(office) == [("open", "")]


@pytest.mark.parametrize("by", ["number", "address", "bare"])
def test_a_device_is_blocked_by_its_alert_or_its_address_and_unblocked(office: Office, number: int, by: str) -> None:
    which = {"number": str(number), "address": STRANGER.upper(), "bare": STRANGER.replace(":", "")}[by]
    assert office.ask("alert", "block", which, "--reason", "Nadie la conoce")["mac"] == STRANGER
    assert [one["kind"] for one in office.ask("alert", "decided")] == ["blocked"]
    assert states(office) == [("acknowledged", "blocked")]
    office.ask("alert", "unblock", which, "--reason", "Ya se sabe")
    assert office.ask("alert", "decided") == []


def test_twelve_digits_are_an_address_and_no_number(office: Office) -> None:
    assert office.ask("alert", "block", "001122334455", "--reason", "x")["mac"] == "00:11:22:33:44:55"


def test_a_device_is_ignored_until_a_day(office: Office, number: int) -> None:
    office.ask("alert", "ignore", str(number), "--until", LATER, "--reason", "Visita")
    assert states(office) == [] and office.ask("alert", "decided")[0]["kind"] == "ignored"


def test_a_device_becomes_infrastructure(office: Office, number: int) -> None:
    words = ["--area", "OBRAS", "--name", "Impresora", "--location", "Pasillo"]
    assert office.ask("alert", "register", str(number), *words)["device"]
    assert office.ask("alert", "list", "--state", "closed")[0]["decision"] == "infrastructure"
