"""Two portals on one PostgreSQL count tries together; where there is one process, it counts by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from agents import schedule
from netreg.config import Settings
from netreg.store.base import now
from netreg.store.counters import Counters, TryCount
from netreg.store.transaction import Store
from portal import counting
from portal.app import create_app
from tests.api.conftest import Program
from tests.databases import furnished_database, opened
from tests.people import ANA
from tests.portal.conftest import Visitor
from tests.processes import together, try_door

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with furnished_database("postgres", tmp_path) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with opened(url) as store:
        yield store


@pytest.fixture
def counters(store: Store) -> Iterator[Counters]:
    counters = Counters(store.engine.url)
    yield counters
    counters.close()


@pytest.fixture
def portals(settings: Settings, store: Store, shared_counts: None) -> list[Flask]:
    """Two, each as if it were a process of its own."""
    return [create_app(settings, store) for _ in range(2)]


def test_the_sixth_try_is_turned_away_whichever_portal_it_comes_to(portals: list[Flask]) -> None:
    for number in range(5):
        Visitor(portals[number % 2].test_client()).sign_in(ANA, "not her password", status=200)
    for portal in portals:
        assert "Espere unos minutos" in Visitor(portal.test_client()).sign_in(ANA, status=429)


def test_programs_with_wrong_tokens_are_counted_together_too(portals: list[Flask]) -> None:
    strangers = [Program(portal.test_client(), "falso") for portal in portals]
    statuses = [strangers[number % 2].ask("GET", "/devices").status_code for number in range(62)]
    assert statuses == [401] * 60 + [429] * 2


def test_processes_that_count_at_the_same_instant_lose_no_try(url: str, counters: Counters) -> None:
    counts = [count for one in together(try_door, [(url, "ana", 25)] * 4) for count in one]
    assert sorted(counts) == list(range(1, 101)) and counters.count("ana") == 100


def test_a_count_ends_with_its_stretch_and_begins_anew(counters: Counters) -> None:
    minute = timedelta(minutes=1)
    assert [counters.hit("ana", minute) for _ in range(3)] == [1, 2, 3]
    assert now() < counters.end_of("ana") <= now() + minute
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert counters.count("ana") == 0
        assert counters.hit("ana", minute) == 1
    counters.clear("ana")
    assert counters.count("ana") == 0


def test_what_is_counted_names_nobody_and_is_forgotten_when_it_is_over(store: Store, counters: Counters) -> None:
    counters.hit("account ana@municipio.gob.mx", timedelta(seconds=1))
    with store.reading() as session:
        assert "ana" not in session.scalars(select(TryCount.key)).one()
    with time_machine.travel(now() + timedelta(seconds=2)):
        schedule.keep_office(store)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(TryCount)) == 0


def test_one_process_counts_in_its_memory(tmp_path: Path) -> None:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        assert counting.shared(store) is None
        assert counting.configuration(store) == {"RATELIMIT_STORAGE_URI": "memory://"}
