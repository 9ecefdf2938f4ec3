"""The public form: nothing is a request before its address is confirmed, and nobody learns anything by trying."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import select
from time_machine import travel

from agents import schedule
from netreg.config import Settings
from netreg.errors import NotAllowed
from netreg.procedures import personal, tickets
from netreg.procedures.outside import forgetting, keeping
from netreg.procedures.outside.keeping import HandedIn, Submission
from netreg.procedures.outside.models import Contact, Pending
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.app import create_app
from tests.people import ALMA, ANA, CARLA, Member
from tests.portal.conftest import Visitor
from tests.portal.house import ANOTHER_CODE, furnished_house
from tests.portal.outsiders import CODE, FORM, PRESS, TYPED, adopt_press, confirmed, fill, link, mails, newcomer
from tests.samples import pdf

SignedIn = Callable[[Member], Visitor]
# A Tuesday at noon, in the hours of the office.
NOON = "2026-01-20T18:00:00Z"


@pytest.fixture(autouse=True)
def office(store: Store) -> None:
    adopt_press(store)


def waiting(store: Store) -> list[Pending]:
    with store.reading() as session:
        found = list(session.scalars(select(Pending).order_by(Pending.id)))
        session.expunge_all()
        return found


def requests(store: Store) -> list[Ticket]:
    with store.reading() as session:
        found = list(session.scalars(select(Ticket).where(Ticket.procedure == CODE)))
        session.expunge_all()
        return found


def happened(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(one.name, one.actor) for one in session.scalars(select(AuditEvent).order_by(AuditEvent.seq))]


def files(store: Store) -> list[Path]:
    folder = store.office.pending_files
    return [one for one in folder.rglob("*") if one.is_file()] if folder.exists() else []


def press(visitor: Visitor, path: str, **values: str) -> str:
    """Press the button of the page behind a link, and read the page it leads to."""
    visitor.get(path)
    return visitor.post(path, **values)


# --- where there is a form ------------------------------------------------------------------------------------------


def test_the_sign_in_page_leads_to_the_form_where_there_is_one(visitor: Visitor, store: Store) -> None:
    assert 'href="/publico"' in visitor.get("/login")
    assert visitor.client.get("/publico").location == FORM, "there is one: no list"
    store.office = replace(store.office, mail=False)
    assert 'href="/publico"' not in visitor.get("/login"), "nobody could confirm"
    visitor.get(FORM, 404)
    assert "no hay ningún trámite" in visitor.get("/publico")


def test_without_an_area_that_attends_to_it_there_is_no_form(visitor: Visitor, store: Store) -> None:
    adopt = store.office.public.model_copy(update={"area": "X"})
    store.office = replace(store.office, public=adopt)
    visitor.get(FORM, 404)
    store.office = replace(store.office, public=adopt.model_copy(update={"area": "OBRAS"}))
    visitor.get(FORM)


@pytest.mark.parametrize("code", ["GCH-CCS-P06", "ADJ-P03", "nada", "..%2f..", "x" * 300])
def test_what_an_area_asks_for_has_no_public_form(app: Flask, visitor: Visitor, code: str) -> None:
    visitor.get(f"/publico/{code}", 404)
    newcomer_ = newcomer(app)
    assert fill(newcomer_, path=f"/publico/{code}").status_code == 404


# --- from the form to the folio -------------------------------------------------------------------------------------


def test_a_form_is_no_request_until_its_mail_is_confirmed(app: Flask, store: Store, settings: Settings) -> None:
    with travel(NOON, tick=False):
        press_office = newcomer(app)
        assert fill(press_office).location == "/publico/enviado"
        assert "presione «Confirmar»" in press_office.get("/publico/enviado")
        assert requests(store) == [] and len(waiting(store)) == 1 and len(files(store)) == 1
        ((to, subject, body),) = mails(store, settings)
        assert to == PRESS and "Confirme" in subject
        path = link(body)
        page = press_office.get(path)
        assert "El Vigía" in page and "oficio.pdf" in page
        assert requests(store) == [], "a mail server that follows the link files nothing"
        page = press_office.post(path)
    (ticket,) = requests(store)
    assert ticket.folio is not None and ticket.folio in page and "Llegó" in page
    assert (ticket.step, ticket.form["channel"], ticket.entered_by, ticket.applicant_id) == (2, "oficio", "", None)
    assert waiting(store) == [] and files(store) == []
    assert ("request.moved", "public form") in happened(store) and ("outside.confirmed", "public form") in happened(
        store
    )
    with store.reading() as session:
        found = session.get_one(Ticket, ticket.id)
        assert found.area.code == "COM"
        assert session.get_one(Contact, ticket.id).email == PRESS
    told = mails(store, settings)[-1]
    assert ticket.folio in told[1] and "seguimiento" in link(told[2])


def test_what_comes_at_night_is_received_at_the_next_opening(app: Flask, store: Store, settings: Settings) -> None:
    with travel("2026-01-21T03:00:00Z", tick=False):  # Tuesday, nine in the evening
        confirmed(app, store, settings)
    (ticket,) = requests(store)
    assert ticket.received is not None and ticket.received.isoformat() == "2026-01-21T15:00:00+00:00"


def test_the_coordinator_finds_it_with_the_address_it_is_answered_to(
    app: Flask, store: Store, settings: Settings, signed_in: SignedIn
) -> None:
    folio, _path = confirmed(app, store, settings)
    carla = signed_in(CARLA)
    assert folio in carla.get("/requests/queue")
    page = carla.get(f"/requests/{folio}")
    assert PRESS in page and "Formulario público" in page and "Cumple: continuar" in page
    page = signed_in(ALMA).get(f"/requests/{folio}")
    assert PRESS not in page and "r•••@elvigia.example" in page, "who only audits needs no address"


def test_the_first_mail_repeats_nothing_that_was_typed(app: Flask, store: Store, settings: Settings) -> None:
    """Or anybody could have the town hall write anything to anybody."""
    evil = "Gane un premio en http://malo.example"
    fill(newcomer(app), outlet=evil, topics=evil, contact_name=evil)
    ((_to, subject, body),) = mails(store, settings)
    assert "premio" not in subject + body and "malo" not in body


def test_the_mail_is_in_the_language_of_the_form(app: Flask, store: Store, settings: Settings) -> None:
    visitor = newcomer(app, path=FORM + "?lang=en")
    fill(visitor)
    assert mails(store, settings)[0][1].startswith("Confirm your request")


def test_the_same_form_twice_waits_once(app: Flask, store: Store) -> None:
    visitor = newcomer(app)
    for _time in range(2):
        assert fill(visitor, once="a" * 20).status_code == 303
    assert len(waiting(store)) == 1


# --- the link -------------------------------------------------------------------------------------------------------


def test_a_link_confirms_once_and_says_so_the_second_time(app: Flask, store: Store, settings: Settings) -> None:
    first, second = newcomer(app), newcomer(app, 2)
    fill(first)
    path = link(mails(store, settings)[0][2])
    second.get(path)
    press(first, path)
    (ticket,) = requests(store)
    assert f"Ya se confirmó: su folio es {ticket.folio}" in second.post(path, 410)
    assert str(ticket.folio) in second.get(path, 410)
    assert len(requests(store)) == 1


@pytest.mark.parametrize(("hours", "status"), [(23.9, 200), (24.1, 410)])
def test_a_link_is_good_for_as_long_as_the_setting_says(
    app: Flask, store: Store, settings: Settings, hours: float, status: int
) -> None:
    visitor = newcomer(app)
    fill(visitor)
    path = link(mails(store, settings)[0][2])
    with travel(now() + timedelta(hours=hours)):
        visitor.get(path, status)
        if status == 410:
            visitor.post(path, 410)
            assert requests(store) == []


def test_what_is_no_link_gets_the_answer_of_a_dead_one(app: Flask, store: Store, settings: Settings) -> None:
    _folio, follow = confirmed(app, store, settings)
    visitor = newcomer(app)
    fill(visitor)
    good = link(mails(store, settings)[-1][2])
    token, other = good.partition("t=")[2], follow.partition("t=")[2]
    bad = ("", "x", "x.y.z", token[:-2], token + "A", token + "A" * 999, other, "é" * 30)
    told = {visitor.get(f"/publico/confirmar?t={one}", 410).partition("<main")[2] for one in bad}
    assert len(told) == 1 and "caducó o ya no sirve" in told.pop()
    for path in ("seguimiento", "corregir", "documento/1"):
        visitor.get(f"/publico/{path}?t={token}", 410)
        visitor.get(f"/publico/{path}", 410)
    for path in ("confirmar", "descartar", "corregir", "desistir"):
        visitor.post(f"/publico/{path}?t={other[:-3]}", 410)


def test_whoever_did_not_send_it_throws_it_away(app: Flask, store: Store, settings: Settings) -> None:
    visitor = newcomer(app)
    fill(visitor)
    path = link(mails(store, settings)[0][2])
    visitor.get(path)
    assert "No se envió nada" in visitor.post(path.replace("confirmar", "descartar"))
    assert waiting(store) == [] and files(store) == [] and requests(store) == []
    visitor.get(path, 410)


def test_no_link_lies_in_the_database(app: Flask, store: Store, settings: Settings, tmp_path: Path) -> None:
    fill(newcomer(app))
    confirm = link(mails(store, settings)[0][2])
    _folio, follow = confirmed(app, store, settings)
    with sqlite3.connect(tmp_path / "netreg.db") as connection:
        stored = "\n".join(connection.iterdump())
    for path in (confirm, follow):
        assert all(part not in stored for part in filter(None, path.partition("t=")[2].split(".")))


def test_forms_that_nobody_confirms_go_with_their_files(app: Flask, store: Store) -> None:
    fill(newcomer(app))
    with travel(now() + timedelta(hours=23)):
        assert forgetting.run(store, "schedule", now()) == (0, 0)
    assert len(files(store)) == 1
    with travel(now() + timedelta(hours=25)):
        schedule.forget_outside(store)
        assert waiting(store) == [] and files(store) == []
        assert forgetting.run(store, "schedule", now()) == (0, 0)
    assert [name for name, _actor in happened(store)].count("outside.forgotten") == 1


def test_files_of_a_form_that_was_never_stored_are_swept_and_no_others(app: Flask, store: Store) -> None:
    fill(newcomer(app))
    (store.office.pending_files / "lost").mkdir()
    forgetting.run(store, "schedule", now())
    assert (store.office.pending_files / "lost").exists(), "it may belong to a form that comes in just now"
    with travel(now() + timedelta(hours=2)):
        forgetting.run(store, "schedule", now())
    assert not (store.office.pending_files / "lost").exists() and len(files(store)) == 1


# --- what may not come in -------------------------------------------------------------------------------------------


def test_whoever_tries_learns_nothing_of_an_address(app: Flask, store: Store) -> None:
    """The same answer for an address of the house, a known newspaper's and a new one, and the same rows."""
    answers = [
        fill(newcomer(app, host), outside_mail=one) for host, one in enumerate((ANA.email, PRESS, "x@y.example"))
    ]
    assert {(one.status_code, one.location) for one in answers} == {(303, "/publico/enviado")}
    assert len(waiting(store)) == 3


def test_a_program_that_fills_in_every_field_gets_the_same_answer_and_nothing_is_kept(app: Flask, store: Store) -> None:
    assert fill(newcomer(app), outside_website="http://x.example").location == "/publico/enviado"
    assert waiting(store) == [] and files(store) == []


@pytest.mark.parametrize("gone", sorted({*TYPED} - {"outlet_scope"}))
def test_a_form_with_a_gap_is_shown_again_with_what_was_typed(app: Flask, store: Store, gone: str) -> None:
    answer = fill(newcomer(app), **{gone: ""})
    assert answer.status_code == 422 and f'href="#f--{gone}"' in answer.text
    assert "Obras de la avenida" in answer.text or gone == "topics"
    assert waiting(store) == []


def test_the_letter_is_demanded_and_judged_by_its_content(app: Flask, store: Store) -> None:
    visitor = newcomer(app)
    for bad in (None, b"MZ programa", pdf()[:60], b"%PDF-1.7 nada"):
        answer = fill(visitor, bad)
        assert answer.status_code == 422 and 'href="#f--request_letter"' in answer.text, bad
    assert waiting(store) == [] and files(store) == []


def test_too_many_files_are_refused(app: Flask, store: Store) -> None:
    visitor = newcomer(app)
    letters = [(BytesIO(pdf()), f"{number}.pdf") for number in range(11)]
    values = {**TYPED, "once": "b" * 20, "csrf_token": visitor.token, "request_letter": letters}
    answer = visitor.client.post(FORM, data=values, content_type="multipart/form-data")
    assert answer.status_code == 422 and "demasiados archivos" in answer.text
    assert waiting(store) == []


def test_a_form_that_is_too_large_is_not_read(app: Flask) -> None:
    visitor = newcomer(app)
    kind = "multipart/form-data; boundary=x"
    told = visitor.client.post(FORM, content_type=kind, environ_overrides={"CONTENT_LENGTH": "20000000"})
    assert told.status_code == 413


def test_without_the_token_of_the_page_nothing_comes_in(app: Flask, store: Store) -> None:
    visitor = newcomer(app)
    visitor.token = "x"
    assert fill(visitor).status_code == 400 and waiting(store) == []


@examples(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(TYPED)), typed=st.text(max_size=200))
def test_whatever_is_typed_is_kept_or_refused_and_shown_as_text(app: Flask, name: str, typed: str) -> None:
    app.extensions["limiter"].copy().pop().reset()
    answer = fill(newcomer(app), **{name: typed + "<script>alert(1)</script>"})
    assert answer.status_code in (303, 422, 429)
    assert "<script>alert" not in answer.text


# --- how much may come in -------------------------------------------------------------------------------------------


def test_one_computer_sends_so_many_an_hour_and_is_told_when_to_come_back(app: Flask, store: Store) -> None:
    visitor = newcomer(app)
    answers = [fill(visitor, outside_mail=f"a{number}@b.example") for number in range(6)]
    assert [one.status_code for one in answers] == [303] * 5 + [429]
    assert 3000 < int(answers[-1].headers["Retry-After"]) <= 3600
    assert "Puede intentar de nuevo el" in answers[-1].text
    assert fill(newcomer(app, 2), outside_mail="c@d.example").status_code == 303


def test_a_mistake_costs_no_form(app: Flask) -> None:
    visitor = newcomer(app)
    assert [fill(visitor, outlet="").status_code for _time in range(6)] == [422] * 6
    assert fill(visitor).status_code == 303


def test_one_address_sends_so_many_a_day_from_all_computers_together(
    app: Flask, store: Store, settings: Settings
) -> None:
    confirmed(app, store, settings)
    answers = [fill(newcomer(app, host), outside_mail=PRESS.upper()) for host in range(1, 6)]
    assert [one.status_code for one in answers] == [303] * 4 + [429], "the confirmed one counts"
    assert 80_000 < int(answers[-1].headers["Retry-After"]) <= 86_400
    with travel(now() + timedelta(days=1, seconds=5)):
        assert fill(newcomer(app, 9)).status_code == 303


def test_so_many_wait_in_all(app: Flask, store: Store) -> None:
    store.office = replace(store.office, public=store.office.public.model_copy(update={"pending": 2}))
    answers = [fill(newcomer(app, host), outside_mail=f"a{host}@b.example") for host in range(3)]
    assert [one.status_code for one in answers] == [303, 303, 429]
    assert "Retry-After" in answers[-1].headers and len(waiting(store)) == 2 and len(files(store)) == 2


def test_the_limit_of_a_computer_is_a_setting(settings: Settings, store: Store) -> None:
    public = settings.public.model_copy(update={"per_address_per_hour": 1})
    app = create_app(settings.model_copy(update={"public": public}), store)
    visitor = newcomer(app)
    assert [fill(visitor).status_code for _time in range(2)] == [303, 429]


# --- following it ---------------------------------------------------------------------------------------------------


def returned(carla: Visitor, folio: str) -> None:
    carla.act(folio, "no", assessment="Falta precisar el periodo")
    carla.act(folio, letter_text="Precise el periodo de las obras. Lo vio a4:83:e7:11:22:33.")


def test_a_returned_request_is_corrected_through_the_link_and_keeps_its_folio(
    app: Flask, store: Store, settings: Settings, signed_in: SignedIn
) -> None:
    folio, path = confirmed(app, store, settings)
    returned(signed_in(CARLA), folio)
    to, subject, body = mails(store, settings)[-1]
    assert to == PRESS and "falta algo" in subject and "Precise el periodo" in body and "a4:83" not in body
    visitor = newcomer(app, 3)
    page = visitor.get(link(body))
    assert "Precise el periodo" in page and "a4:83:e7:11" not in page and "Oficio con la razón" in page
    assert CARLA.name not in page and CARLA.email not in page and "Falta precisar" not in page
    correct = path.replace("seguimiento", "corregir")
    form = visitor.get(correct)
    seen = re.search(r'name="seen" value="(\d+)"', form)
    assert seen and "Obras de la avenida Cuauhtémoc" in form
    bad = fill(visitor, None, correct, topics="", seen=seen[1])
    assert bad.status_code == 422 and 'href="#f--topics"' in bad.text
    answer = fill(visitor, None, correct, topics="Obras de enero", seen=seen[1])
    assert answer.status_code == 303, answer.text
    (ticket,) = requests(store)
    assert (ticket.folio, ticket.step, ticket.revision, ticket.form["topics"]) == (folio, 2, 2, "Obras de enero")
    assert fill(visitor, None, correct, seen=seen[1]).status_code == 409, "it is not in their hands any more"


def test_the_letter_is_read_through_the_link_of_its_own_request_alone(
    app: Flask, store: Store, settings: Settings, signed_in: SignedIn
) -> None:
    folio, path = confirmed(app, store, settings)
    _other, elsewhere = confirmed(app, store, settings, {"outside_mail": "otro@medio.example"})
    returned(signed_in(CARLA), folio)
    visitor = newcomer(app, 3)
    file = re.search(r'href="(/publico/documento/\d+\?t=[^"]+)"', visitor.get(path))
    assert file
    answer = visitor.client.get(file[1])
    letter = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    assert "Laura Vega" in letter and "El Vigía" in letter, "it is written to them"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    visitor.get(file[1].partition("t=")[0] + "t=" + elsewhere.partition("t=")[2], 404)


def test_the_end_and_a_message_reach_them_and_nothing_of_the_house_does(
    app: Flask, store: Store, settings: Settings, signed_in: SignedIn
) -> None:
    folio, path = confirmed(app, store, settings)
    carla = signed_in(CARLA)
    carla.post(f"/requests/{folio}/note", internal_note="Ojo con este medio", seen=carla.seen(folio))
    carla.post(f"/requests/{folio}/message", message="Le llamamos mañana", seen=carla.seen(folio))
    carla.act(folio, "yes", assessment="Tema delicado")
    carla.act(folio, "interview", given="Entrevista en Palacio", interview_on="2026-12-10T10:00")
    carla.act(folio)
    carla.act(folio, concluded_on=store.office.today.isoformat())
    subjects = [subject for to, subject, _body in mails(store, settings) if to == PRESS]
    assert any("Mensaje" in one for one in subjects) and "concluida" in subjects[-1]
    page = newcomer(app, 3).get(path)
    assert "Le llamamos mañana" in page and "Entrevista en Palacio" in page and "Concluyó." in page
    assert "en_captura" not in page
    assert "Ojo con" not in page and "delicado" not in page and CARLA.email not in page


def test_they_withdraw_with_their_reason(app: Flask, store: Store, settings: Settings) -> None:
    folio, path = confirmed(app, store, settings)
    visitor = newcomer(app, 3)
    seen = re.search(r'name="seen" value="(\d+)"', visitor.get(path))
    assert seen
    withdraw = path.replace("seguimiento", "desistir")
    assert "danger" in visitor.post(withdraw, note="", seen=seen[1])
    assert "Usted desistió" in visitor.post(withdraw, note="Ya se publicó", seen=seen[1])
    (ticket,) = requests(store)
    assert (ticket.folio, ticket.status) == (folio, "desistida")


def test_a_desk_corrects_for_them_what_they_answer_on_paper(
    app: Flask, store: Store, settings: Settings, signed_in: SignedIn
) -> None:
    folio, _path = confirmed(app, store, settings)
    carla = signed_in(CARLA)
    returned(carla, folio)
    assert "Obras de la avenida" in carla.get(f"/requests/{folio}/form")
    with store.transaction(ANA.email) as tx, pytest.raises(NotAllowed):
        ticket = queries.ticket(tx.session, folio)
        tickets.answer(tx, ticket, queries.known_person(tx.session, ANA.email))


# --- personal data --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [PRESS, "laura vega"])
def test_what_is_held_on_them_is_handed_out(app: Flask, store: Store, settings: Settings, who: str) -> None:
    folio, _path = confirmed(app, store, settings)
    fill(newcomer(app, 3))
    with store.transaction(CARLA.email) as tx:
        document = personal.export(tx, who, now())
    assert [one["referencia"] for one in document["solicitudes"]] == [folio]
    assert document["solicitudes"][0]["relacion"] == "la pidió desde fuera"
    assert [one["correo"] for one in document["contactos"]] == [PRESS, PRESS], "the one that waits too"
    assert personal.bundle(document, store.office, now()).startswith(b"PK")


def test_their_name_and_address_go_when_the_term_is_over_and_the_link_with_them(
    app: Flask, store: Store, settings: Settings
) -> None:
    with travel("2025-01-20T18:00:00Z", tick=False):
        typed = {"prior_contact_on": "2025-01-12", "letter_date": "2025-01-14"}
        _folio, path = confirmed(app, store, settings, typed)
        visitor = newcomer(app, 3)
        seen = re.search(r'name="seen" value="(\d+)"', visitor.get(path))
        assert seen
        visitor.post(path.replace("seguimiento", "desistir"), note="Ya no", seen=seen[1])
    with travel("2026-01-20T17:59:00Z", tick=False):
        assert forgetting.run(store, "schedule", now()) == (0, 0)
    with travel("2026-01-20T18:00:00Z", tick=False):
        assert forgetting.run(store, "schedule", now()) == (0, 1)
    (ticket,) = requests(store)
    assert "contact_name" not in ticket.form and ticket.form["topics"]
    newcomer(app, 4).get(path, 410)


def test_a_form_of_the_offices_own_folder_is_searched_for_names_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with furnished_house(tmp_path_factory.mktemp("house")) as (_settings, store, _world):
        raw = {name: value for name, value in TYPED.items() if name not in ("outside_mail", "privacy_ack")}
        with store.transaction(keeping.ACTOR) as tx:
            own = tx.office.catalogue.procedure(ANOTHER_CODE)
            letter = (HandedIn("request_letter", "oficio.pdf", pdf()),)
            keeping.keep(tx, Submission(own, raw, "otra@medio.example", "es", "A" * 24, letter, accepted=True))
        with store.transaction(CARLA.email) as tx:
            document = personal.export(tx, "laura vega", now())
        assert "otra@medio.example" in {one["correo"] for one in document["contactos"]}
