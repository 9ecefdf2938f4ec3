"""Who is owed a notice: those a move concerns, in the transaction that moved it, and never whoever moved it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from netreg import config, events
from netreg.errors import InvalidValue
from netreg.notices import NOTICE
from netreg.office import AUTOGRAPH, Office
from netreg.privacy import PrivacyNotice
from netreg.procedures import notices, tickets, uploads
from netreg.procedures.asking import Wanted
from netreg.procedures.device_access import put_through
from netreg.procedures.notices import Notice
from netreg.registry import queries
from netreg.registry.commands import devices, people
from netreg.registry.deciding import approve
from netreg.registry.models import Move, Person, Role, person_role
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, CARLA, INES, LEON, NORA, SARA, SOFIA, TOMAS, Member, mac, phone
from tests.procedures.test_answer import REFUSAL, rejected
from tests.procedures.test_tickets import PAPER, act, extend, look, received, sent, turned_over
from tests.procedures.test_uploads import pdf


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    """An office that sends mail."""
    store.office = Office(files=tmp_path / "files", mail=True)
    yield


def rows(store: Store) -> list[Delivery]:
    with store.reading() as session:
        found = session.scalars(select(Delivery).where(Delivery.kind == NOTICE).order_by(Delivery.id)).all()
        session.expunge_all()
        return list(found)


def told(store: Store, after: int = 0) -> list[tuple[int, str]]:
    """Whom the notices owed since are for, with the step that was left."""
    with store.reading() as session:
        found = []
        for row in rows(store)[after:]:
            _, move, person = (int(part) for part in row.target.split(":"))
            found.append((session.get_one(Move, move).left, session.get_one(Person, person).email))
        return sorted(found)


def says(store: Store, number: int = -1) -> Notice | str:
    row = rows(store)[number]
    with store.reading() as session:
        return notices.compose(session, row.id, row.target, store.office, "es", store.office.today)


def to(store: Store, member: Member) -> list[int]:
    """Which of the notices are for this person, in the order in which they were owed."""
    with store.reading() as session:
        person = queries.person(session, member.email)
        return [n for n, row in enumerate(rows(store)) if person and row.target.endswith(f":{person.id}")]


def text(store: Store, number: int = -1) -> str:
    found = says(store, number)
    assert isinstance(found, Notice), found
    return f"{found.words.subject}\n{found.words.body}"


# --- who is told ---


def test_who_sends_a_request_is_not_told_and_the_desk_is(store: Store) -> None:
    sent(store)
    assert told(store) == [(1, SOFIA.email)]
    assert "por recibir: E1, de Obras Públicas" in text(store)


def test_each_step_tells_whose_turn_it_is_and_whoever_asked(store: Store) -> None:
    folio = sent(store)
    folio = act(store, SOFIA, folio, **PAPER).folio or ""
    assert told(store, 1) == [(2, ANA.email), (2, CARLA.email)]
    act(store, CARLA, folio, instruction="Atender")
    # Sara is of IT as well.
    assert told(store, 3) == [(3, INES.email), (3, SARA.email)]


def test_the_applicant_reads_folio_and_term_at_the_receipt(store: Store) -> None:
    folio = received(store)
    body = text(store, to(store, ANA)[0])
    assert folio in body and re.search(r"El plazo de atención vence el \d\d/\d\d/\d{4} a las \d\d:\d\d\.", body)


def test_the_words_of_a_return_reach_the_applicant_without_the_address_they_name(store: Store) -> None:
    folio = turned_over(store)
    before = len(rows(store))
    extend(store, INES, folio, "return_for_correction", f"La dirección {mac(1)} es aleatoria")
    assert told(store, before) == [(4, ANA.email)]
    assert "«La dirección [dirección omitida] es aleatoria»" in text(store)


def test_a_letter_signed_by_hand_is_ready_for_the_area_once_its_scan_is_there(store: Store) -> None:
    store.office = replace(store.office, signing=AUTOGRAPH)
    folio, before = rejected(store), len(rows(store))
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    assert told(store, before) == [(8, SOFIA.email)] and "por firmar en papel" in text(store)
    with store.transaction(CARLA.email) as tx:
        carla = queries.known_person(tx.session, CARLA.email)
        uploads.hand_in(tx, queries.ticket(tx.session, folio), carla, "escaneo.pdf", pdf())
    assert told(store, before) == [(8, ANA.email), (8, SOFIA.email)]
    assert "está lista" in text(store, to(store, ANA)[-1]) and "ya está firmado" in text(store, to(store, SOFIA)[-1])


def test_a_void_letter_calls_the_drafting_desk_and_warns_the_area(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    before = len(rows(store))
    extend(store, CARLA, folio, "void_letter", "El cargo está mal")
    assert told(store, before) == [(10, ANA.email), (10, LEON.email)]
    assert "se anuló; si ya lo tiene, no lo use" in text(store, to(store, ANA)[-1])
    assert "«El cargo está mal»" in text(store, to(store, LEON)[-1])


def test_a_decision_tells_the_applicant_and_the_drafting_desk(store: Store) -> None:
    rejected(store)
    assert [one for one in told(store) if one[0] > 3] == [(6, ANA.email), (6, LEON.email)]
    bodies = text(store, -1) + text(store, -2)
    assert "1. Teléfono: no se autorizó" in bodies and "redacte el oficio" in bodies


def test_ready_and_delivered_reach_those_who_wait_for_it(store: Store) -> None:
    folio = rejected(store)
    before = len(rows(store))
    act(store, LEON, folio, paragraphs=REFUSAL)
    assert len(rows(store)) == before, "a draft is nobody's news"
    act(store, CARLA, folio, "yes")
    assert told(store, before) == [(8, ANA.email), (8, SOFIA.email)]
    act(store, SOFIA, folio, receiver="Ana López", receiver_post="Enlace")
    assert told(store, before + 2) == [(10, ANA.email)]
    act(store, SOFIA, folio, signed=True)
    assert len(rows(store)) == before + 3
    assert "entregada" in text(store)


def test_nobody_is_told_of_their_own_act(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    with store.reading() as session:
        for row in rows(store):
            _, move, person = (int(part) for part in row.target.split(":"))
            assert session.get_one(Move, move).actor != session.get_one(Person, person).email


def test_whoever_may_not_decide_a_request_is_not_called_to_it(store: Store) -> None:
    turned_over(store, by=SARA)
    assert [one for one in told(store) if one[0] == 3] == [(3, INES.email)]


def test_a_substitute_of_today_is_told_and_one_of_another_day_is_not(store: Store) -> None:
    for member, days in ((NORA, 0), (TOMAS, 5)):
        substitute(store, member, SOFIA, "secretarial", days)
    sent(store)
    assert told(store) == [(1, NORA.email), (1, SOFIA.email)]


def substitute(store: Store, member: Member, absent: Member, role: str, days: int) -> None:
    with store.transaction(ACTOR) as tx:
        first = tx.today + timedelta(days=days)
        pair = [queries.person(tx.session, one.email) for one in (member, absent)]
        people.substitute(tx, pair[0], role, pair[1], first, first)  # type: ignore[arg-type]


def test_an_account_that_is_closed_is_told_nothing(store: Store) -> None:
    deactivate(store, SOFIA)
    sent(store)
    assert not told(store)


def deactivate(store: Store, member: Member) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(Person).where(Person.email == member.email).values(active=False))


# --- when it is owed ---


def test_nothing_is_owed_where_the_office_sends_no_mail(store: Store) -> None:
    store.office = replace(store.office, mail=False)
    rejected(store)
    assert rows(store) == []


def test_the_setting_reaches_the_office(tmp_path: Path) -> None:
    assert not Office.of(config.parse("", tmp_path)).mail
    assert Office.of(config.parse("[mail]\nurl_file = 'mail.url'", tmp_path)).mail


def test_a_notice_is_stored_with_the_move_or_not_at_all(store: Store) -> None:
    reference = sent(store)
    before = len(rows(store))
    with pytest.raises(RuntimeError), store.transaction(SOFIA.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        tickets.answer(tx, ticket, queries.person(tx.session, SOFIA.email), values=PAPER)
        assert tx.session.scalar(select(Delivery.id).where(Delivery.kind == NOTICE).offset(before)) is not None
        raise RuntimeError("the disk is on fire")
    assert len(rows(store)) == before
    with pytest.raises(InvalidValue):
        act(store, SOFIA, reference)
    assert len(rows(store)) == before


def test_looking_at_a_move_again_owes_nothing_twice(store: Store) -> None:
    sent(store)
    before = [row.target for row in rows(store)]
    with store.transaction("schedule") as tx:
        for target in before:
            outbox.owe(tx.session, NOTICE, target, now())
    assert [row.target for row in rows(store)] == before


def test_a_delivery_holds_numbers_and_no_text(store: Store) -> None:
    received(store, phone(1, "Luis Peña"))
    assert all(re.fullmatch(r"[0-9]+:[0-9]+:[0-9]+", row.target) and not row.error for row in rows(store))


# --- what need not go out any more ---


def test_only_the_newest_notice_of_a_request_goes_to_a_person(store: Store) -> None:
    folio = received(store)
    extend(store, CARLA, folio, "return_for_correction")
    to_ana = to(store, ANA)
    assert len(to_ana) == 2
    assert isinstance(says(store, to_ana[0]), str) and isinstance(says(store, to_ana[1]), Notice)


def test_another_request_folds_nothing(store: Store) -> None:
    received(store)
    received(store, phone(2))
    to_ana = to(store, ANA)
    assert len(to_ana) == 2 and all(isinstance(says(store, n), Notice) for n in to_ana)


def test_nobody_is_called_to_work_that_is_done_already(store: Store) -> None:
    received(store)
    assert "moved on" in str(says(store, 0)), "the desk has received it"


def test_the_first_census_calls_only_those_who_decide(store: Store) -> None:
    reference = sent(store)
    with store.transaction("schedule") as tx:
        put_through(tx, queries.ticket(tx.session, reference))
    called = [found.email for n in range(len(rows(store))) if isinstance(found := says(store, n), Notice)]
    assert sorted(called) == sorted([ANA.email, INES.email, SARA.email])


def test_a_notice_of_somebody_who_left_or_lost_the_role_stays_unsent(store: Store) -> None:
    sent(store)
    with store.engine.begin() as connection:
        role = select(Role.id).where(Role.name == "secretarial").scalar_subquery()
        connection.execute(person_role.delete().where(person_role.c.role_id == role))
    assert "role" in str(says(store))
    deactivate(store, SOFIA)
    assert "no longer there" in str(says(store))


# --- whoever will use a device that somebody else asked for ---


def approved(store: Store, *wanted: Wanted) -> None:
    """Every device of a request approved and in force: it is decided."""
    folio = turned_over(store, *wanted)
    for number in look(store, folio, lambda ticket: [device.id for device in ticket.devices]):
        approve(store, INES.email, number)
    with store.transaction("agent:push") as tx:
        for device in queries.ticket(tx.session, folio).devices:
            device.authorisation.state = "active"
            tx.record(events.DeviceActivated(device=device.id))


def test_a_holder_who_did_not_ask_is_told_what_was_registered_and_of_their_rights(store: Store) -> None:
    channel = "Palacio, planta baja, 52 55 12 34 56 78"
    store.office = replace(store.office, notice=PrivacyNotice(arco=channel))
    approved(store, phone(1, "TOMÁS GIL"), phone(2, "Luis Peña"))
    (number,) = to(store, TOMAS)
    body = text(store, number)
    assert "Equipos registrados a su nombre" in body and "1. Teléfono: se autorizó" in body and "2. " not in body
    assert "/aviso-de-privacidad" in body and channel in body, "a telephone is no address of a device"
    assert mac(1) not in body and mac(1)[-5:] not in body


def test_whoever_asked_for_their_own_device_gets_one_notice_and_no_second_one(store: Store) -> None:
    approved(store, phone(1, ANA.name))
    assert len([n for n in to(store, ANA) if "decidida" in str(says(store, n))]) == 1
    assert "a su nombre" not in "".join(str(says(store, n)) for n in to(store, ANA))


def test_a_holder_whose_device_was_refused_or_who_is_of_another_area_is_told_nothing(store: Store) -> None:
    folio = turned_over(store, phone(1, TOMAS.name))
    with store.transaction(INES.email) as tx:
        device = queries.ticket(tx.session, folio).devices[0]
        devices.reject(tx, device, queries.person(tx.session, INES.email), "not_official_use")
    approved(store, phone(2, BETO.name))
    assert (to(store, TOMAS), to(store, BETO)) == ([], [])
