"""What happened to a request since somebody opened its page (workflow, test W-01).

A page bears the number of the newest line of the audit log on its request. Whoever sends a form of it is told what
others did since, before anything is stored. What agents did to its devices is no reason to ask again, a step that was
left is one whoever left it: a form that is sent twice does not leave two steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from netreg.errors import ConcurrentChange
from netreg.events import CATALOGUE
from netreg.policy import roles
from netreg.procedures import tickets
from netreg.procedures.standing import of_the_area, takes_part
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.audit import AuditEvent
from netreg.store.chunks import chunks
from netreg.store.transaction import Transaction

MOVED = "request.moved"
# The code of a refusal because of it.
CHANGED = "changed_since"
# What those who work on a request do among themselves: its area is not told.
AMONG_US = frozenset({"request.taken", "request.handed_over", "request.given_back", "request.noted"})
# What one does for oneself and what changes nothing for anybody else.
_NOBODY_ELSES = frozenset({"request.followed", "request.unfollowed", "request.judged"})
_MACHINES = ("agent:", "schedule")
_OFFICE = {"es": "La oficina", "en": "The office"}


class Change(NamedTuple):
    """One thing that happened: when, and the sentence that tells who did what."""

    at: datetime
    es: str
    en: str

    def text(self, language: str = "es") -> str:
        return self.en if language == "en" else self.es


def mark(session: Session, ticket: Ticket) -> int:
    """The number of the newest line about the request and its devices, 0 before the first."""
    return session.scalar(select(func.max(AuditEvent.seq)).where(AuditEvent.subject.in_(_subjects(ticket)))) or 0


def marks(session: Session, tickets: Iterable[Ticket]) -> dict[int, int]:
    """The same of many requests, by their number."""
    about = {one.id: _subjects(one) for one in tickets}
    subjects = sorted({subject for those in about.values() for subject in those})
    newest: dict[str, int] = {}
    for some in chunks(subjects):
        query = select(AuditEvent.subject, func.max(AuditEvent.seq))
        query = query.where(AuditEvent.subject.in_(some)).group_by(AuditEvent.subject)
        newest |= {subject: seq for subject, seq in session.execute(query)}
    return {number: max((newest.get(one, 0) for one in those), default=0) for number, those in about.items()}


def unchanged(tx: Transaction, ticket: Ticket, seen: int, person: Person) -> None:
    """Lock the request; raises ConcurrentChange `changed_since` when it is not as the person saw it."""
    tx.session.refresh(ticket, with_for_update=True)
    inside = may_see_inside(ticket, person, held(tx.session, person, tx.today))
    if since(tx.session, ticket, seen, person, inside):
        raise ConcurrentChange(
            "La solicitud cambió desde que la abrió; no se guardó nada.",
            "The request changed since you opened it; nothing was stored.",
            code=CHANGED,
        )


def may_see_inside(ticket: Ticket, person: Person, mine: Mapping[str, str]) -> bool:
    """Whether the person may know what those who work on the request do among themselves, with the roles `mine`.

    Nobody of its own area may, whatever else they are, and no unit that has no step in it.
    """
    if not roles.may(mine, "notes.see") or of_the_area(ticket, person, mine):
        return False
    session = object_session(ticket)
    return session is not None and takes_part(tickets.definition(session, ticket), mine)


def since(session: Session, ticket: Ticket, seen: int, person: Person, inside: bool) -> list[Change]:
    """What happened after line `seen` that the person has to know before they act, in order."""
    query = select(AuditEvent).where(AuditEvent.subject.in_(_subjects(ticket)), AuditEvent.seq > seen)
    events = session.scalars(query.order_by(AuditEvent.seq)).all()
    found = [one for one in events if _counts(one, person.email) and (inside or one.name not in AMONG_US)]
    return _told(session, found, person, inside)


def _subjects(ticket: Ticket) -> list[str]:
    numbers = {one.id for one in ticket.devices} | {one.device_id for one in ticket.operations}
    return [f"request {ticket.id}", *(f"device {number}" for number in sorted(numbers))]


def _counts(event: AuditEvent, reader: str) -> bool:
    if event.name not in CATALOGUE or event.name in _NOBODY_ELSES:
        return False
    return event.name == MOVED or (event.actor != reader and not event.actor.startswith(_MACHINES))


def _told(session: Session, events: Sequence[AuditEvent], reader: Person, inside: bool) -> list[Change]:
    people = {one.email: one for one in session.scalars(select(Person).where(Person.email.in_(_actors(events))))}
    return [_change(one, people.get(one.actor), reader, inside) for one in events]


def _actors(events: Sequence[AuditEvent]) -> set[str]:
    return {one.actor for one in events}


def _change(event: AuditEvent, actor: Person | None, reader: Person, inside: bool) -> Change:
    """To the area a colleague has a name, and everybody else is the office."""
    facts = event.facts["facts"]
    near = inside or (actor is not None and actor.area_id is not None and actor.area_id == reader.area_id)
    name = actor.name if actor else event.actor
    said = facts if near else {**facts, "absent": ""}
    kind = CATALOGUE[event.name]
    es, en = (
        template.format(actor=name if near else _OFFICE[language], **said)
        for language, template in (("es", kind.says), ("en", kind.says_en))
    )
    return Change(event.when, es, en)
