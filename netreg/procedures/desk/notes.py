"""Words on a request: an internal note that its area never sees, or a message to the area, which is mailed to it.

They are two forms and two lists, so that nobody writes the one into the other. The audit log tells that something was
written, with the hash of the words: they are read on the request, by those who may.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import NotAllowed
from netreg.policy import roles
from netreg.procedures.desk.changes import may_see_inside
from netreg.procedures.desk.models import INTERNAL, PUBLIC, Note
from netreg.registry import text
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

MOST = 1000


def note(tx: Transaction, ticket: Ticket, person: Person | None, words: str) -> Note:
    """An internal note, for those who work on the request. Raises NotAllowed for anybody of its area.

    `person` is None for the operator at the server's own console.
    """
    _may_write(tx, ticket, person)
    row = _write(tx, ticket, INTERNAL, words, "internal_note")
    tx.record(events.RequestNoted(ticket=ticket.id, reference=ticket.reference, note=row.id, after=_mark(row)))
    return row


def tell(tx: Transaction, ticket: Ticket, person: Person | None, words: str) -> Note:
    """A message to the area: it stands on the request, and is mailed to whoever asked and whoever follows it."""
    _may_write(tx, ticket, person)
    row = _write(tx, ticket, PUBLIC, words, "message")
    tx.record(events.AreaTold(ticket=ticket.id, reference=ticket.reference, note=row.id, after=_mark(row)))
    return row


def notes_of(session: Session, ticket: Ticket, *, inside: bool) -> Sequence[Note]:
    """What was written, the newest first; the internal ones only for who is `inside` (`changes.may_see_inside`)."""
    query = select(Note).where(Note.ticket_id == ticket.id).order_by(Note.id.desc())
    if not inside:
        query = query.where(Note.audience == PUBLIC)
    return session.scalars(query).all()


def may_write(ticket: Ticket, person: Person, mine: dict[str, str]) -> bool:
    """Whether the person, with the roles `mine`, writes notes and messages on this request."""
    return roles.may(mine, "notes.write") and may_see_inside(ticket, person, mine) and ticket.sent is not None


def _may_write(tx: Transaction, ticket: Ticket, person: Person | None) -> None:
    if person is None:
        allowed = ticket.sent is not None
    else:
        allowed = may_write(ticket, person, held(tx.session, person, tx.today))
    if not allowed:
        raise NotAllowed(
            "Aquí escriben quienes atienden la solicitud.",
            "Those who attend to the request write here.",
            code="not_your_step",
        )


def _write(tx: Transaction, ticket: Ticket, audience: str, words: str, field: str) -> Note:
    said = text.line(words, field, most=MOST)
    row = Note(ticket=ticket, audience=audience, at=now(), author=tx.actor, text=said)
    tx.session.add(row)
    tx.session.flush()
    return row


def _mark(row: Note) -> dict[str, str]:
    return {"sha256": hashlib.sha256(row.text.encode()).hexdigest()}
