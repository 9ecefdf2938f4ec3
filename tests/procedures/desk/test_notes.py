"""An internal note is never its area's to see; a message to the area stands on the request and is mailed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, NotAllowed
from netreg.mac import MacAddress
from netreg.notices import NOTICE
from netreg.office import Office
from netreg.procedures import asking, notices, personal
from netreg.procedures.desk import changes, following, mail, notes, taking
from netreg.procedures.notices import Notice
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ACTOR, ALMA, ANA, BETO, CARLA, INES, LEON, NADIA, NORA, SARA, SOFIA, TOMAS, Member, mac
from tests.procedures.desk.test_taking import OMAR, doing, hand, hire
from tests.procedures.test_tickets import act, sent, turned_over

SECRET = "El teléfono parece ser de otra persona"


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    """An office that sends mail."""
    store.office = Office(files=tmp_path / "files", mail=True)
    yield


def read(store: Store, reference: str, *, inside: bool) -> list[str]:
    with store.reading() as session:
        ticket = queries.ticket(session, reference)
        return [one.text for one in notes.notes_of(session, ticket, inside=inside)]


def _said(store: Store, session: Session, row: Delivery) -> Notice | str:
    if mail.names(row.target):
        return mail.compose(session, row.target, store.office, "es", store.office.today)
    return notices.compose(session, row.id, row.target, store.office, "es", store.office.today)


def owed(store: Store, to: Member) -> list[str]:
    """What mails to this person would say now."""
    with store.reading() as session:
        person, found = queries.known_person(session, to.email), []
        for row in session.scalars(select(Delivery).where(Delivery.kind == NOTICE).order_by(Delivery.id)):
            if row.target.endswith(f":{person.id}"):
                said = _said(store, session, row)
                found.append(f"{said.words.subject}\n{said.words.body}" if isinstance(said, Notice) else said)
        return found


def test_an_internal_note_is_read_by_those_who_work_on_it_and_mailed_to_nobody(store: Store) -> None:
    folio = turned_over(store)
    before = {who: len(owed(store, who)) for who in (ANA, TOMAS)}
    doing(store, INES, folio, notes.note, SECRET)
    assert read(store, folio, inside=True) == [SECRET] and read(store, folio, inside=False) == []
    assert {who: len(owed(store, who)) for who in (ANA, TOMAS)} == before


def test_nobody_of_the_area_is_inside_whatever_else_they_are(store: Store) -> None:
    """Sara is of IT and of Obras."""
    own = turned_over(store)
    with store.reading() as session:
        ticket = queries.ticket(session, own)
        for who, inside in ((SARA, False), (INES, True), (ALMA, True), (TOMAS, False), (NORA, False), (NADIA, False)):
            person = queries.known_person(session, who.email)
            found = changes.may_see_inside(ticket, person, queries.held(session, person, store.office.today))
            assert found is inside, who.name


def test_only_those_who_attend_to_it_write(store: Store) -> None:
    folio = turned_over(store)
    for who in (SOFIA, CARLA, INES, LEON):
        doing(store, who, folio, notes.note, f"De {who.name}")
    for who in (ANA, TOMAS, BETO, SARA, ALMA, NORA, NADIA):
        for command in (notes.note, notes.tell):
            with pytest.raises(NotAllowed):
                doing(store, who, folio, command, SECRET)
    assert len(read(store, folio, inside=True)) == 4


def test_nothing_is_written_on_a_draft_and_nothing_empty(store: Store) -> None:
    with store.transaction(ANA.email) as tx:
        person, area = queries.known_person(tx.session, ANA.email), queries.area(tx.session, "OBRAS")
        form = asking.Form("Obra", wanted=[asking.Wanted("phone", "Luis", mac=mac(9))])
        draft = asking.draft(tx, area, person, form).reference
    with pytest.raises(NotAllowed):
        doing(store, INES, draft, notes.note, SECRET)
    with pytest.raises(InvalidValue):
        doing(store, INES, turned_over(store), notes.note, " \n ")


def test_the_log_tells_that_a_note_was_written_and_not_what_it_says(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, notes.note, SECRET)
    with store.reading() as session:
        (event,) = queries.audit(session, "request 1", most=1)
        assert SECRET not in event.data and len(event.facts["after"]["sha256"]) == 64
        assert event.sentence() == f"{INES.email} escribió una nota interna en la solicitud {folio}"


def test_what_is_exported_of_a_person_says_that_a_note_names_them_and_not_what_it_says(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, notes.note, SECRET)
    doing(store, INES, folio, notes.note, "Avisa Ana López")
    for who, is_named in ((ANA.email, True), ("Luis Peña", False)):
        with store.transaction(CARLA.email) as tx:
            document = personal.export(tx, who, now())
        told = personal.as_json(document)
        assert SECRET not in told and "Avisa Ana" not in told and ("nota interna" in told) is is_named


def test_a_message_reaches_whoever_asked_without_the_address_it_names(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, notes.tell, f"Traiga el equipo {MacAddress(mac(1))} mañana")
    assert read(store, folio, inside=False) == [f"Traiga el equipo {mac(1)} mañana"]
    assert "«Traiga el equipo [dirección omitida] mañana»" in owed(store, ANA)[-1]
    assert not any("Traiga" in said for said in owed(store, BETO) + owed(store, INES))


def test_who_follows_a_request_gets_its_mails_and_is_told_why(store: Store) -> None:
    reference = sent(store)
    doing(store, TOMAS, reference, following.follow)
    folio = act(store, SOFIA, reference, paper=True).reference
    doing(store, CARLA, folio, notes.tell, "Falta poco")
    assert [said.splitlines()[0] for said in owed(store, TOMAS)] == [
        owed(store, ANA)[0].splitlines()[0],
        f"Mensaje sobre la solicitud {folio}",
    ]
    assert "porque sigue la solicitud" in owed(store, TOMAS)[-1] and "porque sigue" not in owed(store, ANA)[-1]


def test_who_stops_following_hears_no_more_of_it(store: Store) -> None:
    folio = turned_over(store)
    doing(store, TOMAS, folio, following.follow)
    doing(store, TOMAS, folio, following.follow)
    doing(store, CARLA, folio, notes.tell, "Falta poco")
    doing(store, TOMAS, folio, following.unfollow)
    assert owed(store, TOMAS)[-1] == "the person does not follow the request any more"
    before = len(owed(store, TOMAS))
    doing(store, CARLA, folio, notes.tell, "Listo")
    assert len(owed(store, TOMAS)) == before


def test_a_request_is_followed_by_its_area_and_by_who_takes_part(store: Store) -> None:
    folio = turned_over(store)
    for who in (TOMAS, SARA, INES, SOFIA, CARLA, LEON):
        doing(store, who, folio, following.follow)
    for who in (BETO, NORA, ALMA):
        with pytest.raises(NotAllowed):
            doing(store, who, folio, following.follow)


def test_who_leaves_the_area_hears_no_more_of_its_requests(store: Store) -> None:
    folio = turned_over(store)
    doing(store, TOMAS, folio, following.follow)
    with store.transaction(ACTOR) as tx:
        people.set_area(tx, queries.known_person(tx.session, TOMAS.email), queries.area(tx.session, "DIF"))
    doing(store, CARLA, folio, notes.tell, "Falta poco")
    assert owed(store, TOMAS) == []


def test_who_asked_and_follows_gets_each_mail_once(store: Store) -> None:
    folio = turned_over(store)
    doing(store, ANA, folio, following.follow)
    before = len(owed(store, ANA))
    doing(store, CARLA, folio, notes.tell, "Falta poco")
    assert len(owed(store, ANA)) == before + 1


def test_a_colleague_reads_by_mail_what_was_handed_over_unless_it_left_their_hands(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    hand(store, INES, folio, OMAR, "Revise el inventario")
    assert "Le pasaron la solicitud" in owed(store, OMAR)[-1] and "«Revise el inventario»" in owed(store, OMAR)[-1]
    doing(store, OMAR, folio, taking.give_back)
    assert owed(store, OMAR)[-1] == "the request is in other hands by now"
