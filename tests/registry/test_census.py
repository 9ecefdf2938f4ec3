"""The register beside what the network shows: who is on which list, in which order, and how many there are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import census
from netreg.registry.census import LET_IN, LISTS, SEEN, STRANGERS, UNSEEN, Census, Line
from netreg.registry.commands import points
from netreg.store.transaction import Store
from tests.people import ACTOR, mac, phones
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, later

PHONES = [MacAddress(mac(number)) for number in (1, 2, 3)]
GROUP, GATEWAY = MacAddress("01:00:5e:00:00:fb"), MacAddress(mac(5))
HALF_HOUR = timedelta(minutes=30)


def counted(store: Store, at: datetime, *expected: MacAddress, days: int = 14) -> Census:
    with store.reading() as session:
        return census.take(session, at, days, expected=expected, blind_after=HALF_HOUR)


def listed(
    store: Store, name: str, at: datetime, *expected: MacAddress, most: int | None = None, after: int = 0
) -> list[Line]:
    with store.reading() as session:
        return census.lines(session, at, 14, name, expected=expected, most=most, after=after)


def macs(store: Store, at: datetime, *expected: MacAddress) -> dict[str, list[MacAddress]]:
    return {name: [one.mac for one in listed(store, name, at, *expected)] for name in LISTS}


def registered(store: Store) -> None:
    with time_machine.travel(later(days=-30)):
        phones(store, 3)


def let_in(store: Store, *found: MacAddress) -> None:
    """A point was read back, and lets these in."""
    with store.transaction(ACTOR) as tx:
        point = points.add_point(tx, "cortafuegos", "linux-nftables", "192.0.2.1", 22, "root", "/key", {})
        points.record_push(tx, point, Allowlist.of([Entry(one, "x") for one in found]), added=len(found), removed=0)


def test_everybody_is_on_the_list_where_they_belong_and_is_counted_there(store: Store) -> None:
    registered(store)
    hear(store, Heard(PHONES[0]), Heard(ROGUE), Heard(GROUP), Heard(GATEWAY), at=NOW)
    hear(store, Heard(PHONES[1]), Heard(RANDOM), at=later(days=-15))
    let_in(store, MacAddress(mac(77)), PHONES[2])
    at = later(5)
    assert macs(store, at, GATEWAY) == {
        SEEN: [PHONES[0]], UNSEEN: PHONES[1:], STRANGERS: [ROGUE], LET_IN: [MacAddress(mac(77))]
    }  # fmt: skip
    assert counted(store, at, GATEWAY).counts == {SEEN: 1, UNSEEN: 2, STRANGERS: 1, LET_IN: 1}
    assert counted(store, at, PHONES[0]).counts[STRANGERS] == 2, "a gateway may also be registered"
    assert counted(store, at, days=30).counts == {SEEN: 2, UNSEEN: 1, STRANGERS: 3, LET_IN: 1}
    assert listed(store, LET_IN, at)[0].points == ("cortafuegos",)


def test_a_lease_puts_nobody_on_a_list(store: Store) -> None:
    registered(store)
    hear(store, Heard(PHONES[0]), Heard(ROGUE), source="leases")
    assert macs(store, later(5))[SEEN] == macs(store, later(5))[STRANGERS] == []
    assert counted(store, later(5)).counts[STRANGERS] == 0


def test_a_stranger_is_told_once_with_all_places_and_the_latest_is_the_first(store: Store) -> None:
    hear(store, Heard(ROGUE, name="PC-9"), at=later(days=-20), place="bodega")
    hear(store, Heard(ROGUE, port="ge-0/0/7"), at=later(1), source="fdb", place="SW-1")
    hear(store, Heard(ROGUE), Heard(GATEWAY), at=later(1))
    hear(store, Heard(RANDOM), at=later(2))
    hear(store, Heard(ROGUE), at=later(9), source="leases", place="dhcp")
    found = listed(store, STRANGERS, later(9))
    assert [one.mac for one in found] == [RANDOM, *sorted((ROGUE, GATEWAY))]
    rogue = next(one for one in found if one.mac == ROGUE)
    assert sorted(rogue.places[:2]) == ["SW-1 (ge-0/0/7)", "palacio"] and rogue.places[2:] == ("bodega",)
    assert (rogue.first, rogue.last, rogue.name) == (later(days=-20), later(1), "PC-9")
    assert counted(store, later(9)).counts[STRANGERS] == 3


@pytest.mark.parametrize("name", [UNSEEN, STRANGERS, LET_IN])
def test_a_list_in_parts_is_the_whole_list(store: Store, name: str) -> None:
    registered(store)
    hear(store, *(Heard(MacAddress(mac(number))) for number in range(50, 57)), at=NOW)
    let_in(store, *(MacAddress(mac(number)) for number in range(70, 75)))
    whole = listed(store, name, later(1))
    parts = [listed(store, name, later(1), most=2, after=after) for after in range(0, 8, 2)]
    assert [one for part in parts for one in part] == whole and len(whole) == counted(store, later(1)).counts[name]


def test_what_is_heard_is_counted_with_the_next_five_minutes_and_who_is_registered_at_once(store: Store) -> None:
    hear(store, Heard(ROGUE), at=NOW)
    at, within = later(1), later(4.9)
    assert counted(store, at).counts[STRANGERS] == 1
    hear(store, Heard(RANDOM), Heard(PHONES[0]), at=within)
    assert counted(store, within).counts[STRANGERS] == 1
    phones(store, 1)
    assert (counted(store, within).counts[STRANGERS], counted(store, within).counts[SEEN]) == (2, 1)
    hear(store, Heard(GATEWAY), at=later(5))
    assert counted(store, later(5)).counts[STRANGERS] == 3


def test_of_very_many_strangers_it_is_said_that_there_are_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(store)
    hear(store, Heard(ROGUE), Heard(RANDOM), *(Heard(one) for one in PHONES), at=NOW)
    monkeypatch.setattr(census, "MANY", 2)
    assert counted(store, later(1)).counts[STRANGERS] == 2 and not counted(store, later(1)).is_more
    hear(store, Heard(GATEWAY), Heard(MacAddress(mac(77))), at=later(6))
    assert counted(store, later(6)).counts[STRANGERS] == 3 and counted(store, later(6)).is_more
    assert not counted(store, later(6), GATEWAY, MacAddress(mac(77))).is_more
