"""Mail: an outage of days loses no notice and floods nobody, and nothing anybody typed or set gets out of its place."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import select, text, update

from agents.notify import Mailer
from agents.post import GIVE_UP
from agents.worker import Worker
from netreg import config
from netreg.config import Settings
from netreg.errors import ConfigError, MailFailed
from netreg.notices import NOTICE
from netreg.office import Office
from netreg.registry.models import Person
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.databases import furnished_database, opened
from tests.people import ANA, CARLA, INES, SARA, SOFIA, phone
from tests.procedures.test_tickets import PAPER, act, extend, received, sent, turned_over

SECRET = "contrase-muy-secreta"
LONG_AGO = "2000-01-01 00:00:00"


class Server:
    """A real SMTP server on loopback that can go away and come back at the same port."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        self.refused: set[str] = set()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._controller: Controller | None = None

    def up(self) -> None:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self.check, auth_require_tls=False
        )
        self._controller.start()

    def check(self, *said: object) -> AuthResult:
        """Take only the one password, and repeat what was said, as no server should."""
        login = said[-1]
        assert isinstance(login, LoginPassword)
        right = login.password == SECRET.encode()
        return AuthResult(success=right, handled=False, message=None if right else f"535 no {login.password.decode()}")

    def down(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, to: str, options: list[str]) -> str:
        if to in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got += [(to, message) for to in envelope.rcpt_tos]
        return "250 OK"

    def to(self, address: str) -> list[str]:
        """The subjects that reached this address."""
        return [str(message["Subject"]) for to, message in self.got if to == address]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.up()
    yield server
    server.down()


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Settings:
    url = f"mailto://red:{SECRET}@127.0.0.1:{server.port}?from=red@municipio.gob.mx&to=otra@ejemplo.mx&mode=insecure"
    (tmp_path / "mail.url").write_text(url + "\n", encoding="utf-8")
    document = "[office]\nname = \"Almoloya\\nde Juárez\"\n[mail]\nurl_file = 'mail.url'\nat_most_per_hour = 1000"
    return config.parse(document, tmp_path)


@pytest.fixture
def mailer(settings: Settings) -> Mailer:
    mailer = Mailer.of(settings)
    assert mailer is not None
    return mailer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        store.office = Office(files=tmp_path / "files", mail=True)
        yield store


def notices(store: Store) -> list[Delivery]:
    with store.reading() as session:
        found = session.scalars(select(Delivery).where(Delivery.kind == NOTICE).order_by(Delivery.id)).all()
        session.expunge_all()
        return list(found)


def states(store: Store) -> set[str]:
    return {row.state for row in notices(store)}


def pass_time(store: Store) -> None:
    """Every pause is over and every lease has run out."""
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE delivery SET due = '{LONG_AGO}' WHERE state = 'waiting'"))
        connection.execute(text(f"UPDATE delivery SET lease_until = '{LONG_AGO}' WHERE state = 'running'"))


def work(store: Store, settings: Settings) -> None:
    """A worker that starts now does what is due."""
    worker = Worker(store, settings)
    while worker.run_once():
        pass


# --- one message ---


def test_a_message_arrives_as_it_was_written(server: Server, mailer: Mailer) -> None:
    mailer.send(
        ANA.email, "Solicitud señalada: «Ñandú»", "Año 2026 — <b>no es negrita</b> &amp;\n\n*ni esto* :smile: \\n"
    )
    ((to, message),) = server.got
    assert to == ANA.email and message["To"] == ANA.email
    assert message["Subject"] == "Solicitud señalada: «Ñandú»"
    assert message["From"] == "Almoloya de Juárez <red@municipio.gob.mx>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain" and message.get_content_charset() == "utf-8"
    body = message.get_content().replace("\r\n", "\n").strip()
    assert body == "Año 2026 — <b>no es negrita</b> &amp;\n\n*ni esto* :smile: \\n"


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", " ", " ", "\x00"])
def test_a_line_break_in_a_subject_or_a_body_adds_no_header(server: Server, mailer: Mailer, break_: str) -> None:
    hostile = f"hola{break_}Bcc: mal@ejemplo.mx{break_}{break_}cuerpo"
    mailer.send(ANA.email, hostile, hostile)
    ((_, message),) = server.got
    assert message["Bcc"] is None and message["Cc"] is None
    assert message["Subject"] == "hola Bcc: mal@ejemplo.mx cuerpo"


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@municipio.gob.mx,mal@ejemplo.mx", "ana@municipio.gob.mx\nBcc: mal@ejemplo.mx", "a b@c.mx"],
)
def test_what_is_no_address_is_never_tried_again(server: Server, mailer: Mailer, address: str) -> None:
    with pytest.raises(MailFailed) as failed:
        mailer.send(address, "a", "b")
    assert failed.value.permanent and not server.got


def test_no_other_recipient_of_the_url_reads_along(server: Server, settings: Settings) -> None:
    path = Path(settings.mail.url_file)
    path.write_text(path.read_text().strip() + "&cc=uno@ejemplo.mx&bcc=dos@ejemplo.mx", encoding="utf-8")
    mailer = Mailer.of(settings)
    assert mailer is not None
    mailer.send(ANA.email, "a", "b")
    assert [to for to, _ in server.got] == [ANA.email]


def test_the_next_server_is_tried_where_the_first_is_away(server: Server, settings: Settings) -> None:
    path = Path(settings.mail.url_file)
    path.write_text(f"# dos\nmailto://127.0.0.1:1?from=a@b.mx&mode=insecure\n{path.read_text()}", encoding="utf-8")
    mailer = Mailer.of(settings)
    assert mailer is not None
    mailer.send(ANA.email, "a", "b")
    assert server.to(ANA.email) == ["a"]


# --- the secret ---


@pytest.mark.parametrize(
    "content",
    [
        f"mailto://red:{SECRET}@",
        f"json://red:{SECRET}@127.0.0.1",
        f"nada://{SECRET}",
        f"red:{SECRET}@host",
        "",
        "# nada",
    ],
)
def test_a_url_that_is_no_mail_server_is_found_at_the_start(
    content: str, tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "mail.url").write_text(content, encoding="utf-8")
    settings = config.parse("[mail]\nurl_file = 'mail.url'", tmp_path)
    with pytest.raises(ConfigError) as found:
        Worker(store, settings)
    shown = "".join(traceback.format_exception(found.value)) + found.value.hint + caplog.text
    assert found.value.id == "netreg.C008" and SECRET not in shown


def test_a_file_that_is_not_there_is_found_at_the_start(tmp_path: Path, store: Store) -> None:
    with pytest.raises(ConfigError) as found:
        Worker(store, config.parse("[mail]\nurl_file = 'no.url'", tmp_path))
    assert found.value.id == "netreg.C007" and "mail.url_file" in found.value.hint


def test_the_secret_is_in_no_log_and_no_error(
    server: Server, tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = SECRET[::-1]
    url = f"mailto://red:{wrong}@127.0.0.1:{server.port}?from=red@municipio.gob.mx&mode=insecure"
    (tmp_path / "mail.url").write_text(url, encoding="utf-8")
    settings = config.parse("[mail]\nurl_file = 'mail.url'", tmp_path)
    sent(store)
    work(store, settings)
    (row,) = notices(store)
    assert "535" in row.error, "whoever minds the server reads why"
    errors = [row.error]
    server.down()
    pass_time(store)
    work(store, settings)
    (row,) = notices(store)
    assert (row.state, row.attempts) == ("waiting", 2)
    assert f"127.0.0.1:{server.port}: " in row.error and "refused" in row.error and "mail.url_file" in row.error
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # the server's own
    for shown in (ours, *errors, row.error, repr(Mailer.of(settings)), repr(settings)):
        assert wrong not in shown and SOFIA.email not in shown


# --- outages ---


def test_a_notice_of_a_request_reaches_its_desk(server: Server, settings: Settings, store: Store) -> None:
    sent(store)
    work(store, settings)
    ((to, message),) = server.got
    assert to == SOFIA.email and message["Subject"] == "Solicitud E1 por recibir"
    assert "de Obras Públicas" in message.get_content() and states(store) == {"done"}


def test_while_the_server_is_away_a_notice_waits_longer_each_time_up_to_an_hour(
    server: Server, settings: Settings, store: Store
) -> None:
    server.down()
    sent(store)
    pauses = []
    for attempt in range(1, 15):
        start = now()
        pass_time(store)
        work(store, settings)
        (row,) = notices(store)
        assert (row.state, row.attempts) == ("waiting", attempt)
        pauses.append((row.due - start).total_seconds())
    assert 1 <= pauses[0] <= 3 and 4 <= pauses[2] <= 9
    assert 1800 <= pauses[-1] <= 3601


def test_while_the_server_is_away_the_others_wait_without_an_attempt(
    server: Server, settings: Settings, store: Store
) -> None:
    server.down()
    for number in range(3):
        sent(store, phone(number + 1))
    work(store, settings)
    assert sorted(row.attempts for row in notices(store)) == [0, 0, 1]


def test_after_days_without_a_server_each_person_gets_the_newest_of_each_request_once(
    server: Server, settings: Settings, store: Store
) -> None:
    server.down()
    one = turned_over(store)
    other = received(store, phone(2))
    extend(store, SOFIA, sent(store, phone(3)), "return_for_correction")
    extend(store, INES, one, "return_for_correction")
    for _ in range(4):
        pass_time(store)
        work(store, settings)
    assert "done" not in {row.state for row in notices(store) if not row.error}
    server.up()
    for _ in range(3):
        pass_time(store)
        work(store, settings)
    assert sorted(server.to(ANA.email)) == [
        f"Solicitud {one} devuelta para corrección",
        "Solicitud E3 devuelta para corrección",
        f"Solicitud recibida con el folio {other}",
    ]
    assert server.to(CARLA.email) == [f"Solicitud {other} por turnar"]
    assert not server.to(SOFIA.email) and not server.to(INES.email) and not server.to(SARA.email), "done, or gone back"
    assert states(store) == {"done"}


def test_a_later_notice_that_went_first_is_not_followed_by_the_older_one(
    server: Server, settings: Settings, store: Store
) -> None:
    folio = received(store)
    server.down()
    work(store, settings)
    extend(store, CARLA, folio, "return_for_correction")
    server.up()
    with store.engine.begin() as connection:
        newest = "SELECT max(id) FROM delivery"
        connection.execute(text(f"UPDATE delivery SET due = '2999-01-01' WHERE id <> ({newest}) AND state = 'waiting'"))
    work(store, settings)
    pass_time(store)
    work(store, settings)
    assert server.to(ANA.email) == [f"Solicitud {folio} devuelta para corrección"]


def test_no_more_than_the_setting_allows_go_out_in_an_hour(server: Server, settings: Settings, store: Store) -> None:
    settings = settings.model_copy(update={"mail": settings.mail.model_copy(update={"at_most_per_hour": 2})})
    for number in range(5):
        sent(store, phone(number + 1))
    work(store, settings)
    work(store, settings)
    assert len(server.got) == 2
    assert sorted((row.state, row.attempts) for row in notices(store)) == [("done", 1)] * 2 + [("waiting", 0)] * 3
    for count in (4, 5):
        an_hour_later(store)
        work(store, settings)
        assert len(server.got) == count
    assert sorted(server.to(SOFIA.email)) == [f"Solicitud E{n} por recibir" for n in range(1, 6)]


def an_hour_later(store: Store) -> None:
    with store.transaction("schedule") as tx:
        tx.session.execute(
            update(Delivery).where(Delivery.state == "done").values(finished=now() - timedelta(hours=1, minutes=1))
        )


def test_what_need_not_go_out_does_not_fill_the_hour(server: Server, settings: Settings, store: Store) -> None:
    settings = settings.model_copy(update={"mail": settings.mail.model_copy(update={"at_most_per_hour": 2})})
    received(store)
    work(store, settings)
    assert server.to(ANA.email) and server.to(CARLA.email) and not server.to(SOFIA.email)


def test_one_bad_mailbox_keeps_no_other_from_its_mail_and_is_given_up_in_the_end(
    server: Server, settings: Settings, store: Store
) -> None:
    server.refused.add(SOFIA.email)
    sent(store)
    act(store, SOFIA, sent(store, phone(2)), **PAPER)
    work(store, settings)
    assert not server.got, "it rests after a failure, for it cannot know whose fault that is"
    assert "550" in notices(store)[0].error and SOFIA.email not in notices(store)[0].error
    work(store, settings)
    assert server.to(ANA.email) and server.to(CARLA.email)
    with store.transaction("schedule") as tx:
        tx.session.execute(update(Delivery).values(created=now() - GIVE_UP - timedelta(hours=1)))
    pass_time(store)
    work(store, settings)
    assert states(store) == {"done", "failed"} and len(server.to(ANA.email)) == 1


def test_an_address_that_can_never_work_stops_at_once(server: Server, settings: Settings, store: Store) -> None:
    sent(store)
    with store.engine.begin() as connection:
        connection.execute(update(Person).where(Person.email == SOFIA.email).values(email="sofía en su casa"))
    work(store, settings)
    (row,) = notices(store)
    assert (row.state, row.attempts) == ("failed", 1) and "sofía" not in row.error


def test_without_mail_what_was_owed_before_just_waits(store: Store) -> None:
    sent(store)
    assert not Worker(store, config.Settings()).run_once()
    assert [row.attempts for row in notices(store)] == [0]


# --- workers that die, and workers side by side ---


def test_a_worker_that_died_before_it_recorded_sends_again_and_never_loses(
    server: Server, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: no order of the server's yes and our record is safe, and twice is the lesser harm."""
    sent(store)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            Worker(store, settings).run_once()
    assert len(server.got) == 1 and states(store) == {"running"}
    work(store, settings)
    assert len(server.got) == 1, "the lease still runs"
    pass_time(store)
    work(store, settings)
    assert len(server.got) == 2 and states(store) == {"done"}


def die(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt  # what no handler of ours catches, as with a kill


def test_a_worker_sends_one_notice_at_a_time_so_that_pushes_find_a_hand(
    server: Server, settings: Settings, store: Store
) -> None:
    for number in range(3):
        sent(store, phone(number + 1))
    worker = Worker(store, settings)
    first = worker.claim()
    assert first is not None and worker.claim() is None
    worker.carry(first)
    assert worker.claim() is not None


def test_no_transaction_is_open_while_a_message_is_sent(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(store)
    wrote: list[str] = []

    def somebody_else_writes(*_: object) -> None:
        thread = threading.Thread(target=lambda: wrote.append(sent(store, phone(2))))
        thread.start()
        thread.join(10)

    monkeypatch.setattr(Mailer, "send", somebody_else_writes)
    assert Worker(store, settings).run_once()
    assert wrote == ["E2"]


def test_what_somebody_typed_stays_in_the_body(server: Server, settings: Settings, store: Store) -> None:
    folio = received(store)
    extend(store, CARLA, folio, "return_for_correction", "<script>x</script> Bcc: mal@ejemplo.mx {address} %s")
    work(store, settings)
    ((_, message),) = [one for one in server.got if one[0] == ANA.email]
    assert message["Bcc"] is None and message.get_content_type() == "text/plain"
    assert "«<script>x</script> Bcc: mal@ejemplo.mx {address} %s»" in message.get_content()
