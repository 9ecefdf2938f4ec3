"""A change under one Idempotency-Key is carried out once, also when it comes twice at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from netreg.config import Settings
from netreg.errors import InvalidValue
from netreg.registry.commands import people
from netreg.registry.models import Area, KeptAnswer
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction
from portal.app import create_app
from tests.api.conftest import Program, token_of
from tests.databases import furnished_database, opened
from tests.lab.firewall import wait_until
from tests.people import NORA

pytestmark = pytest.mark.postgres
KEY = {"Idempotency_Key": "alta-1"}
TREASURY = {"code": "TES", "name": "Tesorería"}
Add = Callable[..., Area]
Start = Callable[[], Program]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """On SQLite writers take turns, and nothing comes at the same moment."""
    with furnished_database("postgres", tmp_path) as url, opened(url) as store:
        yield store


@pytest.fixture
def app(settings: Settings, store: Store, shared_counts: None) -> Flask:
    return create_app(settings, store)


@pytest.fixture
def nora(app: Flask, store: Store) -> Start:
    """The same program of Nora's, at a connection of its own each time."""
    token = token_of(store, NORA)
    # So that no request stops to write down when the token was last used.
    Program(app.test_client(), token).get("/areas")
    return lambda: Program(app.test_client(), token)


def twice(program: Start) -> list[TestResponse]:
    """The same change sent twice at once, and both answers."""
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(program().ask, "POST", "/areas", TREASURY, KEY) for _ in range(2)]
        return sorted((one.result() for one in sent), key=lambda answer: answer.status_code)


@pytest.fixture
def meet(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[Add], None]:
    """From now on the first to add an area waits until another waits for them, and then does `first`."""
    added, begun = people.add_area, threading.Lock()

    def begin(first: Add) -> None:
        def slowly(tx: Transaction, *about: Any) -> Area:
            if not begun.acquire(blocking=False):
                return added(tx, *about)
            wait_until(lambda: blocked(store), "the other request to wait")
            return first(tx, *about)

        monkeypatch.setattr(people, "add_area", slowly)

    return begin


def blocked(store: Store) -> bool:
    """Whether somebody waits for another's transaction."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with store.reading() as session:
        return bool(session.scalar(text(waiting)))


def count(store: Store, kind: type[Area | KeptAnswer]) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_two_at_once_under_one_key_are_one_change_and_one_answer(
    store: Store, nora: Start, meet: Callable[[Add], None]
) -> None:
    meet(people.add_area)
    before = count(store, Area)
    one, other = twice(nora)
    assert (one.status_code, other.status_code) == (201, 201) and one.data == other.data
    assert one.headers["Location"] == other.headers["Location"]
    assert sorted(answer.headers.get("Idempotency-Replayed", "") for answer in (one, other)) == ["", "true"]
    assert count(store, Area) == before + 1 and count(store, KeptAnswer) == 1


def test_where_the_first_of_two_is_refused_the_second_is_carried_out(
    store: Store, nora: Start, meet: Callable[[Add], None]
) -> None:
    def refuse(*_about: Any) -> Area:
        raise InvalidValue("No.", "No.", code="E_TEST")

    meet(refuse)
    done, refused = twice(nora)
    assert (done.status_code, refused.status_code) == (201, 422) and refused.get_json()["code"] == "E_TEST"
    assert "Idempotency-Replayed" not in done.headers and count(store, KeptAnswer) == 1


def test_a_key_of_the_day_before_yesterday_is_taken_over_by_one_of_two(
    store: Store, nora: Start, meet: Callable[[Add], None]
) -> None:
    with time_machine.travel(now() - timedelta(days=2)):
        nora().post("/areas", {"code": "CAT", "name": "Catastro"}, 201, **KEY)
    meet(people.add_area)
    one, other = twice(nora)
    assert one.data == other.data and one.get_json()["code"] == "TES" and count(store, KeptAnswer) == 1
    assert sorted(answer.headers.get("Idempotency-Replayed", "") for answer in (one, other)) == ["", "true"]
