"""What somebody outside reads of their request: how it stands, since when, what is missing, what was answered.

Nothing of the house's own: no names, no notes, and of the documents only those that the definition says are for them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.procedures import filing
from netreg.procedures.models import UNSIGNED, VOID, Letter, Produced
from netreg.procedures.outside.models import Contact
from netreg.procedures.procedure import Procedure
from netreg.procedures.soundness import BODY
from netreg.registry.models import Move, Ticket


def contact(session: Session, ticket: Ticket) -> Contact | None:
    """Whom the request is answered to, where somebody outside sent it and their data are still kept."""
    return session.get(Contact, ticket.id)


def milestones(ticket: Ticket, procedure: Procedure) -> list[tuple[datetime, str]]:
    """When the request came to which status, the newest last; a status that only goes on is told once.

    Being sent anew is no status of its own: what comes at once after it is.
    """
    found: list[tuple[datetime, str]] = []
    for move in (one for one in ticket.moves if one.to != 1):
        last = move is ticket.moves[-1]
        ended = ticket.status if last else "concluida"
        status = procedure.step(move.to).status if move.to else ended
        if not found or found[-1][1] != status:
            found.append((move.at, status))
    return found


def returned_with(ticket: Ticket, procedure: Procedure) -> str:
    """What whoever asked was told when the request went back to them, while it is there."""
    return words_of(ticket.moves[-1]) if ticket.moves and filing.is_in_hand(ticket, procedure) else ""


def words_of(move: Move) -> str:
    """The words a request was moved with: the text of the letter, or the reason."""
    return str(move.facts.get(BODY) or move.note)


def letter_of(row: Produced) -> Letter | None:
    """The letter of a document that is theirs to read: it counts, and is signed."""
    letter = row.letter
    return letter if letter is not None and letter.state not in (*UNSIGNED, VOID) else None


def documents(session: Session, ticket: Ticket, procedure: Procedure) -> list[Produced]:
    """The documents that are for them, as they were made."""
    theirs = {one.id for one in procedure.documents if one.for_outside}
    query = select(Produced).where(Produced.ticket_id == ticket.id, Produced.document.in_(theirs))
    return list(session.scalars(query.order_by(Produced.id)))
