"""Alerts go out once: what is sure at once, the rest in the digest, nothing in the quiet hours and nothing twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text

from agents import schedule
from agents.notify import Channels
from agents.worker import Worker
from netreg import config
from netreg.config import Settings
from netreg.detection.sighting import Heard
from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.office import Office
from netreg.registry import queries
from netreg.registry.commands import alerts
from netreg.registry.commands.alerts import News
from netreg.registry.detecting import take_in
from netreg.registry.models import Alert
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.agents.test_notify import Server, die
from tests.databases import furnished_database, opened
from tests.people import CARLA, INES, mac

SECRET = "ficha-muy-secreta"
# A Friday at ten in the morning at the office.
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


class Sink:
    """A real web server that takes what a channel posts, until told not to."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.broken = False
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not sink.broken:
                    sink.got.append(json.loads(body))
                self.send_response(500 if sink.broken else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"json://red:{SECRET}@127.0.0.1:{self.server.server_port}/alertas"

    @property
    def subjects(self) -> list[str]:
        return [one["title"] for one in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.up()
    yield server
    server.down()


@pytest.fixture
def settings(sink: Sink, server: Server, tmp_path: Path) -> Settings:
    (tmp_path / "mail.url").write_text(f"mailto://127.0.0.1:{server.port}?from=red@municipio.gob.mx&mode=insecure")
    (tmp_path / "alerts.url").write_text(f"# la sala\n{sink.url}\n", encoding="utf-8")
    words = '[mail]\nurl_file = "mail.url"\n[alerts]\nurl_file = "alerts.url"\ngrace_minutes = 0\n'
    return config.parse(words + 'quiet_from = "22:00"\nquiet_until = "07:00"', tmp_path)


@pytest.fixture(autouse=True)
def friday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(FRIDAY) as traveller:
        yield traveller


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        store.office = replace(Office.of(settings), files=tmp_path / "files")
        yield store


def found(store: Store, number: int = 1, *, urgent: bool = False, kind: str = "rogue", **said: str | bool) -> None:
    """Detection tells of a device."""
    which = str(said.pop("mac", mac(number)))
    facts = {"vendor": "Apple, Inc.", "place": "palacio", "explanation": "Nadie.", "explanation_en": "Nobody."} | said
    news = News(f"{kind}:{which}", kind, which, first_seen=now(), last_seen=now(), count=1, urgent=urgent, **facts)  # type: ignore[arg-type]
    with store.transaction("agent:scan") as tx:
        alerts.open_alerts(tx, [news])


def work(store: Store, settings: Settings) -> None:
    """The timetable ticks, and a worker that starts now does what is due."""
    schedule.announce(store)
    worker = Worker(store, settings)
    while worker.run_once():
        pass


def pass_time(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET due = '2000-01-01 00:00:00' WHERE state = 'waiting'"))
        connection.execute(text("UPDATE delivery SET lease_until = '2000-01-01 00:00:00' WHERE state = 'running'"))


def handle(store: Store, command: Callable[..., object], *said: object) -> None:
    with store.transaction(INES.email) as tx:
        command(tx, tx.session.query(Alert).one(), *said)


# --- at once --------------------------------------------------------------------------------------------------------


def test_what_is_sure_goes_out_at_once_and_once(sink: Sink, settings: Settings, store: Store) -> None:
    for _ in range(3):
        found(store, urgent=True)
        work(store, settings)
    (message,) = sink.got
    assert message["title"] == "Red: Equipo sin registro en palacio"
    assert "Apple, Inc." in message["message"] and f"{store.office.address}/alerts/1" in message["message"]
    with store.reading() as session:
        assert queries.alert(session, 1).told is not None


def test_a_worker_is_asked_before_the_timetable_ticks(sink: Sink, settings: Settings, store: Store) -> None:
    found(store, urgent=True)
    assert Worker(store, settings).run_once() and len(sink.got) == 1


def test_what_opens_while_a_message_waits_goes_with_it(sink: Sink, settings: Settings, store: Store) -> None:
    for number in range(3):
        found(store, number, urgent=True)
    work(store, settings)
    assert sink.subjects == ["Red: 3 alertas"]


def test_one_that_becomes_sure_later_goes_out_then(sink: Sink, settings: Settings, store: Store) -> None:
    found(store)
    work(store, settings)
    assert not sink.got
    found(store, urgent=True)
    work(store, settings)
    assert len(sink.got) == 1


def test_one_that_was_in_a_digest_and_becomes_sure_is_told_once_more(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    found(store)
    friday.shift(timedelta(days=3))
    work(store, settings)
    found(store, urgent=True)
    for _ in range(2):
        work(store, settings)
    assert sink.subjects == ["Red: resumen de alertas del 2026-11-23 (1)", "Red: Equipo sin registro en palacio"]


def test_what_somebody_has_in_hand_is_not_told(sink: Sink, settings: Settings, store: Store) -> None:
    found(store, urgent=True)
    handle(store, alerts.acknowledge, "La veo")
    work(store, settings)
    assert not sink.got


def test_told_again_only_when_it_wakes(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    found(store, urgent=True)
    work(store, settings)
    handle(store, alerts.snooze, now() + timedelta(hours=2), "Acto público")
    found(store, urgent=True)
    work(store, settings)
    assert len(sink.got) == 1
    friday.shift(timedelta(hours=3))
    for _ in range(2):
        found(store, urgent=True)
        work(store, settings)
    assert len(sink.got) == 2


def test_a_restart_and_the_same_sightings_open_and_tell_nothing_new(
    sink: Sink, settings: Settings, store: Store
) -> None:
    heard = [Heard(MacAddress.parse(mac(7)), "10.0.0.7")]
    for _ in range(3):
        with store.transaction("agent:scan") as tx:
            take_in(tx, "sweep", "palacio", heard, now())
            tx.session.query(Alert).one().urgent = True
        work(store, settings)
        store.engine.dispose()
    assert len(sink.got) == 1
    with store.reading() as session:
        assert session.query(Alert).count() == 1


# --- quiet hours and limits -----------------------------------------------------------------------------------------


def test_in_the_quiet_hours_nothing_goes_out_and_after_them_one_message(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    friday.move_to(FRIDAY + timedelta(hours=13))  # 23:00 at the office
    for number in range(3):
        found(store, number, urgent=True)
        pass_time(store)
        work(store, settings)
    assert not sink.got
    friday.move_to(FRIDAY + timedelta(hours=21, minutes=1))  # 07:01
    work(store, settings)
    assert sink.subjects == ["Red: 3 alertas"]


def test_no_more_messages_than_the_setting_go_out_in_an_hour(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    few = settings.model_copy(update={"alerts": settings.alerts.model_copy(update={"at_most_per_hour": 2})})
    for number in range(5):
        found(store, number, urgent=True)
        work(store, few)
    assert len(sink.got) == 2
    friday.shift(timedelta(minutes=61))
    work(store, few)
    assert sink.subjects[2:] == ["Red: 3 alertas"]


# --- the digest -----------------------------------------------------------------------------------------------------


def test_the_rest_waits_for_the_digest_of_the_next_working_day(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    found(store, 1)
    for number in range(20):
        found(store, mac=f"02:00:00:00:00:{number + 1:02x}")
    for hours in (0, 12, 24, 48, 69):
        friday.move_to(FRIDAY + timedelta(hours=hours))
        work(store, settings)
    assert not sink.got, "neither at night nor at the weekend, nor before eight on Monday"
    for hours in (70, 71, 80):
        friday.move_to(FRIDAY + timedelta(hours=hours))
        found(store, 2)
        work(store, settings)
    (message,) = sink.got
    assert message["title"] == "Red: resumen de alertas del 2026-11-23 (21)"
    assert len(message["message"].strip().split("\n")) == 2 and "20 con dirección inventada" in message["message"]
    friday.move_to(FRIDAY + timedelta(hours=70 + 24))
    work(store, settings)
    assert sink.subjects[1:] == ["Red: resumen de alertas del 2026-11-24 (1)"]


def test_with_nothing_to_say_there_is_no_digest(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    found(store)
    handle(store, alerts.close, "Era la cámara")
    friday.shift(timedelta(days=3))
    work(store, settings)
    assert not sink.got
    with store.reading() as session:
        assert session.query(Delivery).count() == 0


def test_after_an_outage_one_digest_tells_of_all_days(
    sink: Sink, settings: Settings, store: Store, friday: time_machine.Traveller
) -> None:
    sink.broken = True
    found(store, 1)
    for days in (3, 4):
        friday.move_to(FRIDAY + timedelta(days=days))
        work(store, settings)
        found(store, days)
    sink.broken = False
    pass_time(store)
    work(store, settings)
    assert sink.subjects == ["Red: resumen de alertas del 2026-11-24 (2)"]


# --- outages --------------------------------------------------------------------------------------------------------


def test_while_the_channel_is_away_an_alert_waits_and_is_not_counted_as_told(
    sink: Sink, settings: Settings, store: Store
) -> None:
    sink.broken = True
    found(store, urgent=True)
    work(store, settings)
    work(store, settings)
    with store.reading() as session:
        assert queries.alert(session, 1).told is None
        (row,) = session.query(Delivery)
        assert (row.state, row.attempts) == ("waiting", 1) and SECRET not in row.error
    sink.broken = False
    pass_time(store)
    work(store, settings)
    assert len(sink.got) == 1


def test_a_worker_that_died_before_it_recorded_sends_again_and_never_loses(
    sink: Sink, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(store, urgent=True)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            Worker(store, settings).run_once()
    pass_time(store)
    work(store, settings)
    work(store, settings)
    assert len(sink.got) == 2


def test_every_channel_gets_it_and_one_that_is_broken_does_not_make_the_others_repeat(
    sink: Sink, settings: Settings, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(settings.alerts.url_file)
    path.write_text(f"{sink.url}\njson://red:{SECRET}@127.0.0.1:1/\n{sink.url}/otra\n", encoding="utf-8")
    found(store, urgent=True)
    work(store, settings)
    work(store, settings)
    assert len(sink.got) == 2
    assert "channel 2 of alerts.url_file" in caplog.text and SECRET not in caplog.text


@pytest.mark.parametrize("content", [f"nada://{SECRET}", f"red:{SECRET}@host", "", "# nada"])
def test_a_url_that_is_no_channel_is_found_at_the_start(
    content: str, settings: Settings, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    Path(settings.alerts.url_file).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        Worker(store, settings)
    assert refused.value.id == "netreg.C021" and SECRET not in str(refused.value) + caplog.text


def test_the_channels_are_never_shown(settings: Settings) -> None:
    assert SECRET not in repr(Channels.of(settings)) + repr(settings)


def test_where_nobody_is_to_be_told_nothing_is_owed(store: Store) -> None:
    store.office = Office()
    found(store, urgent=True)
    schedule.announce(store)
    with store.reading() as session:
        assert session.query(Delivery).count() == 0


# --- whose it is ----------------------------------------------------------------------------------------------------


def assign(store: Store, to: str, by: str = INES.email) -> None:
    with store.transaction(by) as tx:
        alerts.assign(tx, tx.session.query(Alert).one(), queries.known_person(tx.session, to))


def test_whoever_is_given_an_alert_is_told_by_mail_and_one_who_takes_it_is_not(
    server: Server, settings: Settings, store: Store
) -> None:
    found(store)
    assign(store, INES.email)
    work(store, settings)
    assert not server.got
    assign(store, CARLA.email)
    work(store, settings)
    assert server.to(CARLA.email) == ["Alerta a su cargo: Equipo sin registro"]
    (_, message) = server.got[0]
    assert mac(1) not in message.get_content() and "/alerts/1" in message.get_content()


def test_one_who_was_given_an_alert_that_is_closed_meanwhile_hears_nothing(
    server: Server, settings: Settings, store: Store
) -> None:
    found(store)
    assign(store, CARLA.email)
    handle(store, alerts.close, "Era la cámara")
    work(store, settings)
    assert not server.got
