"""Events out: signed, in order, again until they are taken, and with nothing in them that is not for others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select, text

from agents.worker import Worker
from netreg import config
from netreg.config import Settings
from netreg.errors import ConfigError
from netreg.office import Office
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.databases import furnished_database, opened
from tests.people import ACTOR, mac, phones

SECRET = "una clave que nadie más sabe"


class Receiver(HTTPServer):
    """Somebody's program on loopback: what it got, and what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _headers, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.answers.pop(0) if self.server.answers else 204
        if status < 300:
            self.server.got.append((dict(self.headers), body))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/otra")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def settings_for(folder: Path, port: int, events: str = '"device.*", "area.added"') -> Settings:
    (folder / "secreto").write_text(SECRET + "\n", encoding="utf-8")
    return config.parse(
        f"[[webhooks]]\nname = 'mesa'\nurl = 'http://127.0.0.1:{port}/x'\nevents = [{events}]\nsecret_file = 'secreto'",
        folder,
    )


@pytest.fixture
def settings(receiver: Receiver, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, receiver.server_port)


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        store.office = Office.of(settings)
        yield store


def work(store: Store, settings: Settings) -> None:
    worker = Worker(store, settings)
    while worker.run_once():
        pass


def pass_time(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET due = '2000-01-01 00:00:00' WHERE state = 'waiting'"))


def add_area(store: Store, code: str = "TES") -> None:
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, code, f"Área {code}")


def hooked(store: Store) -> list[Delivery]:
    with store.reading() as session:
        rows = list(session.scalars(select(Delivery).where(Delivery.kind == "webhook:mesa").order_by(Delivery.id)))
        session.expunge_all()
        return rows


def test_what_happened_is_told_in_order_and_signed(store: Store, settings: Settings, receiver: Receiver) -> None:
    add_area(store)
    phones(store, 1)
    work(store, settings)
    assert receiver.types[0] == "area.added" and "device.approved" in receiver.types
    assert not [one for one in receiver.types if not one.startswith(("device.", "area."))]
    headers, body = receiver.got[0]
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET.encode(), said, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_no_address_and_no_secret_goes_out(store: Store, settings: Settings, receiver: Receiver) -> None:
    phones(store, 2)
    work(store, settings)
    whole = b"".join(body for _headers, body in receiver.got).lower()
    assert receiver.got and mac(1).encode() not in whole and SECRET.encode() not in whole


@pytest.mark.parametrize("answer", [500, 302, 404, 429])
def test_what_was_not_taken_comes_again_under_the_same_id(
    store: Store, settings: Settings, receiver: Receiver, answer: int
) -> None:
    receiver.answers = [answer]
    add_area(store)
    work(store, settings)
    assert receiver.got == [] and hooked(store)[0].state == "waiting"
    pass_time(store)
    work(store, settings)
    (one,) = hooked(store)
    assert one.state == "done" and receiver.got[0][0]["webhook-id"] == f"event-{one.target}"


def test_an_outage_loses_nothing(store: Store, settings: Settings, receiver: Receiver) -> None:
    receiver.answers = [503] * 3
    for number in range(3):
        add_area(store, f"A{number}")
        work(store, settings)
    pass_time(store)
    for _ in range(4):
        work(store, settings)
        pass_time(store)
    assert sorted(json.loads(body)["data"]["subject"] for _headers, body in receiver.got) == [
        "area A0", "area A1", "area A2",
    ]  # fmt: skip


def test_who_is_gone_is_not_asked_again(store: Store, settings: Settings, receiver: Receiver) -> None:
    receiver.answers = [410]
    add_area(store)
    work(store, settings)
    assert hooked(store)[0].state == "failed"


def test_nobody_there_is_no_reason_to_stop_anything_else(store: Store, tmp_path: Path, receiver: Receiver) -> None:
    receiver.server_close()
    add_area(store)
    work(store, settings_for(tmp_path, 9))
    (one,) = hooked(store)
    assert one.state == "waiting" and "no answer" in one.error and SECRET not in one.error
    with store.reading() as session:
        assert queries.area(session, "TES").code == "TES"


def test_a_secret_that_could_be_guessed_is_refused(store: Store, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secreto").write_text("corto", encoding="utf-8")
    with pytest.raises(ConfigError, match="too short"):
        Worker(store, settings)
    (tmp_path / "secreto").unlink()
    with pytest.raises(ConfigError, match="cannot read"):
        Worker(store, settings)


def test_without_webhooks_nothing_is_owed(tmp_path: Path) -> None:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        add_area(store)
        assert hooked(store) == []
