"""A name or an IP address that is somebody else's is told once, with whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from netreg.detection.facts import DetectionSettings, Finding, Guarded, Known, OpenAlert
from netreg.detection.sighting import IpUse, Said
from netreg.mac import MacAddress
from tests.detection.scenes import NOW, PRINTER, STRANGER, VIRTUAL_ROUTER, look, numbered, seen, use

OBRAS = Known(numbered(1), "active", "OBRAS", "computer", "#12", host="OBRAS-PC07")
ROUTER = MacAddress.parse("00:1b:a9:00:00:fe")
EQUIPMENT = (Known(ROUTER, "active", kind="protected"), Known(PRINTER, "active", kind="infrastructure"))
GATEWAY = DetectionSettings(guarded=(Guarded("la puerta de enlace", "10.0.0.1", frozenset({ROUTER})),))


def called(mac: MacAddress, name: str, hours_ago: float = 0) -> Said:
    return Said(mac, "name", name, NOW - timedelta(hours=hours_ago))


# --- names ---


def test_a_stranger_with_the_name_of_a_registered_computer_is_told_as_that_and_not_as_a_rogue_besides() -> None:
    (found,) = look(seen(STRANGER), known=(OBRAS,), said=(called(STRANGER, "obras-pc07"),))
    assert (found.kind, found.key) == ("name", f"name:{STRANGER}")
    assert "«obras-pc07», como la computadora #12" in found.explanation_es
    assert found.evidence == ((f"El nombre es de {OBRAS.mac}.", f"The name is that of {OBRAS.mac}."),)


def test_a_registered_device_of_another_area_with_that_name_is_told_too() -> None:
    other = Known(STRANGER, "active", "TESORERIA", "computer", "#13", host="TES-01")
    (found,) = look(seen(STRANGER), known=(OBRAS, other), said=(called(STRANGER, "OBRAS-PC07"),))
    assert found.kind == "name"


def test_the_computer_itself_and_its_other_card_that_is_registered_bear_their_own_name() -> None:
    dock = Known(numbered(2), "active", "OBRAS", "computer", "#12", host="OBRAS-PC07")
    told = (called(OBRAS.mac, "OBRAS-PC07"), called(dock.mac, "OBRAS-PC07"))
    assert look(seen(OBRAS.mac), seen(dock.mac), known=(OBRAS, dock), said=told) == ()


@pytest.mark.parametrize("state", ["suspended", "removed", "rejected"])
def test_a_device_somebody_decided_against_stays_a_rogue_whatever_it_calls_itself(state: str) -> None:
    (found,) = look(seen(STRANGER), known=(OBRAS, Known(STRANGER, state)), said=(called(STRANGER, "OBRAS-PC07"),))
    assert found.kind == "rogue" and ("Dice llamarse «OBRAS-PC07».") in found.evidence[1]


def test_a_rogue_that_was_told_before_its_name_was_heard_stays_one_alert() -> None:
    told = (OpenAlert(f"rogue:{STRANGER}", NOW),)
    (found,) = look(seen(STRANGER), known=(OBRAS,), open_alerts=told, said=(called(STRANGER, "OBRAS-PC07"),))
    assert found.kind == "rogue"


@pytest.mark.parametrize(("days", "kinds"), [(1, []), (-1, ["name"])])
def test_who_is_ignored_is_not_told_by_its_name_either_while_that_lasts(days: int, kinds: list[str]) -> None:
    aside = Known(STRANGER, "ignored", ignored_until=NOW + timedelta(days=days))
    found = look(seen(STRANGER), known=(OBRAS, aside), said=(called(STRANGER, "OBRAS-PC07"),))
    assert [one.kind for one in found] == kinds


def test_the_name_of_a_computer_that_may_not_connect_is_nobodys() -> None:
    gone = Known(OBRAS.mac, "removed", "OBRAS", "computer", "#12", host="OBRAS-PC07")
    (found,) = look(seen(STRANGER), known=(gone,), said=(called(STRANGER, "OBRAS-PC07"),))
    assert found.kind == "rogue"


def test_a_name_of_last_week_is_no_claim() -> None:
    (found,) = look(seen(STRANGER), known=(OBRAS,), said=(called(STRANGER, "OBRAS-PC07", hours_ago=25),))
    assert found.kind == "rogue"


def test_strangers_that_all_take_a_registered_name_are_a_storm_and_who_was_told_of_before_stays_told() -> None:
    crowd = [numbered(n) for n in range(100, 160)]
    told = (OpenAlert(f"name:{crowd[0]}", NOW),)
    found = look(
        *(seen(one) for one in crowd),
        known=(OBRAS,), said=tuple(called(one, "OBRAS-PC07") for one in crowd), open_alerts=told,
    )  # fmt: skip
    assert [one.key for one in found] == [f"name:{crowd[0]}", "storm"] and found[1].count == 59


# --- gateways and servers ---


def test_whoever_takes_the_address_of_the_gateway_is_told_at_once() -> None:
    uses = (use("10.0.0.1", ROUTER, 0, 9), use("10.0.0.1", STRANGER, 5, 5))
    known = (Known(STRANGER, "active"), Known(ROUTER, "active", kind="infrastructure"))
    (found,) = look(seen(STRANGER), seen(ROUTER), known=known, ips=uses, settings=GATEWAY)
    assert (found.kind, found.key, found.mac, found.urgent) == ("gateway", "gateway:10.0.0.1", STRANGER, True)
    assert "la puerta de enlace" in found.explanation_es


def test_two_who_take_it_are_one_alert_that_names_both() -> None:
    uses = (use("10.0.0.1", numbered(3), 0, 1), use("10.0.0.1", numbered(4), 5, 5))
    (found,) = [one for one in look(ips=uses, settings=GATEWAY) if one.kind == "gateway"]
    assert found.macs == (numbered(3), numbered(4))


def test_the_gateway_itself_may_have_its_address() -> None:
    assert look(ips=(use("10.0.0.1", ROUTER, 0, 9),), settings=GATEWAY) == ()


# --- addresses that two fight over ---


def fights(*uses: IpUse, known: tuple[Known, ...] = ()) -> list[Finding]:
    return [one for one in look(ips=uses, known=known) if one.kind == "flipflop"]


def test_an_address_that_goes_back_and_forth_is_told_with_both_devices() -> None:
    (found,) = fights(use("10.0.0.7", numbered(1), 0, 60), use("10.0.0.7", numbered(2), 30, 90))
    assert (found.key, found.macs) == ("flipflop:planta-1:10.0.0.7", (numbered(1), numbered(2)))
    assert str(numbered(2)) in found.explanation_es and not found.urgent


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(use("10.0.0.7", numbered(2), 61, 90), id="who got the lease afterwards"),
        pytest.param(use("10.0.0.8", numbered(2), 30, 90), id="another address"),
        pytest.param(use("10.0.0.7", numbered(2), 30, 90, "planta-2"), id="the same address on another segment"),
        pytest.param(use("10.0.0.7", VIRTUAL_ROUTER, 30, 90), id="a pair of routers"),
    ],
)
def test_no_fight_is(other: IpUse) -> None:
    known = (Known(PRINTER, "active", kind="infrastructure"),)
    assert fights(use("10.0.0.7", numbered(1), 0, 60), other, known=known) == []


def test_who_takes_the_address_of_a_printer_or_of_a_gateway_that_nobody_guards_is_told() -> None:
    (found,) = fights(use("10.0.0.7", numbered(1), 0, 60), use("10.0.0.7", PRINTER, 30, 90), known=EQUIPMENT)
    assert found.macs == (PRINTER, numbered(1))


def test_equipment_that_shares_an_address_or_answers_for_others_fights_nobody() -> None:
    assert fights(use("10.0.0.7", ROUTER, 0, 60), use("10.0.0.7", PRINTER, 30, 90), known=EQUIPMENT) == []
    answers = [use(f"10.0.0.{n}", PRINTER, 30, 90) for n in range(7, 12)]
    assert fights(use("10.0.0.7", numbered(1), 0, 60), *answers, known=EQUIPMENT) == []


def test_a_proxy_that_answers_for_everybody_fights_nobody() -> None:
    proxied = [use(f"10.0.0.{host}", STRANGER, 0, 90) for host in range(10, 40)]
    assert fights(*proxied, use("10.0.0.12", numbered(1), 30, 60)) == []
