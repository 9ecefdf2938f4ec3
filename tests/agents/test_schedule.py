"""The timetable: one leader, ticks that owe and never work, and a tick that fails does not end it."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from agents import schedule, service
from netreg import config
from netreg.detection.sighting import Heard
from netreg.errors import StoreBusy
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.opening import open_store
from netreg.privacy import Retention
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.registry.commands.sightings import note, note_source
from netreg.registry.hashing import make_key
from netreg.registry.models import DayFigure, Stay
from netreg.store.base import now
from netreg.store.leading import TIMETABLE, leadership
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.databases import empty_database, furnished_database, opened
from tests.lab.firewall import wait_until
from tests.procedures.test_tickets import turned_over

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk0CEqGvXKqv8m3oPPmV7v3Z1gZ8e9T7m0cYw2b1Q"
SEGMENT = '[[scan.segment]]\nname = "palacio"\ninterface = "eth0"\nnetwork = "10.78.0.0/24"\nlisten = false\n'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two points; only `palacio` is trusted."""
    store = open_store(f"sqlite:///{tmp_path / 'netreg.db'}", lock_wait=0.1)
    with store.transaction("ines") as tx:
        for name in ("bodega", "palacio"):
            points.add_point(tx, name, "linux-nftables", "127.0.0.1", 9, "root", "/nowhere", {})
    with store.transaction("ines") as tx:
        points.trust(tx, queries.point(tx.session, "palacio"), HOST_KEY)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM delivery")
    yield store
    store.engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.parse(f'data_dir = "."\n{SEGMENT}', tmp_path)


def owed(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.kind, Delivery.target))
        return [(row.kind, row.target, row.state) for row in rows]


def test_a_tick_owes_each_look_once_and_does_none(store: Store, settings: config.Settings) -> None:
    for _ in range(2):
        schedule.owe_reconcile(store)
        schedule.owe_looks(store, settings)
        schedule.sound_alarms(store, settings)
    assert owed(store) == [
        ("push", "bodega", "waiting"),
        ("push", "palacio", "waiting"),
        ("sweep", "palacio", "waiting"),
        ("tables", "palacio", "waiting"),
    ]


def test_a_segment_that_is_not_in_the_settings_any_more_is_no_blind_source(
    store: Store, settings: config.Settings
) -> None:
    silent = now() - timedelta(hours=2)
    with store.transaction("agent:scan") as tx:
        for name in ("sweep:palacio", "sweep:patio", "capture:palacio"):
            note_source(tx.session, name, silent)
    schedule.sound_alarms(store, settings)
    with store.reading() as session:
        assert [one.key for one in queries.alerts(session) if one.kind == "blind"] == ["blind:sweep:palacio"]


def test_the_timetable_reminds_freezes_and_adopts_the_hours_once_each(tmp_path: Path) -> None:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        store.office = Office(mail=True)
        with time_machine.travel(now() - timedelta(days=70)):
            turned_over(store)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM delivery")
        for _ in range(2):
            schedule.remind(store)
            schedule.keep_office(store)
        assert [(kind, target.split(":")[1]) for kind, target, _state in owed(store)] == [("notice", "overdue")]
        with store.reading() as session:
            names = [event.name for event in queries.audit(session)]
    assert names.count("calendar.hours_adopted") == 1 and names.count("report.month_frozen") in (1, 2)


def test_a_tick_that_finds_the_database_busy_leaves_it_to_the_next(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    tick = schedule._safely(lambda: schedule.owe_reconcile(store))
    with store.engine.execution_options(sqlite_begin="IMMEDIATE").begin():
        tick()
    assert owed(store) == [] and "at the next tick" in caplog.text
    tick()
    assert len(owed(store)) == 2


def test_the_timetable_looks_at_once_and_ends_when_told(store: Store, settings: config.Settings) -> None:
    stopping = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(store, settings, stopping))
    thread.start()
    try:
        wait_until(lambda: len(owed(store)) == 4, "the first ticks")
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()


def test_a_timetable_that_dies_takes_the_worker_with_it(store: Store, settings: config.Settings) -> None:
    nowhere = settings.model_copy(update={"data_dir": settings.data_dir / "missing"})
    stopping = threading.Event()
    with pytest.raises(FileNotFoundError):
        service.work(nowhere, store, stopping)
    assert stopping.is_set()


def lead(store_url: str, folder: Path, wire: Connection) -> None:
    """Say whether we lead, and go on until told."""
    with leadership(TIMETABLE, open_store(store_url).engine, folder) as holds:
        wire.send(holds is not None and holds())
        wire.recv()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_one_process_leads_and_its_death_hands_over(kind: str, tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()
    with empty_database(kind, tmp_path) as url, opened(url) as store:
        process = fork.Process(target=lead, args=(url, tmp_path, theirs), daemon=True)
        process.start()
        assert ours.poll(20) and ours.recv() is True
        assert not leads(store, tmp_path)
        process.kill()
        process.join()
        wait_until(lambda: leads(store, tmp_path), "the lead to be handed over")


def leads(store: Store, folder: Path) -> bool:
    with leadership(TIMETABLE, store.engine, folder) as holds:
        return holds is not None


def test_what_is_past_its_term_is_forgotten_at_the_start_and_every_night(
    store: Store, settings: config.Settings, tmp_path: Path
) -> None:
    store.office = replace(store.office, retention_key=tmp_path / "retention.key")
    make_key(store.office.retention_key)
    with store.transaction("agent:scan") as tx:
        note(tx.session, "sweep", "palacio", [Heard(MacAddress("a4:83:e7:00:00:01"))], now() - timedelta(days=91))
    stopping = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(store, settings, stopping), daemon=True)
    thread.start()
    try:
        wait_until(lambda: forgotten(store) == 1, "the run at the start")
    finally:
        stopping.set()
        thread.join(10)
    schedule.keep_terms(store)
    assert forgotten(store) == 1, "nothing more to forget is no event"


def forgotten(store: Store) -> int:
    with store.reading() as session:
        return sum(event.name == "retention.applied" for event in queries.audit(session))


def test_without_its_key_nothing_is_forgotten_and_the_other_jobs_go_on(
    store: Store, settings: config.Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.office = replace(store.office, retention_key=tmp_path / "nowhere.key")
    schedule._safely(lambda: schedule.keep_terms(store))()
    assert "nowhere.key" in caplog.text and not store.office.retention_key.exists()


def test_past_days_are_counted_once_before_what_they_are_counted_from_is_forgotten(
    store: Store, settings: config.Settings, tmp_path: Path
) -> None:
    """Also where nothing is kept but a day, and the machine was off for a week."""
    store.office = replace(
        store.office, retention=Retention(sighting_days=1, trail_days=1), retention_key=tmp_path / "retention.key"
    )
    make_key(store.office.retention_key)
    with store.transaction("agent:scan") as tx:
        for days in (5, 3):
            note(tx.session, "sweep", "palacio", [Heard(MacAddress("a4:83:e7:00:00:01"))], now() - timedelta(days=days))
    for _night in range(2):
        schedule._by_night(store, settings)
    with store.reading() as session:
        assert [(one.known, one.unknown) for one in session.scalars(select(DayFigure))] == [(0, 1), (0, 1)]
        assert session.scalars(select(Stay)).all() == []


def test_a_count_that_fails_keeps_nothing_from_being_forgotten(
    store: Store, settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def fails(_store: Store, _settings: config.Settings) -> None:
        raise StoreBusy("ocupada", "busy")

    monkeypatch.setattr(schedule, "count_days", fails)
    monkeypatch.setattr(schedule, "keep_terms", done.append)
    schedule._by_night(store, settings)
    assert done == [store]
