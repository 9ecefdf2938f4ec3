"""A device not seen for 90 days is a suggestion, and only where somebody looked all that time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.detecting import note_names, take_in
from netreg.registry.dormancy import dormant
from netreg.registry.watching import end_sources, look_for_stale_devices
from netreg.store.transaction import Store
from tests.people import mac, phones, state
from tests.procedures.test_swaps import a_point, read_back

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def day(number: float) -> datetime:
    return START + number * DAY


@pytest.fixture
def pair(store: Store) -> tuple[int, int]:
    """Two phones that are let in since day 0."""
    with time_machine.travel(START, tick=False):
        a_point(store, "palacio")
        one, other = phones(store, 2)
        read_back(store, "palacio")
    assert state(store, one)[0] == "active"
    return one, other


def sweep(store: Store, at: datetime, *numbers: int, place: str = "palacio") -> None:
    with store.transaction("agent:scan") as tx:
        take_in(tx, "sweep", place, [Heard(MacAddress.parse(mac(number))) for number in numbers], at)


def unseen(store: Store, at: datetime) -> set[int]:
    with store.reading() as session:
        return set(dormant(session, at))


def test_who_was_not_seen_for_90_days_is_told_of_and_who_was_is_not(store: Store, pair: tuple[int, int]) -> None:
    for number in range(0, 100, 5):
        sweep(store, day(number), 1, *((2,) if number == 5 else ()))
    assert unseen(store, day(89)) == set() and unseen(store, day(94)) == set()
    assert unseen(store, day(96)) == {pair[1]}
    sweep(store, day(97), 2)
    assert unseen(store, day(98)) == set()


def test_a_source_that_was_blind_or_is_new_calls_nobody_absent(store: Store, pair: tuple[int, int]) -> None:
    assert unseen(store, day(200)) == set(), "nobody ever looked"
    for number in (0, 5, 40, 45, 50, 95):
        sweep(store, day(number), 1)
    assert unseen(store, day(96)) == set(), "it saw nothing from day 5 to day 40"
    for number in range(100, 200, 5):
        sweep(store, day(number), 1)
    assert unseen(store, day(184)) == set() and unseen(store, day(191)) == {pair[1]}
    assert unseen(store, day(230)) == set(), "and it is blind again"


def test_who_was_only_seen_where_nobody_looks_is_not_called_absent(store: Store, pair: tuple[int, int]) -> None:
    sweep(store, day(0), 1)
    sweep(store, day(1), 1, 2, place="biblioteca")
    for number in range(5, 100, 5):
        sweep(store, day(number), 9)
    assert unseen(store, day(96)) == {pair[0]}, "one used to be at the palace too; the library's source is blind"
    with store.transaction("schedule") as tx:
        end_sources(tx, ["sweep:palacio"], day(97))
    assert unseen(store, day(97)) == set(pair), "it is not asked any more, and those who look do not see it"


def test_a_lease_is_no_presence_and_no_source_that_sees(store: Store, pair: tuple[int, int]) -> None:
    for number in range(0, 100, 5):
        with store.transaction("agent:scan") as tx:
            note_names(tx, "dnsmasq", [Heard(MacAddress.parse(mac(2)), name="TEL")], day(number))
    assert unseen(store, day(96)) == set()
    for number in range(0, 100, 5):
        sweep(store, day(number), 1)
    assert unseen(store, day(96)) == {pair[1]}


def test_a_device_let_in_lately_is_not_absent(store: Store) -> None:
    for number in range(0, 100, 5):
        sweep(store, day(number), 9)
    with time_machine.travel(day(90), tick=False):
        a_point(store, "palacio")
        phones(store, 1)
        read_back(store, "palacio")
    assert unseen(store, day(99)) == set()


def test_those_who_stay_away_are_one_alert_that_ends_when_they_are_seen(store: Store, pair: tuple[int, int]) -> None:
    for number in range(0, 100, 5):
        sweep(store, day(number), 9)
    opened = []
    for at in (96, 97):
        with store.transaction("schedule") as tx:
            opened += [alert.explanation for alert in look_for_stale_devices(tx, day(at))]
    assert len(opened) == 1 and "2 equipos registrados no se ven desde hace 90 días" in opened[0]
    assert all(f"#{number} " in opened[0] for number in pair)
    sweep(store, day(98), 1, 2)
    with store.transaction("schedule") as tx:
        look_for_stale_devices(tx, day(98))
        assert [alert.kind for alert in queries.alerts(tx.session)] == ["rogue"]
