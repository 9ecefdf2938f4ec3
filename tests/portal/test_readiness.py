"""Whether a portal is ready is told by name and in a few words, to machines that anybody may run."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from netreg.config import Settings
from netreg.health import room
from netreg.reactions import PUSH
from netreg.store import outbox, upgrade
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.app import create_app
from tests.people import ACTOR


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "free_mb", lambda _folder: 50_000)


@pytest.fixture
def app(settings: Settings, store: Store, tmp_path: Path) -> Flask:
    """Its data lie in a folder of their own, beside the database."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(settings.secret_key_file, folder)
    return create_app(settings.model_copy(update={"data_dir": folder}), store)


def told(app: Flask, status: int) -> tuple[str, dict[str, str]]:
    """How it stands, and why not, by what was looked at."""
    answer = app.test_client().get("/readyz")
    assert answer.status_code == status, answer.text
    body = json.loads(answer.text)
    assert list(body["checks"]) == ["database", "schema", "storage", "worker"]
    assert all(one["ok"] == (not one["why"]) for one in body["checks"].values())
    assert "/" not in answer.text, "no place of this machine is told"
    return body["status"], {name: one["why"] for name, one in body["checks"].items() if not one["ok"]}


def sql(store: Store, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_portal_that_lacks_nothing_is_ready(app: Flask) -> None:
    assert told(app, 200) == ("ok", {})


def test_a_database_that_cannot_be_read_says_nothing_of_the_rest(app: Flask, store: Store) -> None:
    sql(store, "ALTER TABLE role RENAME TO lost")
    why = {"database": "no answer", "schema": "not known", "worker": "not known"}
    assert told(app, 503) == ("unavailable", why)


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_tables_of_another_version_are_not_served(app: Flask, store: Store, revision: str) -> None:
    sql(store, f"UPDATE alembic_version SET version_num = '{revision}'")
    assert told(app, 503) == ("unavailable", {"schema": "newer than the program, or none"})


def test_tables_that_wait_for_their_upgrade_are_not_served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "head", lambda: "0002")
    assert told(app, 503) == ("unavailable", {"schema": "older than the program"})


def test_data_that_cannot_be_written_are_told_without_their_place(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert told(app, 503) == ("unavailable", {"storage": "cannot be written to"})


@pytest.mark.parametrize(("free", "status"), [(room.ERROR_BELOW_MB - 1, 503), (room.ERROR_BELOW_MB, 200)])
def test_where_doctor_calls_it_an_error_there_is_too_little_room(
    app: Flask, monkeypatch: pytest.MonkeyPatch, free: int, status: int
) -> None:
    monkeypatch.setattr(room, "free_mb", lambda _folder: free)
    assert told(app, status)[1] == ({"storage": "hardly any room left"} if status == 503 else {})


def test_without_a_worker_pages_are_served_and_it_is_told(app: Flask, store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        outbox.owe(tx.session, PUSH, "palacio", now())
    assert told(app, 200) == ("ok", {})
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        assert told(app, 200) == ("warning", {"worker": "work waits for too long"})


def test_looking_leaves_nothing_behind(app: Flask, tmp_path: Path) -> None:
    before = sorted((tmp_path / "data").iterdir())
    told(app, 200)
    assert sorted((tmp_path / "data").iterdir()) == before
