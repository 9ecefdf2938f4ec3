"""From what sources tell to the alert, through the tables: clones, claims, floods, and what a person decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from netreg import events
from netreg.detection.facts import DetectionSettings, Guarded
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.commands import alerts, devices
from netreg.registry.detecting import MOST_NEW, note_names, take_in
from netreg.registry.models import Alert, Sighting, Stay, Trait, Verdict
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, mac, phones

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE, STRANGER = MacAddress(mac(1)), MacAddress(mac(0x99))
ROUTER, OTHER = MacAddress("00:1b:a9:00:00:fe"), MacAddress("00:1b:a9:00:00:fd")


def hear(store: Store, *heard: Heard, minutes: float = 0, source: str = "fdb", place: str = "SW-1") -> None:
    with store.transaction("agent:scan") as tx:
        take_in(tx, source, place, heard, NOW + timedelta(minutes=minutes), ignored=[ROUTER])


def at(mac: MacAddress, seconds: float, port: str) -> Heard:
    return Heard(mac, at=NOW + timedelta(seconds=seconds), port=port)


def told(store: Store) -> dict[str, Alert]:
    with store.reading() as session:
        found = {alert.kind: alert for alert in queries.alerts(session)}
        session.expunge_all()
        return found


def test_one_address_on_two_ports_of_a_bridge_is_told_with_both_ports(store: Store) -> None:
    phones(store, 1)
    hear(store, at(PHONE, 1, "p1"), at(PHONE, 2, "p7"), at(PHONE, 3, "p1"), minutes=1)
    clone = told(store)["clone"]
    assert (clone.mac, clone.place, clone.sources, clone.urgent) == (str(PHONE), "SW-1 · p1, SW-1 · p7", ["fdb"], True)


def test_a_device_that_is_plugged_in_elsewhere_is_no_clone(store: Store) -> None:
    phones(store, 1)
    for seconds, port in ((1, "p1"), (2, "p1"), (601, "p7"), (602, "p7")):
        hear(store, at(PHONE, seconds, port), minutes=seconds / 60)
    assert told(store) == {}


def test_a_phone_that_walks_to_another_building_and_back_is_no_clone_while_both_are_listened_to(store: Store) -> None:
    phones(store, 1)
    beats = [*((n, "palacio") for n in range(10)), *((n, "anexo") for n in range(10, 20)), (20, "palacio")]
    for number, (minute, place) in enumerate(beats):
        moments = (minute * 60 + 1, minute * 60 + 58) if number < 20 else (minute * 60 + 1,)
        for seconds in moments:
            one = Heard(PHONE, at=NOW + timedelta(seconds=seconds))
            hear(store, one, minutes=seconds / 60, source="capture", place=place)
    assert told(store) == {}


def test_an_address_that_two_sweeps_in_a_row_hear_on_two_segments_is_a_clone_also_with_ipv6(store: Store) -> None:
    phones(store, 1)
    for sweep in range(2):
        for seconds, place in ((1, "palacio"), (2, "anexo")):
            moment = NOW + timedelta(minutes=10 * sweep, seconds=seconds)
            both = [
                Heard(PHONE, ip, moment + timedelta(milliseconds=n)) for n, ip in enumerate(("fe80::9", "10.0.0.9"))
            ]
            hear(store, *both, minutes=10 * sweep + 0.1, source="sweep", place=place)
    assert told(store)["clone"].place == "anexo, palacio"


def test_a_phone_on_the_lists_of_two_controllers_that_tell_no_moment_is_no_clone(store: Store) -> None:
    phones(store, 1)
    for look in range(4):
        for place in ("WLC-1", "WLC-2"):
            hear(store, Heard(PHONE), minutes=10 * look, source="stations", place=place)
    assert told(store) == {}


@pytest.mark.parametrize("source", ["sweep", "capture"])
def test_two_segments_that_are_one_wire_are_one_alert_and_no_clone_of_everybody(store: Store, source: str) -> None:
    phones(store, 3)
    devices = [MacAddress(mac(number)) for number in (1, 2, 3, *range(50, 60))]
    for look in range(3):
        for seconds, place in ((1, "palacio"), (2, "wifi")):
            moment = NOW + timedelta(minutes=look, seconds=seconds)
            hear(store, *(Heard(one, at=moment) for one in devices), minutes=look + 0.1, source=source, place=place)
    with store.reading() as session:
        kinds = [alert.kind for alert in queries.alerts(session)]
    assert kinds.count("wire") == 1 and "clone" not in kinds
    wire = told(store)["wire"]
    assert wire.place == "palacio, wifi" and "13 equipos" in wire.explanation and wire.urgent


def test_one_address_that_is_at_two_segments_among_many_that_are_not_is_a_clone(store: Store) -> None:
    phones(store, 1)
    for look in range(2):
        for seconds, place in ((1, "palacio"), (2, "anexo")):
            moment = NOW + timedelta(minutes=10 * look, seconds=seconds)
            crowd = [MacAddress(mac(number)) for number in range(50 + seconds * 10, 56 + seconds * 10)]
            hear(
                store, *(Heard(one, at=moment) for one in (PHONE, *crowd)),
                minutes=10 * look + 0.1, source="sweep", place=place,
            )  # fmt: skip
    assert told(store)["clone"].place == "anexo, palacio"


def test_a_registered_phone_that_suddenly_seems_another_system_is_told(store: Store) -> None:
    phones(store, 1)
    hear(store, Heard(PHONE, fingerprint="1,121,3,6,15,108,114,119,252"), source="capture")
    hear(store, Heard(PHONE, fingerprint="1,28,2,3|dhcpcd-9.4.1:Linux"), source="capture", minutes=1)
    clone = told(store)["clone"]
    assert clone.evidence == [["Antes parecía iOS o macOS, ahora Linux.", "It seemed iOS or macOS before, now Linux."]]


def test_a_name_told_by_multicast_dns_alone_is_a_claim_too(store: Store) -> None:
    (number,) = phones(store, 1)
    with store.transaction(ACTOR) as tx:
        queries.device(tx.session, number).computer_name = "OBRAS-PC07"
        tx.record(events.DeviceActivated(device=number))
    hear(store, Heard(STRANGER, announced="obras-pc07"), source="capture")
    assert list(told(store)) == ["name"]


def test_what_a_person_found_harmless_is_the_devices_own_from_then_on(store: Store) -> None:
    phones(store, 1)
    for minutes, fingerprint in enumerate(("1,121,3,6,15,108,114,119,252", "1,28,2,3|dhcpcd-9.4.1:Linux")):
        hear(store, Heard(PHONE, fingerprint=fingerprint), source="capture", minutes=minutes)
    with store.transaction("ines") as tx:
        alerts.close(tx, queries.alert(tx.session, told(store)["clone"].id), "Le puso otro sistema", "harmless")
    hear(store, Heard(PHONE, fingerprint="1,28,2,3|dhcpcd-9.4.1:Linux"), source="capture", minutes=2)
    assert told(store) == {}


def test_whoever_takes_the_gateways_address_is_told(store: Store) -> None:
    store.office = replace(
        store.office, detection=DetectionSettings(guarded=(Guarded("el enlace", "10.0.0.1", frozenset({ROUTER})),))
    )
    phones(store, 1)
    hear(store, Heard(ROUTER, "10.0.0.1"), Heard(PHONE, "10.0.0.1"), source="capture")
    assert told(store)["gateway"].mac == str(PHONE)


def test_two_devices_that_fight_over_an_address_are_told(store: Store) -> None:
    phones(store, 2)
    other = MacAddress(mac(2))
    for minutes in range(3):
        hear(store, Heard(PHONE, "10.0.0.9"), minutes=minutes, source="sweep")
        hear(store, Heard(other, "10.0.0.9"), minutes=minutes + 0.5, source="sweep")
    assert list(told(store)) == ["flipflop"] and "10.0.0.9 salta entre" in told(store)["flipflop"].explanation


@pytest.mark.parametrize("addresses", [25, 5])
def test_who_answers_for_others_fights_nobody_also_where_only_the_other_one_is_heard(
    store: Store, addresses: int
) -> None:
    if addresses < 20:
        with store.transaction(ACTOR) as tx:
            devices.register_infrastructure(tx, queries.area(tx.session, "DIF"), str(OTHER), "Enrutador", "Sala")
    answers = [Heard(OTHER, f"10.0.0.{n}") for n in range(1, addresses + 1)]
    hear(store, Heard(OTHER), Heard(STRANGER), minutes=-60, source="capture")
    for minute in range(4):
        hear(store, *answers, minutes=minute, source="capture")
        hear(store, Heard(STRANGER, "10.0.0.3"), minutes=minute + 0.5, source="capture")
    assert "flipflop" not in told(store)


def test_an_ignored_address_is_silent_until_its_day_and_a_blocked_one_is_told(store: Store) -> None:
    other = MacAddress(mac(0x98))
    with store.engine.begin() as connection:
        decided = {"reason": "x", "decided": NOW, "decided_by": "ines", "lifted_by": ""}
        connection.execute(
            Verdict.__table__.insert(),  # type: ignore[attr-defined]
            [
                {"mac": str(STRANGER), "kind": "ignored", "until": NOW + timedelta(minutes=5), **decided},
                {"mac": str(other), "kind": "blocked", "until": None, **decided},
            ],
        )
    hear(store, Heard(STRANGER), Heard(other))
    assert "Equipo bloqueado" in told(store)["rogue"].explanation
    with store.reading() as session:
        assert [one.mac for one in queries.alerts(session)] == [str(other)]
    hear(store, Heard(STRANGER), minutes=6)
    with store.reading() as session:
        assert {one.mac for one in queries.alerts(session)} == {str(other), str(STRANGER)}


def test_a_stranger_is_told_once_it_has_stayed_for_the_grace(store: Store) -> None:
    store.office = replace(store.office, detection=DetectionSettings(grace=timedelta(minutes=5)))
    hear(store, Heard(STRANGER))
    hear(store, Heard(STRANGER), minutes=4)
    assert told(store) == {}
    hear(store, Heard(STRANGER), minutes=5)
    assert told(store)["rogue"].first_seen == NOW


def made_up(first: int, number: int) -> list[Heard]:
    return [
        Heard(MacAddress(f"02:00:00:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"))
        for n in range(first, first + number)
    ]


def test_50_000_made_up_addresses_are_one_alert_and_fill_no_table(sqlite_store: Store) -> None:
    store = sqlite_store
    phones(store, 1)
    hear(store, Heard(STRANGER), minutes=-60)
    for batch in range(5):
        flood = made_up(batch * 10_000, 10_000)
        hear(store, *flood, Heard(PHONE), Heard(STRANGER), minutes=batch / 2)
    kinds = told(store)
    assert sorted(kinds) == ["rogue", "storm"], "the stranger of before keeps its own alert"
    assert kinds["storm"].count >= 10_000
    with store.reading() as session:
        rows = session.scalar(select(func.count()).select_from(Sighting)) or 0
        events = [event.name for event in queries.audit(session, most=500)]
        seen_last = session.scalar(select(func.max(Stay.until)).where(Stay.mac == str(PHONE)))
    assert rows <= MOST_NEW + 2 and seen_last == NOW + timedelta(minutes=2), "whoever is registered is never left out"
    assert events.count("alert.opened") == 2


def test_made_up_addresses_that_come_a_few_at_a_time_fill_no_table_either(sqlite_store: Store) -> None:
    for beat in range(25):
        hear(sqlite_store, *made_up(beat * 48, 48), minutes=beat / 30, source="capture")
    with sqlite_store.reading() as session:
        rows = session.scalar(select(func.count()).select_from(Sighting)) or 0
        kinds = [alert.kind for alert in queries.alerts(session)]
    assert rows <= MOST_NEW and kinds.count("storm") == 1 and len(kinds) <= 49, "the first 48 were no storm yet"


@pytest.mark.parametrize("kind", ["name", "dhcp"])
def test_what_a_lease_file_tells_is_remembered_as_the_devices_own(store: Store, kind: str) -> None:
    with store.transaction("agent:scan") as tx:
        note_names(tx, "dhcp", [Heard(PHONE, name="TEL-ANA", fingerprint="1,3")], now())
        assert tx.session.scalar(select(Trait.accepted).where(Trait.kind == kind)) is True
