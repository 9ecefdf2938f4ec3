"""Who is on the network now, at the place that says most, and where an address was before."""

from __future__ import annotations

import re
from random import Random

import time_machine

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import presence, seeking
from netreg.registry.commands import tracing
from netreg.registry.models import Verdict
from netreg.registry.presence import Present
from netreg.registry.seeking import Sought
from netreg.store.transaction import Store
from tests.databases import asked
from tests.people import INES, mac, phones
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, later

PHONE = MacAddress(mac(1))


def now_on(store: Store, minutes: float = 0, *expected: MacAddress) -> list[Present]:
    with store.reading() as session:
        return presence.present(session, later(minutes), expected)


def test_whoever_was_heard_in_the_last_half_hour_is_there_and_nobody_else(store: Store) -> None:
    hear(store, Heard(PHONE), Heard(ROGUE), at=NOW)
    hear(store, Heard(PHONE), at=later(20))
    assert {one.mac for one in now_on(store, 30)} == {PHONE, ROGUE}
    assert [(one.mac, one.since, one.until) for one in now_on(store, 31)] == [(PHONE, NOW, later(20))]
    assert now_on(store, 51) == []


def test_a_lease_is_no_presence(store: Store) -> None:
    hear(store, Heard(PHONE, "192.0.2.7", name="TEL"), source="leases")
    assert now_on(store) == []


def test_the_radio_says_more_than_a_switch_port_and_that_more_than_a_segment(store: Store) -> None:
    """Though the sweep heard it later."""
    hear(store, Heard(PHONE), source="refused", place="cortafuegos", at=later(0))
    assert now_on(store)[0].where.place == "cortafuegos"
    hear(store, Heard(PHONE, port="ge-0/0/7"), source="fdb", place="SW-1", at=later(1))
    assert now_on(store, 5)[0].where[1:4] == ("fdb", "SW-1", "ge-0/0/7")
    hear(store, Heard(PHONE, port="wlan0"), source="stations", place="antena", at=later(2))
    hear(store, Heard(PHONE), at=later(9))
    here = now_on(store, 9)[0]
    assert here.where[1:4] == ("stations", "antena", "wlan0") and (here.since, here.until) == (later(2), later(9))


def test_of_two_radios_the_one_that_heard_it_last(store: Store) -> None:
    for at, place in enumerate(("antena-1", "antena-2")):
        hear(store, Heard(PHONE, port="wlan0"), source="stations", place=place, at=later(at))
    assert now_on(store, 5)[0].where.place == "antena-2"


def test_the_register_names_device_holder_and_area_and_the_unregistered_come_first(store: Store) -> None:
    with time_machine.travel(later(days=-3)):
        number = phones(store, 1)[0]
    gateway = MacAddress(mac(5))
    hear(store, Heard(PHONE, "192.0.2.7", name="TEL-LUIS"), Heard(PHONE, "2001:db8::7"), Heard(gateway), at=NOW)
    hear(store, Heard(ROGUE), at=later(-5))
    rogue, *others = now_on(store, 0, gateway)
    assert (rogue.mac, rogue.unknown, rogue.device) == (ROGUE, True, None)
    known = {one.mac: one for one in others}
    assert known[PHONE].device is not None and known[PHONE].device[:4] == (
        number, "Luis Peña", "Luis Peña", "Obras Públicas",
    )  # fmt: skip
    assert set(known[PHONE].ips) == {"192.0.2.7", "2001:db8::7"} and known[PHONE].name == "TEL-LUIS"
    assert known[gateway].expected and not known[gateway].unknown


def test_what_somebody_decided_about_a_stranger_is_told_while_it_holds(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM), at=NOW)
    with store.transaction(INES.email) as tx:
        ends = {str(ROGUE): later(10), str(RANDOM): None}
        for address, end in ends.items():
            kind = "ignored" if end else "blocked"
            tx.session.add(Verdict(mac=address, kind=kind, reason="x", until=end, decided=NOW, decided_by=INES.email))
        tracing.note_reading(tx, "alerts")
    assert {one.mac: one.verdict for one in now_on(store, 9)} == {ROGUE: "ignored", RANDOM: "blocked"}
    assert {one.mac: one.verdict for one in now_on(store, 10)} == {ROGUE: "", RANDOM: "blocked"}


def test_a_group_address_is_no_device(store: Store) -> None:
    hear(store, Heard(MacAddress("01:00:5e:00:00:fb")), Heard(ROGUE))
    assert [one.mac for one in now_on(store)] == [ROGUE]


def test_places_count_who_is_there_and_who_of_them_is_unregistered(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM), place="patio")
    hear(store, Heard(PHONE))
    with store.reading() as session:
        found = presence.here(session, NOW)
    assert presence.places(found) == {"patio": (2, 2), "palacio": (1, 1)}


def test_the_list_says_of_each_the_place_that_is_told_with_the_rest(store: Store) -> None:
    """Wherever and in whatever order it was heard, also at two places at once."""
    ways = (("sweep", "palacio", ""), ("refused", "cortafuegos", ""), ("fdb", "SW-1", "ge-0/0/7"),
            ("stations", "antena-1", "wlan0"), ("stations", "antena-2", "wlan0"))  # fmt: skip
    chance = Random(7)
    for minute in range(10):
        for source, place, port in chance.sample(ways, 3):
            heard = [Heard(MacAddress(mac(one)), port=port) for one in range(40) if chance.random() < 0.06]
            hear(store, *heard, source=source, place=place, at=later(minute))
    with store.reading() as session:
        listed, told = presence.here(session, later(9)), presence.present(session, later(9))
    assert [(one.mac, one.place, one.since) for one in listed] == [
        (str(one.mac), one.where.place, one.since) for one in told
    ]
    assert {one.place for one in listed} == {place for _source, place, _port in ways}


def test_where_it_was_last_is_told_of_whoever_is_gone(store: Store) -> None:
    hear(store, Heard(ROGUE, "192.0.2.8"), at=later(days=-9), place="patio")
    hear(store, Heard(ROGUE, "192.0.2.7"), at=NOW)
    with store.reading() as session:
        found = presence.latest(session, [str(ROGUE), str(PHONE)], NOW)
    assert set(found) == {str(ROGUE)}
    assert (found[str(ROGUE)].where.place, found[str(ROGUE)].ips) == ("palacio", ("192.0.2.7",))


def test_the_history_is_told_a_page_at_a_time_the_newest_first(store: Store) -> None:
    for day in reversed(range(5)):
        hear(store, Heard(PHONE, f"192.0.2.{day}", name=f"TEL-{day}"), at=later(days=-day))
    with store.reading() as session:
        assert presence.count_stays(session, PHONE) == 5
        days = [(NOW - one.until).days for one in presence.stays(session, PHONE, most=2, after=2)]
        assert days == [2, 3]
        assert [one.ip for one in presence.ips(session, PHONE, most=2)] == ["192.0.2.0", "192.0.2.1"]
        assert presence.traits(session, PHONE)[0].value == "TEL-0"


def test_no_question_reads_the_whole_history(store: Store) -> None:
    """Every query that the pages put is answered from an index, as the database itself says."""
    hear(store, Heard(PHONE, "192.0.2.7", name="TEL"))
    with asked(store) as statements:
        now_on(store)
        with store.reading() as session:
            presence.latest(session, [str(PHONE)], NOW)
            presence.stays(session, PHONE, most=50)
            presence.ips(session, PHONE)
            presence.count_stays(session, PHONE)
            for typed in ("192.0.2.7", "a4:83:e7", "luis"):
                seeking.find(session, Sought.parse(typed), NOW, then=NOW)
    queries = [one for one in statements if one[0].startswith("SELECT")]
    assert len(queries) > 20
    explain = "EXPLAIN QUERY PLAN " if store.engine.dialect.name == "sqlite" else "EXPLAIN "
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "postgresql":
            # So few rows it would read one by one; what is asked is whether an index can serve.
            connection.exec_driver_sql("SET enable_seqscan = off")
        for query, values in queries:
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + query, values))
            assert not re.search(r"(SCAN|Seq Scan on) (stay|ip_stay|sighting)\b(?! USING COVERING)", plan), query + plan
