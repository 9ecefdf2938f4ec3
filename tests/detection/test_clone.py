"""A registered address that two devices bear is told, and nobody who walks from one room to the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.detection.facts import Finding, Known
from netreg.detection.fingerprint import differ, system
from netreg.detection.sighting import Said, Sighting
from tests.detection.scenes import NOW, PRINTER, STRANGER, after, look, numbered, often, seen, stay

ANA = Known(STRANGER, "active", label="Teléfono de Ana")
WINDOWS, WINDOWS_11 = "1,3,6,15,31|MSFT 5.0", "1,3,6,15,31,252|MSFT 5.0"
LINUX, APPLE = "1,28,2,3|dhcpcd-9.4.1:Linux", "1,121,3,6,15,108,114,119,252"


def clones(*stays: Sighting, known: Known = ANA, said: tuple[Said, ...] = ()) -> list[Finding]:
    return [one for one in look(*stays, known=(known,), said=said) if one.kind == "clone"]


# --- at two places at once ---


def test_a_registered_address_that_keeps_being_heard_at_two_places_is_a_clone() -> None:
    (clone,) = clones(stay(STRANGER, 0, 600), stay(STRANGER, 30, 630, "planta-2"))
    assert (clone.key, clone.place, clone.urgent) == (f"clone:{STRANGER}", "planta-1, planta-2", True)
    assert "Teléfono de Ana" in clone.explanation_es
    assert clone.evidence == (
        ("Visto a la vez en planta-1.", "Seen at the same time at planta-1."),
        ("Visto a la vez en planta-2.", "Seen at the same time at planta-2."),
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(stay(STRANGER, 600, 900, "planta-2"), id="who walks over"),
        pytest.param(seen(STRANGER, 300, "planta-2"), id="who comes back within minutes"),
        pytest.param(stay(STRANGER, 100, 500, "planta-2"), id="who was there and is back for a while"),
        pytest.param(stay(STRANGER, 0, 600), id="who stays"),
        pytest.param(often(STRANGER, 200, 390, 590, "planta-2"), id="whom one look of two found on its way"),
        pytest.param(stay(STRANGER, 0, 600, "FW-1", "refused"), id="whom another kind of source sees too"),
        pytest.param(stay(STRANGER, 0, 600, "FW-1", "arp"), id="who is in the table of another segment's router"),
    ],
)
def test_no_clone_is(other: Sighting) -> None:
    assert clones(stay(STRANGER, 0, 600), other) == []


def test_one_address_that_jumps_between_two_ports_of_a_bridge_is_a_clone() -> None:
    (clone,) = clones(stay(STRANGER, 0, 2, "SW-1", "fdb", "p1"), stay(STRANGER, 1, 3, "SW-1", "fdb", "p7"))
    assert clone.place == "SW-1 · p1, SW-1 · p7"


def test_two_bridges_in_a_row_both_know_a_device_and_that_is_no_clone() -> None:
    assert clones(stay(STRANGER, 0, 600, "SW-1", "fdb", "p1"), stay(STRANGER, 1, 601, "SW-2", "fdb", "p24")) == []


def test_one_station_on_two_radios_at_once_is_a_clone_and_one_that_roams_is_not() -> None:
    first = stay(STRANGER, 0, 600, "AP-1", "stations", "wlan0")
    (clone,) = clones(first, stay(STRANGER, 5, 605, "AP-2", "stations", "wlan0"))
    assert clone.place == "AP-1 · wlan0, AP-2 · wlan0"
    assert clones(first, stay(STRANGER, 600, 640, "AP-2", "stations", "wlan0")) == []
    assert clones(first, stay(STRANGER, 30, 630, "AP-2", "stations", "wlan0")) == [], "half a minute is enough to roam"


def test_a_radio_that_does_not_say_when_it_heard_a_station_says_nothing_of_two_places() -> None:
    lists = [Sighting(STRANGER, "stations", ap, after(600), since=NOW, looks=2) for ap in ("AP-1", "AP-2")]
    assert clones(*lists) == []


@pytest.mark.parametrize("source", ["capture", "stations"])
def test_who_comes_and_goes_between_two_places_is_no_clone_though_both_hear_all_the_time(source: str) -> None:
    first = often(STRANGER, 0, 600, 1201, source=source)
    second = often(STRANGER, 610, 1199, 1200, "planta-2", source)
    assert clones(first, second) == []


def test_a_bridge_that_sees_an_address_come_and_go_within_seconds_sees_two_and_a_move_is_one() -> None:
    p1, p7 = stay(STRANGER, 600, 602, "SW-1", "fdb", "p1"), seen(STRANGER, 601, "SW-1", "fdb", "p7")
    (clone,) = clones(p1, p7)
    assert clone.place == "SW-1 · p1, SW-1 · p7"
    back = Sighting(STRANGER, "fdb", "SW-1", after(602), since=NOW, port="p1", looks=4, before=after(601))
    assert clones(back, stay(STRANGER, 300, 600, "SW-1", "fdb", "p7")) == [], "it went back to where it was before"


@pytest.mark.parametrize("kind", ["infrastructure", "protected"])
def test_network_equipment_is_no_clone_wherever_it_shows_up(kind: str) -> None:
    equipment = Known(PRINTER, "active", kind=kind)
    assert look(stay(PRINTER, 0, 600), stay(PRINTER, 1, 601, "planta-2"), known=(equipment,)) == ()


def test_two_ips_of_one_device_in_one_place_are_no_clone() -> None:
    twice = (Sighting(STRANGER, "sweep", "planta-1", NOW, ip) for ip in ("10.0.0.9", "10.0.0.10"))
    assert clones(*twice) == []


def test_a_rogue_at_two_places_is_one_rogue_and_not_a_clone_too() -> None:
    (rogue,) = look(stay(STRANGER, 0, 600), stay(STRANGER, 1, 601, "planta-2"))
    assert rogue.kind == "rogue"


@given(st.lists(st.lists(st.integers(1, 600), min_size=2, max_size=5), min_size=2, max_size=6), st.booleans())
def test_whoever_walks_to_and_fro_and_is_heard_twice_at_each_stop_is_no_clone(
    stops: list[list[int]], on_radio: bool
) -> None:
    heard: dict[str, list[int]] = {}
    moment = 0
    for number, pauses in enumerate(stops):
        for pause in pauses:
            moment += pause
            heard.setdefault(f"planta-{number % 2}", []).append(moment)
    source = "stations" if on_radio else "capture"
    assert clones(*(often(STRANGER, at[0], at[-2], at[-1], place, source) for place, at in heard.items())) == []


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=12, unique=True), st.integers(1, 11))
def test_whoever_moves_once_is_no_clone_whenever_it_is(moments: list[int], cut: int) -> None:
    moments.sort()
    before, later = moments[:cut], moments[cut:]
    stays = [stay(STRANGER, before[0], before[-1])] + ([stay(STRANGER, later[0], later[-1], "x")] if later else [])
    assert clones(*stays) == []


# --- another device than before ---


def said(kind: str, value: str, *, own: bool = False) -> Said:
    return Said(STRANGER, kind, value, NOW, own)


def test_an_address_that_is_suddenly_another_system_is_told_and_waits_for_the_digest() -> None:
    (clone,) = clones(seen(STRANGER), said=(said("dhcp", APPLE, own=True), said("dhcp", LINUX)))
    assert clone.evidence == (("Antes parecía iOS o macOS, ahora Linux.", "It seemed iOS or macOS before, now Linux."),)
    assert not clone.urgent and "Teléfono de Ana" in clone.explanation_es


def test_an_address_with_another_host_name_than_before_is_told() -> None:
    (clone,) = clones(seen(STRANGER), said=(said("name", "TEL-ANA", own=True), said("name", "kali")))
    assert clone.evidence[0][0] == "Antes se llamaba «TEL-ANA», ahora «kali»."


@pytest.mark.parametrize(
    "told",
    [
        pytest.param((said("dhcp", WINDOWS, own=True), said("dhcp", WINDOWS_11)), id="an update of the system"),
        pytest.param((said("name", "TEL-ANA", own=True), said("name", "tel-ana")), id="the same name in other letters"),
        pytest.param((said("name", "kali"),), id="what nobody knows from before"),
        pytest.param(
            (said("mdns", "TEL-ANA", own=True), said("mdns", "TEL-ANA-2")), id="another name in multicast DNS"
        ),
        pytest.param((said("dhcp", APPLE, own=True), said("dhcp", LINUX, own=True)), id="what a person accepted"),
    ],
)
def test_no_other_device_is(told: tuple[Said, ...]) -> None:
    assert clones(seen(STRANGER), said=told) == []


def test_what_speaks_for_a_clone_comes_together() -> None:
    told = (said("name", "TEL-ANA", own=True), said("name", "kali"))
    (clone,) = clones(stay(STRANGER, 0, 600), stay(STRANGER, 30, 630, "planta-2"), said=told)
    assert len(clone.evidence) == 3 and clone.urgent


def test_what_another_device_says_is_no_evidence() -> None:
    other = Said(numbered(5), "name", "kali", NOW, own=False)
    assert clones(seen(STRANGER), said=(said("name", "TEL-ANA", own=True), other)) == []


@pytest.mark.parametrize(
    ("fingerprint", "name"),
    [
        (WINDOWS, "Windows"),
        ("1,3,6,15,26,28,51,58,59,43|android-dhcp-14", "Android"),
        (LINUX, "Linux"),
        (APPLE, "iOS or macOS"),
        ("1,121,3,6,155", None),
        ("1,121,3,6,15|MSFT 5.0", "Windows"),
        ("1,3,6", None),
        ("", None),
    ],
)
def test_the_system_is_told_by_the_vendor_class_or_by_what_apple_asks_for(fingerprint: str, name: str | None) -> None:
    found = system(fingerprint)
    assert (found and found[1]) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_fingerprint_differs_from_itself_and_both_ways_agree(one: str, other: str) -> None:
    assert not differ(one, one) and differ(one, other) == differ(other, one)
