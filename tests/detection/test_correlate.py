"""What a person is told about devices on the network: once each, with the likeliest story, and never too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.detection.correlate import DetectionSettings, Finding, Known, OpenAlert, blind, findings
from netreg.detection.sighting import Sighting
from netreg.mac import MacAddress

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRINTER = MacAddress.parse("00:1b:a9:00:00:01")
STRANGER = MacAddress.parse("a4:83:e7:11:22:33")
PRIVATE = MacAddress.parse("da:a1:19:00:00:07")
VIRTUAL_ROUTER = MacAddress.parse("00:00:5e:00:01:0a")
SETTINGS = DetectionSettings()


def seen(mac: MacAddress, seconds: float = 0, place: str = "planta-1", source: str = "sweep") -> Sighting:
    return Sighting(mac, source, place, NOW + timedelta(seconds=seconds), "10.0.0.9")


def look(
    *sightings: Sighting,
    known: tuple[Known, ...] = (),
    open_alerts: tuple[OpenAlert, ...] = (),
    settings: DetectionSettings = SETTINGS,
) -> tuple[Finding, ...]:
    return findings(sightings, known, open_alerts, NOW, settings)


def numbered(number: int) -> MacAddress:
    return MacAddress.parse(f"{0xA483E7000000 + number:012x}")


# --- rogues ---


def test_an_unregistered_device_is_one_rogue_however_often_it_is_seen() -> None:
    (rogue,) = look(seen(STRANGER, 30), seen(STRANGER), seen(STRANGER, 60, source="refused"))
    assert (rogue.kind, rogue.key, rogue.mac) == ("rogue", f"rogue:{STRANGER}", STRANGER)
    assert (rogue.first_seen, rogue.last_seen) == (NOW, NOW + timedelta(seconds=60))
    assert (rogue.count, rogue.sources, rogue.place) == (3, ("refused", "sweep"), "planta-1")


def test_a_rogue_names_the_maker_of_the_device() -> None:
    (rogue,) = look(seen(STRANGER))
    assert rogue.vendor is not None and "Apple" in rogue.vendor
    assert rogue.vendor in rogue.explanation_es and rogue.vendor in rogue.explanation_en
    assert not rogue.random


def test_a_random_address_is_explained_as_a_phone_with_its_private_address_on() -> None:
    (rogue,) = look(seen(PRIVATE))
    assert rogue.random and rogue.vendor is None
    assert "Posible dirección privada" in rogue.explanation_es


def test_a_virtual_router_nobody_registered_is_told_because_anybody_can_borrow_its_address() -> None:
    (rogue,) = look(seen(VIRTUAL_ROUTER))
    assert "enrutador virtual" in rogue.explanation_es


@pytest.mark.parametrize("state", ["pushing", "active", "removing"])
def test_a_device_with_the_right_to_be_there_is_no_rogue(state: str) -> None:
    assert look(seen(STRANGER), known=(Known(STRANGER, state),)) == ()


@pytest.mark.parametrize(
    ("state", "word"), [("suspended", "suspendido"), ("removed", "dado de baja"), ("rejected", "rechazado")]
)
def test_a_device_that_lost_its_right_is_a_rogue_that_keeps_trying(state: str, word: str) -> None:
    (rogue,) = look(seen(STRANGER), known=(Known(STRANGER, state, area="Tesorería", label="Teléfono de Ana"),))
    assert rogue.kind == "rogue"
    assert rogue.explanation_es == f"Equipo {word} Teléfono de Ana (Tesorería) que sigue intentando conectarse."


def test_a_device_that_was_removed_and_let_in_again_is_let_in() -> None:
    assert look(seen(STRANGER), known=(Known(STRANGER, "removed"), Known(STRANGER, "active"))) == ()
    assert look(seen(STRANGER), known=(Known(STRANGER, "active"), Known(STRANGER, "rejected"))) == ()


@pytest.mark.parametrize("kind", ["infrastructure", "protected"])
def test_network_equipment_is_neither_rogue_nor_clone_wherever_it_shows_up(kind: str) -> None:
    assert look(seen(PRINTER), seen(PRINTER, 1, "planta-2"), known=(Known(PRINTER, "active", kind=kind),)) == ()


def test_a_printer_taken_out_of_service_is_a_rogue_like_anything_else() -> None:
    (rogue,) = look(seen(PRINTER), known=(Known(PRINTER, "removed", kind="infrastructure"),))
    assert rogue.kind == "rogue"


def test_an_ignored_device_is_silent_until_its_day_and_a_rogue_from_then_on() -> None:
    day = timedelta(days=1)
    assert look(seen(STRANGER), known=(Known(STRANGER, "ignored", ignored_until=NOW + day),)) == ()
    (rogue,) = look(seen(STRANGER), known=(Known(STRANGER, "ignored", ignored_until=NOW),))
    assert "nadie ha registrado" in rogue.explanation_es


def test_a_group_address_is_no_device() -> None:
    assert look(seen(MacAddress.parse("01:00:5e:00:00:fb"))) == ()


def test_an_open_alert_is_the_same_finding_since_its_first_day() -> None:
    yesterday = NOW - timedelta(days=1)
    (rogue,) = look(seen(STRANGER), open_alerts=(OpenAlert(f"rogue:{STRANGER}", yesterday),))
    assert (rogue.first_seen, rogue.is_new) == (yesterday, False)


# --- clones ---


def test_a_registered_address_at_two_places_at_once_is_a_clone() -> None:
    known = (Known(STRANGER, "active", label="Teléfono de Ana"),)
    (clone,) = look(seen(STRANGER), seen(STRANGER, 60, "planta-2"), known=known)
    assert (clone.kind, clone.key, clone.place) == ("clone", f"clone:{STRANGER}", "planta-1, planta-2")
    assert "Teléfono de Ana" in clone.explanation_es


@pytest.mark.parametrize(
    "second", [seen(STRANGER, 61, "planta-2"), seen(STRANGER, 1, "planta-1"), seen(STRANGER, 1, "FW-1", "refused")]
)
def test_walking_over_staying_or_being_seen_by_another_kind_of_source_is_no_clone(second: Sighting) -> None:
    assert look(seen(STRANGER), second, known=(Known(STRANGER, "active"),)) == ()


def test_two_ips_of_one_device_in_one_place_are_no_clone() -> None:
    twice = (Sighting(STRANGER, "sweep", "planta-1", NOW, ip) for ip in ("10.0.0.9", "10.0.0.10"))
    assert look(*twice, known=(Known(STRANGER, "active"),)) == ()


def test_a_rogue_at_two_places_is_one_rogue_and_not_a_clone_too() -> None:
    (rogue,) = look(seen(STRANGER), seen(STRANGER, 1, "planta-2"))
    assert rogue.kind == "rogue"


# --- storms and blindness ---


def test_as_many_new_rogues_as_the_limit_are_told_one_by_one() -> None:
    found = look(*(seen(numbered(n)) for n in range(5)), settings=DetectionSettings(storm_limit=5))
    assert [one.kind for one in found] == ["rogue"] * 5


def test_more_new_rogues_than_the_limit_are_one_storm_that_names_them_all() -> None:
    (storm,) = look(*(seen(numbered(n)) for n in range(6)), settings=DetectionSettings(storm_limit=5))
    assert (storm.kind, storm.key, storm.count) == ("storm", "storm", 6)
    assert storm.macs == tuple(numbered(n) for n in range(6))


def test_a_storm_swallows_neither_rogues_known_before_nor_clones() -> None:
    crowd = [seen(numbered(n)) for n in range(7)]
    found = look(
        *crowd,
        seen(STRANGER),
        seen(STRANGER, 1, "planta-2"),
        known=(Known(STRANGER, "active"),),
        open_alerts=(OpenAlert(f"rogue:{numbered(3)}", NOW),),
        settings=DetectionSettings(storm_limit=5),
    )
    assert [one.key for one in found] == [f"clone:{STRANGER}", f"rogue:{numbered(3)}", "storm"]


def test_a_source_is_blind_once_it_has_seen_nothing_for_longer_than_its_limit() -> None:
    limit = timedelta(minutes=15)
    assert blind("sweep planta-1", NOW - limit, NOW, limit) is None
    found = blind("sweep planta-1", NOW - limit - timedelta(seconds=1), NOW, limit)
    assert found is not None
    assert (found.kind, found.key, found.mac) == ("blind", "blind:sweep planta-1", None)
    assert "No quiere decir que no haya equipos" in found.explanation_es


def test_a_source_that_never_saw_anything_is_blind() -> None:
    assert blind("sweep planta-1", None, NOW, timedelta(minutes=15)) is not None


# --- for any network at all ---

MACS = st.sampled_from([numbered(n) for n in range(4)] + [PRIVATE, VIRTUAL_ROUTER])
SIGHTINGS = st.builds(
    seen,
    MACS,
    st.integers(0, 200),
    st.sampled_from(["planta-1", "planta-2"]),
    st.sampled_from(["sweep", "refused"]),
)
STATES = st.sampled_from(["requested", "pushing", "active", "suspended", "removing", "removed", "rejected"])
KINDS = st.sampled_from(["phone", "computer", "infrastructure", "protected"])
KNOWN = st.builds(Known, MACS, STATES, kind=KINDS)
LIMITS = st.builds(DetectionSettings, storm_limit=st.integers(0, 6))


@given(st.data(), st.lists(SIGHTINGS), st.lists(KNOWN), LIMITS)
def test_the_order_in_which_sightings_and_claims_come_does_not_matter(
    data: st.DataObject, sightings: list[Sighting], known: list[Known], settings: DetectionSettings
) -> None:
    shuffled, claims = data.draw(st.permutations(sightings)), data.draw(st.permutations(known))
    assert findings(shuffled, claims, (), NOW, settings) == findings(sightings, known, (), NOW, settings)


@given(st.lists(SIGHTINGS), st.lists(KNOWN), LIMITS)
def test_no_device_is_told_twice_and_none_with_the_right_to_be_there_is_a_rogue(
    sightings: list[Sighting], known: list[Known], settings: DetectionSettings
) -> None:
    found = findings(sightings, known, (), NOW, settings)
    rogues = [one.mac for one in found if one.kind == "rogue"] + [mac for one in found for mac in one.macs]
    assert len(rogues) == len(set(rogues)) and len({one.key for one in found}) == len(found)
    with_right = {one.mac for one in known if one.state in ("pushing", "active", "removing") or one.kind == "protected"}
    assert with_right.isdisjoint(rogues)


@given(st.lists(SIGHTINGS), LIMITS)
def test_nobody_unregistered_is_ever_left_out(sightings: list[Sighting], settings: DetectionSettings) -> None:
    found = findings(sightings, (), (), NOW, settings)
    told = {one.mac for one in found} | {mac for one in found for mac in one.macs}
    assert {one.mac for one in sightings} <= told
