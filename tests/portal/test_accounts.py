"""Invitations, forgotten passwords and the second factor: from real mail to the session, at real pages."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select, text
from time_machine import travel

from agents.worker import Worker
from netreg import config
from netreg.config import Settings
from netreg.office import Office
from netreg.registry import queries
from netreg.registry.authenticator import Authenticator
from netreg.registry.commands import people
from netreg.registry.models import Person
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from portal.app import create_app
from tests.agents.test_notify import SECRET, Server
from tests.people import ANA, BETO, CARLA, INES, NORA, PASSWORD, Member
from tests.portal.conftest import Visitor

SignedIn = Callable[[Member], Visitor]
NEW = "otra clave bien larga"
EVA = Member("eva@municipio.gob.mx", "Eva Paz", ("liaison",), "OBRAS")
OFFICE = "https://red.municipio.gob.mx"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.up()
    yield server
    server.down()


@pytest.fixture
def settings(settings: Settings, store: Store, server: Server, tmp_path: Path) -> Settings:
    """An office that sends mail."""
    url = f"mailto://red:{SECRET}@127.0.0.1:{server.port}?from=red@municipio.gob.mx&mode=insecure"
    (tmp_path / "mail.url").write_text(url, encoding="utf-8")
    store.office = Office(files=store.office.files, mail=True, address=OFFICE)
    return settings.model_copy(update={"mail": config.Mail(url_file=str(tmp_path / "mail.url"))})


@pytest.fixture
def work(store: Store, settings: Settings) -> Callable[[], None]:
    """Have a worker do what is due."""

    def run() -> None:
        worker = Worker(store, settings)
        while worker.run_once():
            pass

    return run


def the_link(server: Server, who: Member) -> str:
    """The path of the link in the last message to somebody."""
    body = [message.get_content() for to, message in server.got if to == who.email][-1]
    found = re.search(re.escape(OFFICE) + r"(/link\?t=[A-Za-z0-9_.-]+)", body)
    assert found, body
    return found[1]


def follow(visitor: Visitor, link: str, status: int = 200) -> str:
    """Open a mailed link; the address of the page it ends at has nothing of it."""
    answer = visitor.client.get(link)
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.location == "/password"
    return visitor.get("/password", status)


def choose(visitor: Visitor, password: str = NEW, again: str = "", status: int = 303) -> str:
    return visitor.post("/password", status, password=password, again=again or password)


def ask_reset(visitor: Visitor, email: str) -> str:
    visitor.get("/forgot")
    return visitor.post("/forgot", email=email)


def person(store: Store, who: Member) -> Person:
    with store.reading() as session:
        found = queries.known_person(session, who.email)
        session.expunge_all()
        return found


def happened(store: Store) -> list[str]:
    with store.reading() as session:
        return [event.name for event in session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(6))]


def everything_stored(folder: Path) -> str:
    """The whole database as text."""
    with sqlite3.connect(folder / "netreg.db") as connection:
        dump = "\n".join(connection.iterdump())
    return dump


# --- invitation -----------------------------------------------------------------------------------------------------


def invited(nora: Visitor) -> str:
    return nora.post("/people/new", name=EVA.name, email=EVA.email, roles="liaison", area="OBRAS")


def test_whoever_is_invited_chooses_a_password_through_the_mail_and_signs_in(
    app: Flask, signed_in: SignedIn, server: Server, work: Callable[[], None], store: Store
) -> None:
    page = invited(signed_in(NORA))
    assert "Cuenta creada" in page and "enlace por correo" in page and "falta su contraseña" in page
    work()
    eva = Visitor(app.test_client())
    eva.sign_in(EVA, "", status=200)
    page = follow(eva, the_link(server, EVA))
    assert EVA.email in page
    assert "Entre con ella" in choose(eva)
    assert "0 de 3 teléfonos" in eva.sign_in(EVA, NEW)
    assert {"person.added", "person.invited", "person.password_chosen"} <= set(happened(store))


def test_a_link_is_good_once(
    app: Flask, visitor: Visitor, signed_in: SignedIn, server: Server, work: Callable[[], None]
) -> None:
    invited(signed_in(NORA))
    work()
    link = the_link(server, EVA)
    follow(visitor, link)
    second = Visitor(app.test_client())
    follow(second, link)
    choose(visitor)
    assert "caducó o ya se usó" in choose(second, "y otra clave bien larga", status=410)
    assert "caducó o ya se usó" in follow(visitor, link, 410)


@pytest.mark.parametrize(("days", "status"), [(6.9, 200), (7.1, 410)])
def test_an_invitation_lives_for_seven_days(
    visitor: Visitor, signed_in: SignedIn, server: Server, work: Callable[[], None], days: float, status: int
) -> None:
    invited(signed_in(NORA))
    work()
    with travel(now() + timedelta(days=days)):
        follow(visitor, the_link(server, EVA), status)


def test_what_is_no_link_gets_the_answer_of_a_dead_one(
    visitor: Visitor, settings: Settings, server: Server, work: Callable[[], None]
) -> None:
    ask_reset(visitor, ANA.email)
    work()
    link = the_link(server, ANA)
    dead = {follow(visitor, bad, 410) for bad in ("/link", "/link?t=", "/link?t=x.y.z", link[:-2], link + "A" * 9999)}
    dead |= {visitor.get("/password", 410)}
    assert len(dead) == 1


# --- a forgotten password -------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_changed_through_the_mail_and_every_session_ends(
    visitor: Visitor, signed_in: SignedIn, server: Server, work: Callable[[], None], store: Store
) -> None:
    elsewhere = signed_in(ANA)
    assert "¿Olvidó su contraseña?" in visitor.get("/login")
    ask_reset(visitor, " ANA@municipio.gob.mx")
    work()
    follow(visitor, the_link(server, ANA))
    assert "al menos 12" in choose(visitor, "corta", status=422)
    assert "No es igual" in choose(visitor, NEW, "otra cosa distinta", status=422)
    elsewhere.get("/")
    choose(visitor)
    assert elsewhere.client.get("/").location.startswith("/login")
    visitor.sign_in(ANA, status=200)
    visitor.sign_in(ANA, NEW)
    assert {"person.reset_sent", "person.password_chosen"} <= set(happened(store))


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 410)])
def test_a_reset_lives_for_an_hour(
    visitor: Visitor, server: Server, work: Callable[[], None], minutes: int, status: int
) -> None:
    ask_reset(visitor, ANA.email)
    work()
    with travel(now() + timedelta(minutes=minutes)):
        follow(visitor, the_link(server, ANA), status)


def test_asking_tells_nobody_who_has_an_account(
    visitor: Visitor, app: Flask, store: Store, server: Server, work: Callable[[], None]
) -> None:
    """The same words and headers, and the same row written, for an account, a closed one and none."""
    with store.transaction("cli:root") as tx:
        people.set_active(tx, queries.known_person(tx.session, BETO.email), False)
    pages, rows = [], []
    for email in (ANA.email, BETO.email, "nadie@municipio.gob.mx"):
        pages.append(ask_reset(visitor, email))
        with store.reading() as session:
            rows.append([(row.kind, row.target) for row in session.scalars(select(Delivery).order_by(Delivery.id))][-1])
        assert "person.reset" not in str(happened(store))
    assert len(set(pages)) == 1
    assert rows == [("account", f"asked:{person(store, ANA).id}"), ("account", "asked:0"), ("account", "asked:0")]
    work()
    assert [to for to, _message in server.got] == [ANA.email]


def test_asking_is_throttled_for_an_account_from_all_addresses_together(app: Flask) -> None:
    statuses = []
    for host in range(5):
        visitor = Visitor(app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{host}"
        visitor.get("/forgot")
        values = {"csrf_token": visitor.token, "email": "nadie@municipio.gob.mx"}
        statuses.append(visitor.client.post("/forgot", data=values).status_code)
    assert statuses == [303] * 3 + [429] * 2


def test_a_link_dies_when_the_account_is_closed(
    visitor: Visitor, store: Store, server: Server, work: Callable[[], None]
) -> None:
    ask_reset(visitor, ANA.email)
    work()
    for active in (False, True):
        with store.transaction("cli:root") as tx:
            people.set_active(tx, queries.known_person(tx.session, ANA.email), active)
        follow(visitor, the_link(server, ANA), 410)


def test_a_reset_that_waited_for_days_does_not_go_out(
    visitor: Visitor, store: Store, server: Server, work: Callable[[], None]
) -> None:
    ask_reset(visitor, ANA.email)
    with travel(now() + timedelta(days=2)):
        work()
    assert not server.got


def test_no_link_lies_in_the_database_the_outbox_or_the_log(
    visitor: Visitor,
    app: Flask,
    tmp_path: Path,
    store: Store,
    server: Server,
    work: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    ask_reset(visitor, ANA.email)
    work()
    secret = the_link(server, ANA).partition("=")[2]
    # Also where our own page fails, whose log names the path it failed at.
    with monkeypatch.context() as patch:
        patch.setitem(app.view_functions, "door.link", lambda: 1 / 0)
        assert visitor.client.get(the_link(server, ANA)).status_code == 500
    follow(visitor, the_link(server, ANA))
    choose(visitor)
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "mail.log"
    )  # the server's own
    assert "ZeroDivisionError" in caplog.text
    for part in filter(None, secret.split(".")):
        assert part not in everything_stored(tmp_path) and part not in logged


def test_where_no_mail_is_sent_the_page_says_whom_to_ask(settings: Settings, store: Store) -> None:
    store.office = Office(files=store.office.files)
    visitor = Visitor(create_app(settings, store).test_client())
    assert "Pida una nueva en Informática" in visitor.get("/forgot")
    visitor.get("/login")
    visitor.post("/forgot", 200, email=ANA.email)
    with store.reading() as session:
        assert session.scalar(select(Delivery)) is None


# --- one's own password ---------------------------------------------------------------------------------------------


def test_changing_the_own_password_asks_for_the_current_one_and_ends_every_session(
    signed_in: SignedIn, visitor: Visitor
) -> None:
    ana, elsewhere = signed_in(ANA), signed_in(ANA)
    assert "Mi cuenta" in ana.get("/account")
    wrong = ana.post("/account/password", 422, current="no es la mía", password=NEW, again=NEW)
    assert "No es su contraseña actual" in wrong and NEW not in wrong
    assert "Entre con la nueva" in ana.post("/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert elsewhere.client.get("/").location.startswith("/login")
    visitor.sign_in(ANA, NEW)


# --- the second factor ----------------------------------------------------------------------------------------------


class Phone:
    """An authenticator that was given a key."""

    def __init__(self, page: str) -> None:
        found = re.search(r'<code class="wrap">([A-Z2-7-]+)</code>', page)
        assert found
        self._totp = TOTP(key=found[1].replace("-", ""))

    def code(self, steps: int = 0) -> str:
        return str(self._totp.generate(time=now() + timedelta(seconds=30 * steps)).token)


def switched_on(visitor: Visitor) -> tuple[Phone, list[str]]:
    """Switch the second factor on; the phone, and the recovery codes."""
    phone = Phone(visitor.get("/account/second-factor"))
    page = visitor.post("/account/second-factor/on", 200, factor_code=phone.code())
    return phone, re.findall(r"<li><code>([a-z2-7-]{19})</code></li>", page)


def sign_in(app: Flask, who: Member, code: str, status: int = 303) -> Visitor:
    visitor = Visitor(app.test_client())
    assert "Segundo factor" in visitor.sign_in(who, status=303)
    visitor.post("/code", status, factor_code=code)
    return visitor


def test_with_a_second_factor_the_password_alone_opens_nothing(app: Flask, signed_in: SignedIn, store: Store) -> None:
    phone, codes = switched_on(signed_in(INES))
    assert len(set(codes)) == 10
    half = Visitor(app.test_client())
    half.sign_in(INES, status=303)
    assert half.client.get("/").location.startswith("/login")
    assert half.client.get("/account").location.startswith("/login")
    assert "no es correcto" in half.post("/code", 422, factor_code="000000")
    assert "Inés Mora" in half.post("/code", factor_code=phone.code(1))
    assert person(store, INES).login_count == 2


def test_signing_in_goes_on_to_where_one_was_going_and_nowhere_else(app: Flask, signed_in: SignedIn) -> None:
    phone, codes = switched_on(signed_in(INES))
    for onward, code, path in (
        ("/alerts?state=open", phone.code(1), "/alerts?state=open"),
        ("http://localhost/alerts", codes[0], "/"),
    ):
        ines = Visitor(app.test_client())
        ines.get("/login")
        values = {"email": INES.email, "password": PASSWORD, "csrf_token": ines.token}
        ines.client.post("/login", query_string={"next": onward}, data=values)
        ines.get("/code")
        answer = ines.client.post("/code", data={"factor_code": code, "csrf_token": ines.token})
        assert answer.location == path


def test_a_code_is_good_once_also_the_one_that_switched_it_on(app: Flask, signed_in: SignedIn) -> None:
    with travel(now(), tick=False) as clock:
        phone, _codes = switched_on(signed_in(INES))
        sign_in(app, INES, phone.code(), status=422)
        clock.shift(30)
        sign_in(app, INES, phone.code())
        sign_in(app, INES, phone.code(), status=422)
        sign_in(app, INES, phone.code(-1), status=422)


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_a_phone_may_be_one_step_early_or_late(app: Flask, signed_in: SignedIn, steps: int, status: int) -> None:
    with travel(now(), tick=False) as clock:
        phone, _codes = switched_on(signed_in(INES))
        clock.shift(300)
        sign_in(app, INES, phone.code(steps), status)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٣٣٣٣٣٣", "abcdef", "x" * 5000, "aaaa-aaaa-aaaa-aaaa"])
def test_what_is_no_code_is_refused(app: Flask, signed_in: SignedIn, typed: str) -> None:
    switched_on(signed_in(INES))
    sign_in(app, INES, typed, status=422)


def test_a_recovery_code_opens_once_and_is_stored_as_a_hash(
    app: Flask, signed_in: SignedIn, tmp_path: Path, store: Store
) -> None:
    _phone, codes = switched_on(signed_in(INES))
    sign_in(app, INES, codes[0])
    sign_in(app, INES, codes[0], status=422)
    spelled = sign_in(app, INES, codes[1].replace("-", " ").upper())
    assert "Le quedan 8 de 10" in spelled.get("/account/second-factor")
    assert not [code for code in codes if code in everything_stored(tmp_path)]
    assert "person.recovery_code_used" in happened(store)


def test_new_recovery_codes_void_the_old_ones(app: Flask, signed_in: SignedIn) -> None:
    ines = signed_in(INES)
    phone, codes = switched_on(ines)
    page = ines.post("/account/second-factor/codes", 200, factor_code=phone.code(1))
    assert codes[0] not in page
    sign_in(app, INES, codes[0], status=422)


def test_the_secret_is_encrypted_in_the_database_and_in_the_session(
    signed_in: SignedIn, tmp_path: Path, store: Store
) -> None:
    ines = signed_in(INES)
    page = ines.get("/account/second-factor")
    key = re.search(r'<code class="wrap">([A-Z2-7-]+)</code>', page)[1].replace("-", "")  # type: ignore[index]
    with ines.client.session_transaction() as session:
        assert key not in str(dict(session))
    ines.post("/account/second-factor/on", 200, factor_code=Phone(page).code())
    assert key not in everything_stored(tmp_path) and "enckey" in everything_stored(tmp_path)


def test_a_key_shown_to_one_person_is_never_offered_to_the_next_at_that_browser(signed_in: SignedIn) -> None:
    ines = signed_in(INES)
    first = Phone(ines.get("/account/second-factor"))
    ines.get("/account/second-factor")
    ines.post("/logout", 302)
    ines.sign_in(ANA)
    ines.get("/account")
    assert "no es correcto" in ines.post("/account/second-factor/on", 422, factor_code=first.code())


def test_a_password_proved_too_long_ago_asks_for_it_again(app: Flask, signed_in: SignedIn) -> None:
    phone, _codes = switched_on(signed_in(INES))
    with travel(now()) as clock:
        half = Visitor(app.test_client())
        half.sign_in(INES, status=303)
        clock.shift(11 * 60)
        assert half.client.get("/code").location == "/login"
        half.post("/code", factor_code=phone.code())
        assert half.client.get("/").location.startswith("/login")


def test_a_closed_account_does_not_finish_signing_in(app: Flask, signed_in: SignedIn, store: Store) -> None:
    phone, _codes = switched_on(signed_in(INES))
    half = Visitor(app.test_client())
    half.sign_in(INES, status=303)
    with store.transaction("cli:root") as tx:
        people.set_active(tx, queries.known_person(tx.session, INES.email), False)
    assert "Entrar" in half.post("/code", factor_code=phone.code(1))
    assert half.client.get("/").location.startswith("/login")


def test_codes_are_tried_five_times_a_minute(app: Flask, signed_in: SignedIn) -> None:
    switched_on(signed_in(INES))
    half = Visitor(app.test_client())
    half.sign_in(INES, status=303)
    statuses = []
    for host in range(7):
        half.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{host}"
        values = {"csrf_token": half.token, "factor_code": "000000", "email": f"{host}@municipio.gob.mx"}
        statuses.append(half.client.post("/code", data=values).status_code)
    assert statuses == [422] * 5 + [429] * 2


def test_switching_off_takes_a_fresh_code(signed_in: SignedIn, visitor: Visitor, store: Store) -> None:
    with travel(now(), tick=False):
        ines = signed_in(INES)
        phone, _codes = switched_on(ines)
        assert "no es correcto" in ines.post("/account/second-factor/off", factor_code=phone.code())
        assert "desactivado" in ines.post("/account/second-factor/off", factor_code=phone.code(1))
    visitor.sign_in(INES)
    assert happened(store)[0] == "person.factor_off"


def test_an_administrator_resets_it_for_somebody_who_is_told_by_mail(
    signed_in: SignedIn, visitor: Visitor, store: Store, server: Server, work: Callable[[], None]
) -> None:
    ines = signed_in(INES)
    switched_on(ines)
    signed_in(NORA).post(f"/people/{person(store, INES).id}/reset-factor")
    assert ines.client.get("/").location.startswith("/login")
    visitor.sign_in(INES)
    work()
    assert server.to(INES.email) == ["Se quitó el segundo factor de su cuenta en netreg"]
    assert happened(store)[0] == "person.factor_reset"


def test_a_role_that_demands_it_opens_nothing_before_it_is_on(settings: Settings, store: Store) -> None:
    demanding = settings.model_copy(update={"security": config.Security(totp_roles=("it",))})
    app = create_app(demanding, store)
    ana, ines = Visitor(app.test_client()), Visitor(app.test_client())
    ana.sign_in(ANA)
    ines.get("/login")
    ines.client.post("/login", data={"csrf_token": ines.token, "email": INES.email, "password": PASSWORD})
    for path in ("/", "/requests", "/points", "/devices/1"):
        assert ines.client.get(path).location == "/account/second-factor"
    assert "Actívelo para continuar" in ines.get("/account/second-factor")
    phone, _codes = switched_on(ines)
    ines.get("/points")
    assert "pide un segundo factor" in ines.post("/account/second-factor/off", factor_code=phone.code(1))
    ines.get("/points")


def test_a_substitute_of_a_role_that_demands_it_needs_it_too(settings: Settings, store: Store) -> None:
    demanding = settings.model_copy(update={"security": config.Security(totp_roles=("coordinator",))})
    with store.transaction("cli:root") as tx:
        ines, carla = (queries.known_person(tx.session, who.email) for who in (INES, CARLA))
        people.substitute(tx, ines, "coordinator", carla, tx.today, tx.today)
    visitor = Visitor(create_app(demanding, store).test_client())
    visitor.get("/login")
    visitor.client.post("/login", data={"csrf_token": visitor.token, "email": INES.email, "password": PASSWORD})
    assert visitor.client.get("/").location == "/account/second-factor"


def test_a_busy_database_takes_no_code_and_signs_nobody_in(app: Flask, signed_in: SignedIn, store: Store) -> None:
    phone, _codes = switched_on(signed_in(INES))
    half = Visitor(app.test_client())
    half.sign_in(INES, status=303)
    with store.transaction("agent:push") as tx:
        tx.session.execute(text("SELECT 1"))  # the first statement takes the lock
        half.post("/code", 503, factor_code=phone.code(1))
    assert half.client.get("/").location.startswith("/login")


def test_a_copy_of_the_database_without_the_key_makes_no_code(store: Store, signed_in: SignedIn) -> None:
    phone, _codes = switched_on(signed_in(INES))
    with store.reading() as session:
        factor = queries.second_factor(session, person(store, INES).id)
        assert factor is not None
        stranger = Authenticator("k" * 64, "netreg")
        assert stranger.step_of(factor.secret, phone.code(1), now()) is None
