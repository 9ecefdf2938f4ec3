"""Mail about what people do beside the steps: a message to the area, and a request that was handed to a colleague.

A delivery holds numbers and no text: `n<note>:<person>` or `t<taking>:<person>`. What it says is read when it goes out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from netreg import events, notices
from netreg.events import Event
from netreg.notices import APPLICANT, COLLEAGUE, FOLLOWER, HANDED_OVER, MESSAGE, NOTICE
from netreg.office import Office
from netreg.procedures.desk import taking
from netreg.procedures.desk.models import Note, Taking
from netreg.procedures.notices import Notice, audience_of, facts
from netreg.registry.models import Person, Ticket
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Transaction

_NAME = re.compile(r"(?P<what>[nt])(?P<row>[0-9]+):(?P<person>[0-9]+)", re.ASCII)


def names(target: str) -> bool:
    """Whether a delivery of this name is one of these."""
    return _NAME.fullmatch(target) is not None


def owe_mail(tx: Transaction, event: Event) -> None:
    """Owe what a message or a hand-over calls for; nothing where the office sends no mail."""
    if not tx.office.mail:
        return
    if isinstance(event, events.AreaTold):
        ticket = tx.session.get_one(Ticket, event.ticket)
        for person in {one.id: one for _audience, one in _readers(tx.session, ticket, tx.today)}.values():
            if person.email != tx.actor:
                outbox.owe(tx.session, NOTICE, f"n{event.note}:{person.id}", now())
    elif isinstance(event, events.RequestHandedOver):
        held = taking.current(tx.session, tx.session.get_one(Ticket, event.ticket))
        if held is not None:
            outbox.owe(tx.session, NOTICE, f"t{held.id}:{held.person_id}", now())


def compose(session: Session, called: str, office: Office, language: str, today: date) -> Notice | str:
    """The mail of a delivery, or why it need not go out any more, in words for its row."""
    match = _NAME.fullmatch(called)
    if match is None:
        raise ValueError(f"{called} is no mail of the desk")
    person = session.get(Person, int(match["person"]))
    if person is None or not person.active:
        return "whom it was for is no longer there"
    if match["what"] == "n":
        return _message(session, session.get_one(Note, int(match["row"])), person, office, language, today)
    return _handed_over(session.get_one(Taking, int(match["row"])), person, office, language)


def _message(session: Session, note: Note, person: Person, office: Office, language: str, today: date) -> Notice | str:
    for audience, one in _readers(session, note.ticket, today):
        if one.id == person.id:
            said = facts(note.ticket, note.text, office, language)
            return Notice(person.email, notices.write(MESSAGE, audience, said, language))
    return "the person does not follow the request any more"


def _handed_over(row: Taking, person: Person, office: Office, language: str) -> Notice | str:
    if row.ended is not None:
        return "the request is in other hands by now"
    said = facts(row.ticket, row.instruction, office, language)
    return Notice(person.email, notices.write(HANDED_OVER, COLLEAGUE, said, language))


def _readers(session: Session, ticket: Ticket, today: date) -> Iterator[tuple[str, Person]]:
    """Who reads a message to the area: whoever asked, and whoever follows it."""
    for audience in (APPLICANT, FOLLOWER):
        for person in audience_of(session, ticket, audience, today):
            yield audience, person
