"""A source that falls silent or sees far less than usual is told, and its alert ends when it sees again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path

from netreg.config_detection import LeaseFile, Scan, Segment
from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.policy.calendar import Calendar
from netreg.registry import discovery, queries
from netreg.registry.commands import points
from netreg.registry.commands.sightings import GAP, LONGEST_GAP, note_source
from netreg.registry.detecting import take_in
from netreg.registry.models import Alert, Source, Stay
from netreg.registry.watching import dim_sources, end_sources, look_for_blind_sources, note_dim_sources
from netreg.store.transaction import Store
from tests.people import mac
from tests.portal.conftest import HOST_KEY

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
        found = dim_sources(tx.session, at, CALENDAR)
        return [alert.explanation for alert in note_dim_sources(tx, found, at)]


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


def test_devices_that_are_never_switched_off_count_among_the_usual_ones(store: Store) -> None:
    with store.transaction("agent:scan") as tx:
        note_source(tx.session, "fdb:SW-1", NOW - 5 * WEEK)
        for number in range(40):
            tx.session.add(
                Stay(mac=mac(number), source="fdb", place="SW-1", since=NOW - 5 * WEEK, until=NOW - GAP, count=9)
            )
    crowd(store, 3, NOW + GAP)
    (told,) = dim(store, NOW + GAP)
    assert "ve 3 equipos; a esta hora suele ver 40" in told


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


# --- a source that nobody asks any more -----------------------------------------------------------------------------

HALF_HOUR = timedelta(minutes=30)


def end(store: Store, *asked: str, at: datetime = NOW) -> None:
    with store.transaction("schedule") as tx:
        end_sources(tx, asked, at)


def said(store: Store, name: str, at: datetime, error: str = "") -> None:
    with store.transaction("agent:scan") as tx:
        note_source(tx.session, name, at, error=error)


def standing(store: Store, at: datetime) -> dict[str, str]:
    with store.reading() as session:
        return {one.name: one.state for one in discovery.look(session, at, HALF_HOUR)}


def test_a_source_that_is_not_asked_any_more_is_never_blind_and_its_open_alert_says_why_it_closed(store: Store) -> None:
    said(store, "sweep:palacio", NOW - 2 * HALF_HOUR)
    said(store, "sweep:anexo", NOW - 2 * HALF_HOUR)
    assert set(blind_and_back(store, NOW)) == {"blind:sweep:palacio", "blind:sweep:anexo"}
    end(store, "sweep:anexo")
    later = NOW + timedelta(days=30)
    assert blind_and_back(store, later) == ["blind:sweep:anexo"], "the other one is still looked after"
    assert dim(store, later) == []
    assert list(standing(store, later).items()) == [("sweep:anexo", "blind"), ("sweep:palacio", "ended")]
    with store.reading() as session:
        (closed,) = session.query(Alert).filter_by(state="closed")
        told = [line.facts["reason"] for line in queries.story(session, [f"alert {closed.id}"])]
        assert "la fuente ya no se usa" in told


def test_a_source_is_ended_once_and_keeps_what_it_told(store: Store) -> None:
    said(store, "sweep:palacio", NOW)
    end(store)
    end(store, at=NOW + WEEK)
    with store.reading() as session:
        row = session.get_one(Source, "sweep:palacio")
        assert (row.ended, row.last_good, row.good_since) == (NOW, NOW, NOW)
        (line,) = queries.story(session, ["source sweep:palacio"])
        assert line.sentence() == "schedule dio por terminada la fuente «barrido activo, palacio»: ya no se le pregunta"


def test_a_source_that_is_asked_again_is_judged_again_from_its_first_word(store: Store) -> None:
    said(store, "sweep:palacio", NOW)
    end(store)
    back = NOW + LONGEST_GAP + HALF_HOUR
    said(store, "sweep:palacio", back, error="no such interface")
    assert blind_and_back(store, back) == ["blind:sweep:palacio"]
    with store.reading() as session:
        row = session.get_one(Source, "sweep:palacio")
        assert (row.ended, row.since, row.last_good) == (None, back, None), "it begins anew"
    said(store, "sweep:palacio", back)
    assert blind_and_back(store, back) == []


def test_a_source_that_was_away_for_a_moment_goes_on_where_it_was(store: Store) -> None:
    said(store, "sweep:palacio", NOW)
    end(store)
    said(store, "sweep:palacio", NOW + HALF_HOUR)
    with store.reading() as session:
        row = session.get_one(Source, "sweep:palacio")
        assert (row.ended, row.since, row.good_since) == (None, NOW, NOW)


def test_what_is_asked_are_segments_lease_files_and_the_tables_of_points_in_service(store: Store) -> None:
    network = IPv4Network("10.78.0.0/24")
    scan = Scan(
        segment=(
            Segment(name="palacio", interface="eth0", network=network),
            Segment(name="anexo", interface="eth1", network=network, listen=False),
        ),
        leases=(LeaseFile(name="dhcp", file=Path("/var/lib/leases")),),
    )
    with store.transaction("cli:root") as tx:
        for name in ("fw-1", "fw-2"):
            points.add_point(tx, name, "linux-nftables", "127.0.0.1", 22, "root", "/nowhere", {})
        points.trust(tx, queries.point(tx.session, "fw-1"), HOST_KEY)
    with store.reading() as session:
        assert discovery.asked(session, scan) == {
            "sweep:palacio", "capture:palacio", "sweep:anexo", "leases:dhcp",
            "arp:fw-1", "nd:fw-1", "fdb:fw-1", "refused:fw-1",
        }  # fmt: skip
