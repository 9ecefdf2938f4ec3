"""What a person is told about devices on the network: once each, with the likeliest story, and never too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.detection.facts import DetectionSettings, Known, OpenAlert
from netreg.detection.sighting import Said, Sighting
from netreg.mac import MacAddress
from tests.detection.scenes import NOW, PRINTER, PRIVATE, STRANGER, VIRTUAL_ROUTER, look, numbered, seen

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


def test_a_rogue_tells_where_it_was_seen_how_often_and_what_it_calls_itself() -> None:
    said = (Said(STRANGER, "name", "Galaxy-S22", NOW), Said(STRANGER, "dhcp", "1,3,6,15|android-dhcp-14", NOW))
    (rogue,) = look(seen(STRANGER, port="p3", source="fdb"), seen(STRANGER), seen(STRANGER, 60), said=said)
    assert rogue.evidence == (
        ("Visto 2 veces en planta-1: barrido activo.", "Seen 2 times at planta-1: active sweep."),
        ("Visto una vez en planta-1 · p3: puertos del switch.", "Seen once at planta-1 · p3: switch ports."),
        ("Dice llamarse «Galaxy-S22».", "It calls itself “Galaxy-S22”."),
        ("Por sus mensajes de DHCP parece Android.", "By its DHCP messages it seems Android."),
    )


def test_a_stranger_is_told_once_it_has_been_there_for_the_grace() -> None:
    grace = DetectionSettings(grace=timedelta(minutes=5))
    assert look(seen(STRANGER), seen(STRANGER, 299), settings=grace) == ()
    (rogue,) = look(seen(STRANGER), seen(STRANGER, 300), settings=grace)
    assert rogue.kind == "rogue"
    (open_already,) = look(seen(STRANGER), open_alerts=(OpenAlert(rogue.key, NOW),), settings=grace)
    assert not open_already.is_new


@pytest.mark.parametrize("state", ["suspended", "removed", "rejected", "blocked"])
def test_there_is_no_grace_for_a_device_somebody_decided_against(state: str) -> None:
    (rogue,) = look(
        seen(STRANGER), known=(Known(STRANGER, state),), settings=DetectionSettings(grace=timedelta(hours=1))
    )
    assert rogue.urgent


def test_only_what_is_sure_is_told_at_once() -> None:
    passing, settled = look(seen(STRANGER)), look(*(seen(STRANGER, at) for at in range(3)))
    by_two, private = look(seen(STRANGER), seen(STRANGER, source="arp")), look(*(seen(PRIVATE, at) for at in range(9)))
    assert [one.urgent for (one,) in (passing, settled, by_two, private)] == [False, True, True, False]


def test_a_group_address_is_no_device() -> None:
    assert look(seen(MacAddress.parse("01:00:5e:00:00:fb"))) == ()


def test_an_open_alert_is_the_same_finding_since_its_first_day() -> None:
    yesterday = NOW - timedelta(days=1)
    (rogue,) = look(seen(STRANGER), open_alerts=(OpenAlert(f"rogue:{STRANGER}", yesterday),))
    assert (rogue.first_seen, rogue.is_new) == (yesterday, False)


def test_a_rogue_at_two_places_is_one_rogue_and_not_a_clone_too() -> None:
    (rogue,) = look(seen(STRANGER), seen(STRANGER, 1, "planta-2"))
    assert rogue.kind == "rogue"


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
    assert look(*shuffled, known=tuple(claims), settings=settings) == look(
        *sightings, known=tuple(known), settings=settings
    )


@given(st.lists(SIGHTINGS), st.lists(KNOWN), LIMITS)
def test_no_device_is_told_twice_and_none_with_the_right_to_be_there_is_a_rogue(
    sightings: list[Sighting], known: list[Known], settings: DetectionSettings
) -> None:
    found = look(*sightings, known=tuple(known), settings=settings)
    rogues = [one.mac for one in found if one.kind == "rogue"] + [mac for one in found for mac in one.macs]
    assert len(rogues) == len(set(rogues)) and len({one.key for one in found}) == len(found)
    with_right = {one.mac for one in known if one.state in ("pushing", "active", "removing") or one.kind == "protected"}
    assert with_right.isdisjoint(rogues)


@given(st.lists(SIGHTINGS), LIMITS)
def test_nobody_unregistered_is_ever_left_out(sightings: list[Sighting], settings: DetectionSettings) -> None:
    found = look(*sightings, settings=settings)
    told = {one.mac for one in found} | {mac for one in found for mac in one.macs}
    assert {one.mac for one in sightings} <= told
