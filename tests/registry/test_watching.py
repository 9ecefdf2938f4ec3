"""A source that falls silent or sees far less than usual is told, and its alert ends when it sees again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.policy.calendar import Calendar
from netreg.registry import queries
from netreg.registry.commands.sightings import GAP, note_source
from netreg.registry.detecting import take_in
from netreg.registry.models import Alert, Source
from netreg.registry.watching import look_for_blind_sources, look_for_dim_sources
from netreg.store.transaction import Store
from tests.people import mac

# A Monday, in the office's hours.
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
CALENDAR = Calendar()
WEEK = timedelta(weeks=1)


def crowd(store: Store, devices: int, at: datetime) -> None:
    """A bridge tells of so many devices at this instant."""
    with store.transaction("agent:scan") as tx:
        take_in(tx, "fdb", "SW-1", [Heard(MacAddress(mac(number))) for number in range(devices)], at)


def dim(store: Store, at: datetime = NOW) -> list[str]:
    with store.transaction("schedule") as tx:
        return [alert.explanation for alert in look_for_dim_sources(tx, at, CALENDAR)]


def open_keys(store: Store) -> list[str]:
    with store.reading() as session:
        return [alert.key for alert in queries.alerts(session) if alert.kind == "blind"]


def test_a_source_that_sees_far_less_than_on_other_weeks_is_told_once_and_closes_by_itself(store: Store) -> None:
    for number in range(4, 0, -1):
        crowd(store, 40 + number, NOW - number * WEEK)
    crowd(store, 3, NOW)
    (told,) = dim(store)
    assert "ve 3 equipos; a esta hora suele ver 42" in told
    assert dim(store) == [] and blind_and_back(store, NOW) == ["blind:fdb:SW-1"], "it sees, and still too little"
    crowd(store, 41, NOW + GAP)
    dim(store, NOW + GAP)
    assert blind_and_back(store, NOW + GAP) == []


def blind_and_back(store: Store, at: datetime) -> list[str]:
    with store.transaction("schedule") as tx:
        look_for_blind_sources(tx, at, timedelta(minutes=30))
    return open_keys(store)


def test_a_new_source_and_a_closed_office_tell_nothing(store: Store) -> None:
    for number in range(2, 0, -1):
        crowd(store, 40, NOW - number * WEEK)
    crowd(store, 3, NOW)
    assert dim(store) == [], "two weeks are no custom"
    sunday = NOW - timedelta(days=1)
    for number in range(4, 0, -1):
        crowd(store, 40, sunday - number * WEEK)
    assert dim(store, sunday) == []


def test_a_blind_source_says_what_it_said_last_and_closes_its_alert_when_it_sees_again(store: Store) -> None:
    with store.transaction("agent:scan") as tx:
        note_source(tx.session, "fdb:SW-1", NOW, error="the link is down")
    assert blind_and_back(store, NOW) == ["blind:fdb:SW-1"]
    with store.reading() as session:
        (alert,) = queries.alerts(session)
        assert alert.evidence == [["Lo último que dijo: the link is down", "What it said last: the link is down"]]
        assert alert.urgent
    crowd(store, 3, NOW)
    assert blind_and_back(store, NOW) == []
    with store.reading() as session:
        assert [one.state for one in session.query(Alert).filter_by(kind="blind")] == ["closed"]
        assert session.get_one(Source, "fdb:SW-1").error == ""
