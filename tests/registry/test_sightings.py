"""What was heard becomes one row for each place, a history of stays, and a memory of what devices say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry.commands import sightings
from netreg.registry.models import IpStay, Sighting, Stay, Trait
from netreg.store.transaction import Store
from tests.databases import asked
from tests.people import mac

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE, LAPTOP = MacAddress(mac(1)), MacAddress(mac(2))


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def hear(store: Store, *heard: Heard, at: float = 0, source: str = "fdb", place: str = "SW-1") -> None:
    with store.transaction("agent:scan") as tx:
        sightings.note(tx.session, source, place, heard, minutes(at))


def stays(store: Store) -> list[tuple[str, str, float, float, int]]:
    """Address, port, first and last minute and number of looks of each stay."""
    with store.reading() as session:
        rows = session.scalars(select(Stay).order_by(Stay.since, Stay.port)).all()
        return [(row.mac, row.port, _minute(row.since), _minute(row.until), row.count) for row in rows]


def ips(store: Store) -> list[tuple[str, str, float, float]]:
    with store.reading() as session:
        rows = session.scalars(select(IpStay)).all()
        return sorted((row.ip, row.mac, _minute(row.since), _minute(row.until)) for row in rows)


def _minute(at: datetime) -> float:
    return (at - NOW).total_seconds() / 60


def test_a_stay_goes_on_while_the_device_is_heard_and_a_long_silence_ends_it(store: Store) -> None:
    for at in (0, 10, 20, 50, 81):
        hear(store, Heard(PHONE), at=at)
    assert stays(store) == [(mac(1), "", 0, 50, 4), (mac(1), "", 81, 81, 1)]


def test_each_port_has_its_own_stay_and_each_moment_is_that_of_the_source(store: Store) -> None:
    told = [
        Heard(PHONE, at=minutes(0.1), port="p1"),
        Heard(PHONE, at=minutes(0.2), port="p2"),
        Heard(PHONE, at=minutes(0.3), port="p1"),
    ]
    hear(store, *told, at=1)
    assert stays(store) == [(mac(1), "p1", 0.1, 0.3, 1), (mac(1), "p2", 0.2, 0.2, 1)]


def test_what_comes_late_lengthens_a_stay_backwards(store: Store) -> None:
    hear(store, Heard(PHONE), at=10)
    hear(store, Heard(PHONE, at=minutes(5)), at=11)
    assert stays(store) == [(mac(1), "", 5, 10, 2)]


def test_an_old_entry_of_a_slow_table_is_no_bridge_over_the_time_between(store: Store) -> None:
    hear(store, Heard(PHONE, "192.0.2.7"), at=200)
    hear(store, Heard(PHONE, "192.0.2.7", at=minutes(0)), at=201)
    hear(store, Heard(PHONE, "192.0.2.7"), at=210)
    assert stays(store) == [(mac(1), "", 0, 0, 1), (mac(1), "", 200, 210, 2)]
    assert ips(store) == [("192.0.2.7", mac(1), 0, 0), ("192.0.2.7", mac(1), 200, 210)]


def test_one_sighting_a_place_however_often_a_look_hears_the_device(store: Store) -> None:
    hear(store, Heard(PHONE, "192.0.2.7"), Heard(PHONE, "2001:db8::7", name="TEL-ANA"))
    hear(store, Heard(PHONE, fingerprint="1,3,6"), at=5)
    with store.reading() as session:
        row = session.scalars(select(Sighting)).one()
        assert (row.count, row.ip, row.name, row.fingerprint) == (2, "2001:db8::7", "TEL-ANA", "1,3,6")
        assert (row.first_seen, row.last_seen) == (NOW, minutes(5))


def test_every_ip_of_a_device_has_its_own_history_whichever_source_told_it(store: Store) -> None:
    hear(store, Heard(PHONE, "192.0.2.7"), Heard(PHONE, "2001:db8::7"), source="sweep")
    hear(store, Heard(PHONE, "192.0.2.7"), at=10, source="arp")
    hear(store, Heard(LAPTOP, "192.0.2.7"), at=20, source="arp")
    assert ips(store) == [
        ("192.0.2.7", mac(1), 0, 10),
        ("192.0.2.7", mac(2), 20, 20),
        ("2001:db8::7", mac(1), 0, 0),
    ]


def test_the_first_name_is_the_devices_own_and_a_later_one_is_not_taken_for_it(store: Store) -> None:
    for at, name in ((0, "OBRAS-07"), (5, "kali"), (9, "OBRAS-07")):
        hear(store, Heard(PHONE, name=name, fingerprint="1,3,6"), at=at)
    with store.reading() as session:
        rows = session.scalars(select(Trait).order_by(Trait.kind, Trait.first_seen)).all()
        found = [(row.kind, row.value, row.accepted, _minute(row.last_seen)) for row in rows]
    assert found == [("dhcp", "1,3,6", True, 9), ("name", "OBRAS-07", True, 9), ("name", "kali", False, 5)]


def test_what_a_device_announces_is_kept_apart_from_its_name_and_shown_where_it_has_none(store: Store) -> None:
    hear(store, Heard(PHONE, announced="Android"))
    hear(store, Heard(PHONE, name="Pixel-7"), at=1)
    hear(store, Heard(PHONE, announced="Android-2"), at=2)
    with store.reading() as session:
        assert session.scalars(select(Sighting.name)).all() == ["Pixel-7"]
        rows = session.scalars(select(Trait).order_by(Trait.kind, Trait.first_seen)).all()
        found = [(row.kind, row.value, row.accepted) for row in rows]
    assert found == [("mdns", "Android", True), ("mdns", "Android-2", False), ("name", "Pixel-7", True)]


def test_a_device_that_calls_itself_another_name_each_time_fills_no_table(store: Store) -> None:
    for number in range(0, 60, 6):
        hear(store, *(Heard(PHONE, name=f"pc-{number + n}", fingerprint="1,3") for n in range(6)), at=number)
    with store.reading() as session:
        said = [(row.kind, row.accepted) for row in session.query(Trait).order_by(Trait.id)]
    assert said.count(("name", False)) < 24 and ("dhcp", True) in said


def test_a_lease_tells_a_name_and_no_presence(store: Store) -> None:
    hear(store, Heard(PHONE, "192.0.2.7", name="TEL-ANA"), source=sightings.LEASES)
    assert (stays(store), ips(store)) == ([], [])
    with store.reading() as session:
        assert session.scalars(select(Trait.value)).all() == ["TEL-ANA"]
        assert session.scalars(select(Sighting.name)).all() == ["TEL-ANA"]


def test_a_look_with_a_thousand_devices_asks_the_database_some_dozen_times(store: Store) -> None:
    crowd = [Heard(MacAddress(mac(number)), f"10.0.{number // 250}.{number % 250}", name="X") for number in range(1000)]
    for at in (0, 10):
        with asked(store) as statements:
            hear(store, *crowd, at=at)
        assert sum(one.startswith("SELECT") for one, _values in statements) < 20
    assert len(stays(store)) == len(ips(store)) == 1000
