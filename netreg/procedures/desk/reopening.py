"""A closed request is opened again by the coordinator, for a reason, within ten working days: the same folio.

It goes on at the step its definition names (`reopens_at`), or else at the one it ended at; the figures count it once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from netreg.errors import ConcurrentChange, NotAllowed
from netreg.notices import REOPENED
from netreg.office import Office
from netreg.policy import roles
from netreg.procedures import calendars, letters, tickets, timing
from netreg.procedures.particulars import Said
from netreg.procedures.standing import standing
from netreg.procedures.tickets import EFFECTS, RETURNED, Act
from netreg.registry import text
from netreg.registry.models import Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction

_SAID = Said(es="se abrió de nuevo", en="it was opened again")
FIRST = 1


def until(session: Session, ticket: Ticket, office: Office) -> datetime | None:
    """The last moment at which it may be opened again; None while it is open, and for one that was never sent."""
    if ticket.closed is None or ticket.sent is None:
        return None
    calendar = calendars.current(session, office)
    return calendar.add_working_day_hours(ticket.closed, office.clocks.reopen_days * timing.DAY)


def reopen(tx: Transaction, ticket: Ticket, person: Person | None, reason: str) -> Ticket:
    """Open it again. Raises NotAllowed (not the coordinator, or too late), ConcurrentChange (it is open)."""
    tx.session.refresh(ticket, with_for_update=True)
    procedure = tickets.definition(tx.session, ticket)
    who = standing(tx.session, ticket, procedure, roles.COORDINATOR, person, tx.today)
    last = until(tx.session, ticket, tx.office)
    if last is None:
        raise ConcurrentChange("La solicitud está abierta.", "The request is open.", code="open")
    if now() > last:
        raise _too_late(last.astimezone(tx.office.zone))
    words = text.line(reason, "reopen_reason", most=500)
    ended = ticket.moves[-1].left
    act = Act(tx, ticket, procedure, procedure.step(ended), who, REOPENED, {"note": words})
    # Before the move: a request whose devices are all refused would go straight on to its refusal.
    letters.take_back_end(tx, ticket)
    if REOPENED in EFFECTS:
        EFFECTS[REOPENED](act)
    ticket.closed, ticket.outcome, ticket.duplicate_of = None, "", None
    tickets.move(act, procedure.reopens_at or ended, words, did=_SAID)
    if ticket.step == FIRST:
        ticket.status = RETURNED
    tx.session.flush()
    return ticket


def _too_late(last: datetime) -> NotAllowed:
    return NotAllowed(
        f"Se podía reabrir hasta el {last:%d/%m/%Y a las %H:%M}; no se cambió nada.",
        f"It could be opened again until {last:%Y-%m-%d at %H:%M}; nothing was changed.",
        code="too_late",
        hint="Presente una solicitud nueva.",
        hint_en="Send a new request.",
    )
