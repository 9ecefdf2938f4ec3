"""Mail to people outside: the link that confirms their form, the folio, and what happens to their request.

A delivery holds numbers and no text: `c<form>`, `m<ticket>:<move>` or `n<note>`. Its words and its link are made when
it goes out.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from netreg import events, notices
from netreg.events import Event
from netreg.notices import Words
from netreg.office import Office
from netreg.procedures import tickets
from netreg.procedures.desk.models import Note
from netreg.procedures.outside import following, links, words
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.outside.words import CONFIRM, FILED, FINISHED, MESSAGE, OUTSIDE, REOPENED, RETURNED, YOURS, Said
from netreg.registry.models import Move, Ticket
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Transaction

_NAME = re.compile(r"(?P<what>[cmn])(?P<number>[0-9]+)(?::(?P<move>[0-9]+))?", re.ASCII)
_DATES = {"es": "%d/%m/%Y a las %H:%M", "en": "%Y-%m-%d at %H:%M"}
# What calls somebody to do something: once the request has moved on, nobody waits for it any more.
_CALLS = (RETURNED, YOURS)


# --- owing ----------------------------------------------------------------------------------------------------------


def owe_mail(tx: Transaction, event: Event) -> None:
    """Owe what an event calls for to somebody outside; nothing where the office sends no mail."""
    if not tx.office.mail:
        return
    if isinstance(event, events.OutsideKept):
        _owe(tx, f"c{event.pending}")
    elif isinstance(event, events.TicketMoved):
        ticket = _theirs(tx.session, event.ticket)
        if ticket is not None and kind_of(tx.session, ticket, ticket.moves[-1]):
            _owe(tx, f"m{ticket.id}:{ticket.moves[-1].id}")
    elif isinstance(event, events.AreaTold) and _theirs(tx.session, event.ticket) is not None:
        _owe(tx, f"n{event.note}")


def _owe(tx: Transaction, target: str) -> None:
    outbox.owe(tx.session, OUTSIDE, target, now())


def _theirs(session: Session, number: int) -> Ticket | None:
    """The request, if it is answered to somebody outside."""
    return session.get_one(Ticket, number) if session.get(Contact, number) is not None else None


def kind_of(session: Session, ticket: Ticket, move: Move) -> str | None:
    """What a move means to somebody outside, or None where they are told nothing."""
    procedure = tickets.definition(session, ticket)
    if move.answer == notices.REOPENED:
        return REOPENED
    if not move.to:
        return FINISHED
    if move.left == 1:
        return FILED
    if procedure.step(move.to).role != procedure.applicant_role or move.to == 1:
        return None
    return RETURNED if procedure.returns_at(move.to) else YOURS


# --- sending --------------------------------------------------------------------------------------------------------


def compose(session: Session, called: str, key: str, office: Office) -> tuple[str, Words] | str:
    """To whom and what a delivery says now, or why it need not go out any more, in words for its row."""
    match = _NAME.fullmatch(called)
    if match is None:
        raise ValueError(f"{called} is no mail to somebody outside")
    number = int(match["number"])
    if match["what"] == "c":
        return _confirmation(session.get(Pending, number), key, office)
    if match["what"] == "n":
        note = session.get_one(Note, number)
        return _written(session, MESSAGE, note.ticket_id, note.text, key, office)
    return _news(session, session.get_one(Move, int(match["move"])), key, office)


def _confirmation(pending: Pending | None, key: str, office: Office) -> tuple[str, Words] | str:
    if pending is None or pending.expires <= now():
        return "the form was confirmed meanwhile, or its time is over"
    link = links.address(office.address, key, links.CONFIRM, pending)
    title = office.catalogue.known[pending.procedure].title.short(pending.language)
    said = Said(_office(office), title, link, until=_local(pending.expires, office, pending.language))
    return pending.email, words.write(CONFIRM, said, office.address, pending.language)


def _news(session: Session, move: Move, key: str, office: Office) -> tuple[str, Words] | str:
    kind = kind_of(session, move.ticket, move)
    if kind is None:
        return "there is nothing to tell of it"
    if kind in _CALLS and move.ticket.moves[-1].id != move.id:
        return "the request has moved on: nobody waits for them any more"
    return _written(session, kind, move.ticket_id, following.words_of(move), key, office)


def _written(session: Session, kind: str, number: int, free: str, key: str, office: Office) -> tuple[str, Words] | str:
    contact = session.get(Contact, number)
    if contact is None:
        return "their address is not kept any more"
    ticket, language = contact.ticket, contact.language
    said = Said(
        _office(office),
        tickets.definition(session, ticket).title.short(language),
        links.address(office.address, key, links.FOLLOW, contact),
        reference=ticket.reference,
        received=_local(ticket.received, office, language),
        words=free,
    )
    return contact.email, words.write(kind, said, office.address, language)


def _office(office: Office) -> str:
    return " ".join(office.letterhead.municipality.split())


def _local(instant: datetime | None, office: Office, language: str) -> str:
    return instant.astimezone(office.zone).strftime(_DATES[language]) if instant else ""
