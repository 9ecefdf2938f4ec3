"""Who gets in, what is refused at the door, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import text

import portal
from netreg.config import Settings
from netreg.errors import ConfigError
from netreg.policy import roles
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.models import Person
from netreg.store.transaction import Store, Transaction
from portal.access import PUBLIC, permission_of
from portal.app import create_app
from tests.people import ALMA, ANA, BETO, INES, LEON, NORA, SOFIA, Member
from tests.portal.conftest import Visitor, a_request, row

SignedIn = Callable[[Member], Visitor]
PORTAL = Path(portal.__file__).parent
CATALOGUE = PORTAL / "translations" / "en" / "LC_MESSAGES"


def test_every_route_has_a_permission_or_is_on_the_short_public_list(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    known = set(roles.PERMISSIONS)
    bare = {one for one in endpoints - PUBLIC if permission_of(app, one) not in known}
    assert bare == set(), "give the view @permitted(...) with a permission of netreg/policy/roles.py"
    assert endpoints >= PUBLIC, "a public endpoint is gone: take it off the list"


def test_a_route_without_a_permission_is_denied(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    nora = Visitor(app.test_client())
    nora.sign_in(NORA)
    nora.get("/forgotten", 403)


def test_whoever_is_not_signed_in_is_sent_to_the_door(visitor: Visitor) -> None:
    for path in ("/", "/requests", "/devices", "/points", "/alerts", "/audit"):
        assert visitor.client.get(path).location.startswith("/login")


def test_a_liaison_sees_no_points_alerts_or_audit(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    ana = signed_in(ANA)
    for path in ("/points", "/alerts", "/audit"):
        ana.get(path, 403)
    ana.post(f"/requests/{folio}/devices/1/approve", 403)


def test_an_administrator_keeps_the_points_and_sees_no_request(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    nora = signed_in(NORA)
    nora.get("/points")
    for path in ("/requests", f"/requests/{folio}", "/devices", "/alerts", "/audit"):
        nora.get(path, 403)
    nora.post(f"/requests/{folio}/devices/1/approve", 403)


def end_by_closing(tx: Transaction, person: Person) -> None:
    people.set_active(tx, person, False)


def end_by_password(tx: Transaction, person: Person) -> None:
    people.set_password(tx, person, "otra clave bien larga")


@pytest.mark.parametrize("end", [end_by_closing, end_by_password])
def test_a_session_dies_with_the_account_and_with_the_password(
    signed_in: SignedIn, store: Store, end: Callable[[Transaction, Person], None]
) -> None:
    ana, other = signed_in(ANA), signed_in(BETO)
    with store.transaction("cli:root") as tx:
        person = queries.person(tx.session, ANA.email)
        assert person
        end(tx, person)
    assert ana.client.get("/").location.startswith("/login")
    ana.sign_in(ANA, status=200)  # the door again: the old password opens nothing
    other.get("/")


def test_a_role_taken_away_is_gone_at_the_next_page(signed_in: SignedIn, store: Store) -> None:
    ines = signed_in(INES)
    ines.get("/points")
    with store.transaction("cli:root") as tx:
        person = queries.person(tx.session, INES.email)
        assert person
        people.set_roles(tx, person, ("legal",))
    ines.get("/points", 403)


def test_an_auditor_reads_and_changes_nothing(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    alma = signed_in(ALMA)
    page = alma.get(f"/requests/{folio}")
    assert "••:22:33" in page and "Aprobar" not in page and "Le toca a usted" not in page
    alma.get("/audit/check")
    for path in (f"/requests/{folio}/act", f"/requests/{folio}/devices/1/approve", "/devices/1/suspend"):
        alma.post(path, 403)


def test_the_desk_and_the_drafters_see_no_address_at_all_but_masked(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    for member in (SOFIA, LEON):
        assert "a4:83:e7:11:22:33" not in signed_in(member).get(f"/requests/{folio}")


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(visitor: Visitor) -> None:
    wrong = visitor.sign_in(ANA, "not her password", status=200)
    unknown = visitor.sign_in(ANA._replace(email="nadie@municipio.gob.mx"), status=200)
    said = "El correo o la contraseña no son correctos."
    assert said in wrong and said in unknown


def test_signing_in_leaves_its_marks_and_keeps_the_password_as_it_was(signed_in: SignedIn, store: Store) -> None:
    with store.reading() as session:
        before = queries.person(session, ANA.email).password  # type: ignore[union-attr]
    signed_in(ANA)
    with store.reading() as session:
        ana = queries.person(session, ANA.email)
        assert ana is not None and ana.login_count == 1 and ana.current_login_at is not None
        assert ana.password == before


def test_sign_out_works_by_post_only(signed_in: SignedIn) -> None:
    ana = signed_in(ANA)
    assert ana.client.get("/logout").status_code == 405
    ana.post("/logout", 302)
    assert ana.client.get("/requests").location.startswith("/login")


def test_the_sixth_try_from_one_address_in_a_minute_is_turned_away(visitor: Visitor) -> None:
    for _try in range(5):
        visitor.sign_in(ANA, "not her password", status=200)
    assert "Espere unos minutos" in visitor.sign_in(ANA, status=429)


def test_one_account_is_tried_ten_times_a_minute_from_all_addresses_together(app: Flask) -> None:
    statuses = []
    for host in range(12):
        visitor = Visitor(app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{host}"
        visitor.get("/login")
        values = {"csrf_token": visitor.token, "email": " ANA@municipio.gob.mx", "password": "wrong"}
        statuses.append(visitor.client.post("/login", data=values).status_code)
    assert statuses == [200] * 10 + [429] * 2


@pytest.mark.parametrize("path", ["/requests/new", "/login", "/logout"])
def test_a_form_without_its_token_is_refused(signed_in: SignedIn, path: str) -> None:
    ana = signed_in(ANA)
    answer = ana.client.post(path, data={"purpose": "x"})
    assert answer.status_code == 400 and "No se guardó nada" in answer.text


def test_every_answer_carries_its_headers_and_its_own_id(visitor: Visitor) -> None:
    first, second = (visitor.client.get(path) for path in ("/login", "/nothing-here"))
    for answer in (first, second):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "object-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_behind_https_the_cookie_is_secure(settings: Settings, store: Store) -> None:
    server = settings.server.model_copy(update={"https": True})
    client = create_app(settings.model_copy(update={"server": server}), store).test_client()
    answer = client.get("/login", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"] and "Strict-Transport-Security" in answer.headers


def test_the_requests_id_stands_in_the_audit_log(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    ana.get("/requests/new")
    values = {**row(mac="a4:83:e7:11:22:33"), "once": "x" * 20, "purpose": "Obra"}
    answer = ana.client.post("/requests/new", data={"csrf_token": ana.token, **values})
    with store.reading() as session:
        assert queries.audit(session, most=1)[0].request_id == answer.headers["X-Request-Id"]


def test_a_busy_database_is_said_with_what_to_do_and_nothing_is_stored(signed_in: SignedIn, store: Store) -> None:
    folio = a_request(store, "a4:83:e7:11:22:33")
    ines = signed_in(INES)
    ines.get(f"/requests/{folio}")
    with store.transaction("agent:push") as tx:
        queries.points(tx.session)  # the first statement takes the lock
        page = ines.post(f"/requests/{folio}/devices/1/approve")
    assert "Intente de nuevo en un momento" in page
    with store.reading() as session:
        assert queries.device(session, 1).authorisation.state == "requested"


def test_a_request_sent_to_a_busy_database_comes_back_as_it_was_typed(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    typed = {**row(mac="a4:83:e7:11:22:33"), "once": "x" * 20}
    with store.transaction("agent:push") as tx:
        queries.points(tx.session)  # the first statement takes the lock
        page = ana.post("/requests/new", 503, action="check", purpose="Obra en el río", **typed)
    assert "Obra en el río" in page and "a4:83:e7:11:22:33" in page and "no se guardó nada" in page
    assert "Revise y envíe" in ana.post("/requests/new", action="check", purpose="Obra en el río", **typed)
    assert "Se envió con el número" in ana.send("E1")


def test_a_busy_database_does_not_keep_anybody_from_signing_in(visitor: Visitor, store: Store) -> None:
    with store.transaction("agent:push") as tx:
        queries.points(tx.session)  # the first statement takes the lock
        visitor.sign_in(ANA)


def test_a_failure_of_ours_shows_its_id_and_no_more(app: Flask, visitor: Visitor) -> None:
    def broken() -> str:
        raise RuntimeError("the secret detail")

    app.view_functions["security.login"] = broken
    answer = visitor.client.get("/login")
    assert answer.status_code == 500 and answer.headers["X-Request-Id"] in answer.text
    assert "secret detail" not in answer.text


def test_health_and_readiness_are_public_and_readiness_reads_the_database(visitor: Visitor, store: Store) -> None:
    assert visitor.client.get("/healthz").json == {"status": "ok"}
    assert visitor.client.get("/readyz").status_code == 200
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE role RENAME TO lost"))
    assert visitor.client.get("/readyz").status_code == 503


def test_a_portal_without_its_key_does_not_start(settings: Settings, store: Store) -> None:
    settings.secret_key_file.unlink()
    with pytest.raises(ConfigError, match="secret"):
        create_app(settings, store)


def test_every_text_has_its_english_and_the_compiled_catalogue_is_of_today() -> None:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(str(PORTAL), methods, keywords={"_": None, "gettext": None, "lazy_gettext": None})
    ids = {message for _file, _line, message, _comments, _context in found}
    with (CATALOGUE / "messages.po").open("rb") as source, (CATALOGUE / "messages.mo").open("rb") as compiled:
        written = {m.id: m.string for m in read_po(source) if m.id}
        usable = {m.id: m.string for m in read_mo(compiled) if m.id}
    assert ids - written.keys() == set(), "add the English to messages.po"
    assert written.keys() - ids == set(), "take what nobody says any more out of messages.po"
    assert "" not in written.values() and usable == written, "compile it: pybabel compile -d portal/translations"
