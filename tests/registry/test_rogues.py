"""The week's unregistered devices, each with what became of it, and the proof that somebody looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.policy.week import Week
from netreg.registry import discovery, queries, rogues
from netreg.registry.commands import alerts, devices, tracing
from netreg.registry.commands.sightings import note_source
from netreg.registry.detecting import take_in
from netreg.registry.models import Alert, Verdict
from netreg.registry.rogues import Report
from netreg.registry.watching import end_sources
from netreg.store.transaction import Store
from tests.people import CARLA, INES, do, mac, phones
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, hear_for, later

ZONE = ZoneInfo("America/Mexico_City")
WEEK = Week.of(NOW, ZONE)
PHONE = MacAddress(mac(1))
HALF_HOUR = timedelta(minutes=30)
SUNDAY = later(days=6)


def report(store: Store, at: datetime = SUNDAY, *expected: MacAddress, week: Week = WEEK) -> Report:
    with store.reading() as session:
        return rogues.report(session, week, ZONE, at, expected=expected, blind_after=HALF_HOUR)


def decisions(store: Store, at: datetime = SUNDAY) -> dict[MacAddress, tuple[str, str]]:
    return {one.mac: (one.decision.code, one.decision.by) for one in report(store, at).rogues}


def alarmed(store: Store, found: MacAddress, at: datetime = NOW) -> int:
    """A device was heard and has an alert; its number."""
    with time_machine.travel(at), store.transaction("agent:scan") as tx:
        news = alerts.News(f"rogue:{found}", "rogue", str(found), "", "palacio", "Nadie", "Nobody", at, at, 1)
        return alerts.open_alerts(tx, [news])[0].id


def decided(store: Store, number: int, decision: str) -> None:
    with store.transaction(INES.email) as tx:
        alerts.close(tx, queries.alert(tx.session, number), "Es el proyector")
        tx.session.get_one(Alert, number).decision = decision


def test_a_rogue_is_told_once_with_its_places_and_days_and_nobody_of_another_week(store: Store) -> None:
    group = MacAddress("01:00:5e:00:00:fb")
    hear(store, Heard(RANDOM), at=later(days=-1))
    hear(store, Heard(ROGUE), Heard(group), at=later(days=1))
    hear(store, Heard(ROGUE, port="ge-0/0/7"), at=later(10, days=1), source="fdb", place="SW-1")
    hear(store, Heard(ROGUE), at=later(days=3))
    hear(store, Heard(RANDOM), at=later(days=7))
    found = report(store, later(days=8)).rogues
    assert [(one.mac, one.places, one.days) for one in found] == [(ROGUE, ("palacio", "SW-1 (ge-0/0/7)"), 2)]
    assert (found[0].first, found[0].last) == (later(days=1), later(days=3))
    assert found[0].decision.code == "open" and found[0].alert is None


def test_registered_devices_and_what_the_settings_expect_are_no_rogues(store: Store) -> None:
    with time_machine.travel(later(days=-9)):
        phones(store, 1)
    hear(store, Heard(PHONE), Heard(RANDOM))
    assert not report(store, SUNDAY, RANDOM).rogues


def test_what_was_registered_meanwhile_is_told_with_who_did_it_and_when(store: Store) -> None:
    hear(store, Heard(PHONE), at=NOW)
    with time_machine.travel(later(60)):
        number = phones(store, 1)[0]
    hear(store, Heard(PHONE), at=later(120))
    found = report(store).rogues[0].decision
    assert (found.code, found.by, found.device) == ("registered", INES.email, number)
    assert found.at is not None and abs(found.at - later(60)) < timedelta(minutes=1)


def test_a_device_registered_in_the_middle_of_the_week_is_a_rogue_only_if_it_was_there_before(store: Store) -> None:
    early, late = PHONE, MacAddress(mac(2))
    hear(store, Heard(early), at=NOW)
    with time_machine.travel(later(60)):
        phones(store, 2)
    for day in (1, 2):
        hear(store, Heard(early), Heard(late), at=later(days=day))
    assert set(decisions(store)) == {early}


def test_a_stay_over_midnight_is_of_both_days_and_one_of_last_week_begins_on_monday(store: Store) -> None:
    hear_for(store, Heard(ROGUE), later(-20 * 60), later(15 * 60))
    (found,) = report(store).rogues
    assert (found.days, found.first, found.last) == (2, WEEK.start(ZONE), later(15 * 60))


def test_what_was_heard_on_two_ports_and_by_two_sources_is_one_device_of_each_source(store: Store) -> None:
    for port in ("ge-0/0/1", "ge-0/0/2"):
        hear(store, Heard(ROGUE, port=port), source="fdb", place="SW-1")
    hear(store, Heard(ROGUE))
    assert [(one.source.kind, one.devices) for one in report(store).proofs] == [("sweep", 1), ("fdb", 1)]
    assert set(report(store).rogues[0].places) == {"SW-1 (ge-0/0/1)", "SW-1 (ge-0/0/2)", "palacio"}


def test_a_source_that_ended_is_a_proof_of_the_weeks_it_looked_in_and_of_none_after(store: Store) -> None:
    hear(store, Heard(ROGUE))
    with store.transaction("schedule") as tx:
        end_sources(tx, (), later(days=1))
    assert [(one.source.state, one.days) for one in report(store).proofs] == [("ended", 1)]
    assert report(store, later(days=9), week=WEEK.after).proofs == []


def test_infrastructure_is_told_as_such(store: Store) -> None:
    hear(store, Heard(PHONE))
    with store.transaction(INES.email) as tx:
        devices.register_infrastructure(tx, queries.area(tx.session, "DIF"), mac(1), "Impresora", "Planta baja")
    assert decisions(store) == {PHONE: ("infrastructure", INES.email)}


def test_a_device_that_was_taken_out_and_is_still_there_is_a_rogue(store: Store) -> None:
    with time_machine.travel(later(days=-9)):
        number = phones(store, 1)[0]
    with time_machine.travel(later(days=-8)):
        do(store, devices.remove, number, "Se perdió", by=CARLA)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE state_change SET at = '2026-02-23 16:00' WHERE state = 'removing'")
        connection.exec_driver_sql("UPDATE state_change SET state = 'removed' WHERE state = 'removing'")
        connection.exec_driver_sql("UPDATE interface SET live = (1 = 0)")
    hear(store, Heard(PHONE))
    assert decisions(store) == {PHONE: ("open", "")}


def test_an_address_that_is_ignored_until_a_day_or_blocked_says_so_while_it_holds(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM))
    with store.transaction(INES.email) as tx:
        until = later(days=9)
        for one, kind, end in ((ROGUE, "ignored", until), (RANDOM, "blocked", None)):
            tx.session.add(
                Verdict(mac=str(one), kind=kind, reason="Visita", until=end, decided=NOW, decided_by=INES.email)
            )
        tracing.note_reading(tx, "alerts")
    assert decisions(store) == {ROGUE: ("ignored", INES.email), RANDOM: ("blocked", INES.email)}
    assert {one.decision.until for one in report(store).rogues} == {until, None}
    assert decisions(store, later(days=10)) == {ROGUE: ("open", ""), RANDOM: ("blocked", INES.email)}


def test_what_an_alert_ended_in_counts_and_one_under_way_is_still_open(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM))
    number, waiting = alarmed(store, ROGUE), alarmed(store, RANDOM)
    with time_machine.travel(later(30)):
        decided(store, number, "harmless")
        with store.transaction(INES.email) as tx:
            alerts.acknowledge(tx, queries.alert(tx.session, waiting))
    first, second = report(store).rogues
    assert (first.mac, first.decision.code, first.alert) == (RANDOM, "open", waiting)
    assert (second.decision.code, second.decision.by) == ("harmless", INES.email)
    assert second.decision.at is not None and abs(second.decision.at - later(30)) < timedelta(minutes=1)
    assert report(store).open == 1


def test_an_alert_closed_with_a_note_alone_is_told_as_closed_and_a_new_one_opens_the_matter_again(store: Store) -> None:
    hear(store, Heard(ROGUE))
    decided(store, alarmed(store, ROGUE), "")
    assert decisions(store) == {ROGUE: ("closed", INES.email)}
    alarmed(store, ROGUE, later(90))
    assert decisions(store) == {ROGUE: ("open", "")}


def test_every_source_proves_on_how_many_days_it_heard_and_a_silent_one_that_it_did_not(store: Store) -> None:
    for number in range(3):
        hear(store, Heard(ROGUE), Heard(RANDOM), at=later(days=number))
    with store.transaction("agent:scan") as tx:
        take_in(tx, "capture", "patio", [], NOW)
    hear(store, Heard(PHONE, "192.0.2.7", name="TEL"), at=later(days=2), source="leases", place="router")
    found = {one.source.name: one for one in report(store).proofs}
    sweep, capture, leases = found["sweep:palacio"], found["capture:patio"], found["leases:router"]
    assert (sweep.days, sweep.devices, sweep.last) == (3, 2, later(days=2))
    assert (capture.days, capture.devices, capture.last) == (0, 0, None) and capture.source.blind
    assert (leases.days, leases.devices) == (1, 1)
    assert [one.source.safeguard for one in report(store).proofs] == ["1.3", "1.4", "1.5"]


def test_a_source_says_when_it_last_saw_how_many_it_sees_and_what_went_wrong(store: Store) -> None:
    hear(store, Heard(ROGUE), Heard(RANDOM))
    with store.transaction("agent:scan") as tx:
        note_source(tx.session, "sweep:palacio", later(20), error="no such interface")
    with store.reading() as session:
        soon = discovery.look(session, later(20), HALF_HOUR)[0]
        late = discovery.look(session, later(31), HALF_HOUR)[0]
        hears = [discovery.hearing(session, later(minutes)) for minutes in (20, 31)]
    assert (soon.last_good, soon.last_tried) == (NOW, later(20)) and hears == [{"sweep:palacio": 2}, {}]
    assert (soon.error, soon.blind) == ("no such interface", False)
    assert late.blind


def test_of_very_many_what_was_seen_is_read_once_in_five_minutes_and_what_was_decided_each_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rogues, "MANY", 0)
    hear(store, Heard(ROGUE), Heard(RANDOM))
    number = alarmed(store, ROGUE)
    assert (report(store, later(1)).open, report(store, later(1)).at) == (2, later(1))
    hear(store, Heard(PHONE), at=later(1))
    decided(store, number, "ignored")
    kept = report(store, later(5.9))
    assert [one.mac for one in kept.rogues] == [RANDOM, ROGUE] and (kept.open, kept.at) == (1, later(1))
    assert kept.rogues[:1] == [kept.rogues[0]] and kept.rogues[-1].decision.code == "ignored"
    assert not report(store, later(5.9), week=WEEK.before).rogues, "of another week nothing is kept"
    assert len(report(store, later(6)).rogues) == 3


def test_a_week_that_is_over_is_read_once_in_five_minutes_and_kept_beside_the_present_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rogues, "MANY", 0)
    hear(store, Heard(ROGUE))
    past, after = WEEK, later(60 * 24 * 7)
    hear(store, Heard(RANDOM), at=after - timedelta(minutes=1))
    assert (report(store, after, week=past).at, report(store, after, week=past.after).at) == (after, after)
    for week in (past, past.after):
        assert report(store, after + timedelta(minutes=4), week=week).at == after
    again = after + timedelta(minutes=5)
    assert report(store, again, week=past).at == again
