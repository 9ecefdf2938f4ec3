"""Notices of requests: who is owed one when a request moves, and what it says when it goes out.

A delivery holds three numbers and no text: `<ticket>:<move>:<person>`. A move happens once, so looking again owes
nothing twice; and the words are drawn from the registry when the notice is sent, so that an old one never says what is
no longer true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events, notices
from netreg.events import Event
from netreg.notices import APPLICANT, FOLLOWER, HOLDER, NOTICE, Facts, Words
from netreg.office import Office
from netreg.policy import quota
from netreg.procedures import tickets, uploads
from netreg.procedures.catalogue import CORE
from netreg.procedures.desk import following
from netreg.procedures.procedure import Procedure, Step
from netreg.procedures.standing import JUDGES, concerns
from netreg.registry import text
from netreg.registry.models import Device, Move, Person, Role, Substitution, Ticket
from netreg.registry.queries import held
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Transaction

_DATES = {"es": "%d/%m/%Y a las %H:%M", "en": "%Y-%m-%d at %H:%M"}


# --- owing ----------------------------------------------------------------------------------------------------------


def owe_notices(tx: Transaction, event: Event) -> None:
    """Owe one notice to each person whom this move of a request concerns; none where the office sends no mail."""
    if not tx.office.mail or not isinstance(event, events.TicketMoved | events.FileHandedIn):
        return
    # A letter that is signed by hand is ready once its scan is there: the move that numbered it is looked at again.
    if isinstance(event, events.FileHandedIn) and event.kind != uploads.SIGNED_LETTER:
        return
    ticket = tx.session.get_one(Ticket, event.ticket)
    move = ticket.moves[-1]
    for person in _told(tx.session, ticket, move, tx.today):
        outbox.owe(tx.session, NOTICE, target(ticket.id, move.id, person), now())


def target(ticket: int, move: int, person: int) -> str:
    """What a delivery calls this notice."""
    return f"{ticket}:{move}:{person}"


def _told(session: Session, ticket: Ticket, move: Move, today: date) -> list[int]:
    """The numbers of those to tell, each once. Nobody is told of what they did themselves."""
    kind = _kind(session, ticket, move)
    told = {
        person.id: None
        for audience in audiences(kind)
        for person in audience_of(session, ticket, audience, today)
        if person.email != move.actor
    }
    return list(told)


def audiences(kind: str | None) -> tuple[str, ...]:
    """Who is told of this kind of thing; where the applicant is, whoever follows the request is too."""
    named = notices.audiences(kind) if kind else ()
    return (*named, FOLLOWER) if APPLICANT in named else named


def _kind(session: Session, ticket: Ticket, move: Move) -> str | None:
    procedure = tickets.definition(session, ticket)
    left, reached = procedure.step(move.left), procedure.step(move.to) if move.to else None
    if tickets.effect_of(left) in (tickets.FILE, tickets.ATTEND) and ticket.procedure != CORE:
        return _by_data(procedure, left, reached)
    kind = notices.happened(left.does or "", move.answer, (reached.does if reached else None) or "")
    return notices.TO_SIGN if kind == notices.READY and uploads.awaits_signature(session, ticket) else kind


def _by_data(procedure: Procedure, left: Step, reached: Step | None) -> str | None:
    """What a move means to the area where the definition names no work: it is theirs now, or it ended."""
    if reached is None:
        return notices.FINISHED
    theirs = reached.role == procedure.applicant_role and left.role != procedure.applicant_role and reached.n != 1
    return notices.YOURS if theirs else None


def audience_of(session: Session, ticket: Ticket, audience: str, today: date) -> Iterator[Person]:
    """The people of one audience with a working account: whoever asked or uses a device, or plays the role today."""
    if audience == APPLICANT:
        found: Iterable[Person] = [ticket.applicant] if ticket.applicant else []
    elif audience == HOLDER:
        found = _holders(session, ticket)
    elif audience == FOLLOWER:
        found = _followers(session, ticket, today)
    else:
        found = players(session, audience, today)
    for person in found:
        # Whoever may not judge this request is not called to do it.
        if person.active and not (audience in JUDGES and concerns(ticket, person)):
            yield person


def _followers(session: Session, ticket: Ticket, today: date) -> list[Person]:
    """Those who follow it and still may: somebody who changed area or work does not hear of it any more."""
    procedure = tickets.definition(session, ticket)
    return [
        one
        for one in following.followers(session, ticket)
        if following.may_follow(procedure, ticket, one, held(session, one, today))
    ]


def _holders(session: Session, ticket: Ticket) -> Iterable[Person]:
    """Whoever will use a device that was allowed and somebody else asked for: by name, of that area or of none."""
    near = select(Person).where((Person.area_id == ticket.area_id) | Person.area_id.is_(None)).order_by(Person.id)
    return [one for one in session.scalars(near) if one.id != ticket.applicant_id and _allowed(ticket, one)]


def _allowed(ticket: Ticket, person: Person) -> list[Device]:
    """The devices of a request that this person uses and that were allowed."""
    name = text.folded(person.name)
    return [
        device
        for device in ticket.devices
        if device.authorisation.state != quota.REJECTED and text.folded(device.holder) == name
    ]


def players(session: Session, role: str, today: date) -> Iterable[Person]:
    """The holders of a role, and who stands in for one today."""
    stands_in = select(Substitution.person_id).where(
        Substitution.role == role, Substitution.first <= today, Substitution.last >= today
    )
    query = select(Person).where(Person.roles.any(Role.name == role) | Person.id.in_(stands_in))
    return session.scalars(query.order_by(Person.id)).all()


# --- sending --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to one address, as it is true now."""

    email: str
    words: Words


def compose(session: Session, delivery: int, called: str, office: Office, language: str, today: date) -> Notice | str:
    """The notice of a delivery, or why it need not go out any more, in words for its row."""
    ticket_id, move_id, person_id = (int(part) for part in called.split(":"))
    person, move = session.get(Person, person_id), session.get(Move, move_id)
    if person is None or not person.active or move is None:
        return "whom it was for, or what it was about, is no longer there"
    if _newer(session, delivery, ticket_id, person_id):
        return "a newer notice to the same person about the same request says more"
    return _written(session, person, move, office, language, today)


def _newer(session: Session, delivery: int, ticket: int, person: int) -> bool:
    """Whether a later notice of this request goes, or went, to the same person.

    After an outage somebody would otherwise read of a request being received, decided and delivered in one minute, in
    whatever order the retries fell. Each notice says where the request stands, so the newest loses nothing; one that
    was given up (failed) said nothing, and does not count.
    """
    later = select(Delivery.id).where(
        Delivery.kind == NOTICE,
        Delivery.target.like(f"{ticket}:%:{person}"),
        Delivery.id > delivery,
        Delivery.state != outbox.FAILED,
    )
    return session.scalar(later.limit(1)) is not None


def _written(session: Session, person: Person, move: Move, office: Office, language: str, today: date) -> Notice | str:
    ticket = move.ticket
    kind = _kind(session, ticket, move)
    for audience in audiences(kind):
        if person in audience_of(session, ticket, audience, today):
            # A call to work that somebody has done meanwhile would only send people to look for nothing.
            if audience not in (APPLICANT, HOLDER, FOLLOWER) and ticket.moves[-1].id != move.id:
                return "the request has moved on: nobody waits for this work any more"
            known = facts(ticket, move.note, office, language)
            if audience == HOLDER:
                known = replace(known, devices=_results(_allowed(ticket, person)), rights=office.notice.arco)
            return Notice(person.email, notices.write(str(kind), audience, known, language))
    return "the person does not hold the role any more"


def facts(ticket: Ticket, words: str, office: Office, language: str) -> Facts:
    """What a notice may say of a request as it is now."""
    return Facts(
        reference=ticket.reference,
        area=ticket.area.name,
        address=office.address,
        due=_local(ticket.due, office, language),
        words=words,
        devices=_results(ticket.devices),
    )


def _results(devices: Iterable[Device]) -> list[tuple[str, bool]]:
    return [(device.kind, device.authorisation.state != quota.REJECTED) for device in devices]


def _local(instant: datetime | None, office: Office, language: str) -> str:
    return instant.astimezone(office.zone).strftime(_DATES[language]) if instant else ""
