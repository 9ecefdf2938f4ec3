"""How many devices a day had: counted once, from what the register said then, and never a zero nobody looked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import days
from netreg.registry.commands import days as noting
from netreg.registry.commands import devices
from netreg.registry.days import Figure
from netreg.registry.memory import Register
from netreg.store.transaction import Store
from tests.people import CARLA, do, mac, phones
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, hear_for, later

ZONE = ZoneInfo("America/Mexico_City")
MONDAY = date(2026, 3, 2)
PHONE = MacAddress(mac(1))


def count_up_to(store: Store, at: datetime, *expected: MacAddress) -> int:
    """The nightly run: the past days that are missing; how many it wrote."""
    with store.reading() as session:
        due = days.missing(session, ZONE, at)
        counted = days.count(session, *due, ZONE, expected) if due else {}
    with store.transaction("schedule") as tx:
        return noting.note(tx, counted)


def figures(store: Store, at: datetime, number: int = 7) -> dict[date, Figure | None]:
    with store.reading() as session:
        return days.figures(session, number, ZONE, at)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def test_a_past_day_is_counted_once_with_each_device_once(store: Store) -> None:
    for at in (NOW, later(120)):
        hear(store, Heard(ROGUE), Heard(RANDOM), Heard(MacAddress("01:00:5e:00:00:fb")), at=at)
        hear(store, Heard(ROGUE), at=at, place="patio")
    assert count_up_to(store, later(days=1)) == 1
    assert count_up_to(store, later(days=1)) == 0
    assert figures(store, later(days=1), 3) == {day(-1): None, day(0): Figure(0, 2, 1), day(1): None}


def test_registered_is_who_was_so_when_last_heard_on_the_day(store: Store) -> None:
    """Let in on Tuesday at noon, taken out on Thursday: whatever the register says today."""
    for number in range(5):
        hear(store, Heard(PHONE), at=later(days=number))
    with time_machine.travel(later(180, days=1)):
        device = phones(store, 1)[0]
    hear(store, Heard(PHONE), at=later(240, days=1))
    with time_machine.travel(later(60, days=3)):
        do(store, devices.remove, device, "Se perdió", by=CARLA)
    count_up_to(store, later(days=5))
    found = figures(store, later(days=5), 6)
    assert [found[day(number)] for number in range(4)] == [(0, 1, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]
    with store.reading() as session:
        register = Register.of(session)
    assert not register.knew(mac(1), later(days=1)) and register.knew(mac(1), later(days=3))


def test_a_night_over_midnight_counts_on_both_days(store: Store) -> None:
    hear_for(store, Heard(ROGUE), datetime(2026, 3, 2, 23, 50, tzinfo=ZONE), datetime(2026, 3, 3, 0, 20, tzinfo=ZONE))
    count_up_to(store, later(days=2))
    found = figures(store, later(days=2), 3)
    assert found[day(0)] == found[day(1)] == (0, 1, 0)


def test_days_before_the_first_stay_and_days_nobody_was_heard_on_are_no_zeros(store: Store) -> None:
    assert count_up_to(store, NOW) == 0
    hear(store, Heard(ROGUE), at=later(days=-3))
    hear(store, Heard(ROGUE), at=later(days=-1))
    assert count_up_to(store, NOW) == 2
    assert [one is None for one in figures(store, NOW, 5).values()] == [True, False, True, False, True]


def test_missed_nights_are_made_up_for_and_today_is_counted_as_it_goes(store: Store) -> None:
    for number in range(3):
        hear(store, Heard(ROGUE), at=later(days=number))
    assert count_up_to(store, later(days=1)) == 1
    assert count_up_to(store, later(days=2)) == 1
    assert figures(store, later(60, days=2), 1) == {day(2): Figure(0, 1, 0)}


def test_what_the_settings_expect_is_no_stranger(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM))
    count_up_to(store, later(days=1), ROGUE)
    assert figures(store, later(days=1), 2)[day(0)] == Figure(1, 1, 1)
