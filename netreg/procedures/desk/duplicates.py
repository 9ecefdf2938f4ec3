"""A request that asks for what another one of its area asks for already: closed, linked to it, counted nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound
from netreg.notices import DUPLICATE
from netreg.policy import roles
from netreg.procedures import letters, tickets
from netreg.procedures.desk.taking import units
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import Standing, standing
from netreg.procedures.tickets import EFFECTS, Act
from netreg.registry import queries, text
from netreg.registry.models import Person, Ticket
from netreg.store.transaction import Transaction

STATUS = "duplicada"


def may_close(session: Session, procedure: Procedure, ticket: Ticket, person: Person | None, today: date) -> Standing:
    """The right of who works at its step, or of the coordinator, to close it as a duplicate; raises NotAllowed."""
    for role in units(procedure, ticket):
        with suppress(NotAllowed):
            return standing(session, ticket, procedure, role, person, today)
    return standing(session, ticket, procedure, roles.COORDINATOR, person, today)


def close(tx: Transaction, ticket: Ticket, person: Person | None, original: str, note: str = "") -> Ticket:
    """Close it as a duplicate of the request `original`, with what it asked for refused; opening it again undoes it.

    Raises NotAllowed, InvalidValue for a request it cannot be a duplicate of, ConcurrentChange once something of it is
    decided or answered.
    """
    tx.session.refresh(ticket, with_for_update=True)
    procedure = tickets.definition(tx.session, ticket)
    if ticket.closed is not None or ticket.sent is None:
        raise ConcurrentChange("La solicitud no está en curso.", "The request is not under way.")
    who = may_close(tx.session, procedure, ticket, person, tx.today)
    other = _original(tx.session, ticket, original)
    if letters.letter_of(tx.session, ticket) is not None:
        raise ConcurrentChange(
            "Su respuesta ya está en elaboración: conclúyala.",
            "Its answer is being prepared already: finish it.",
            code="already_decided",
        )
    words = text.line(f"{other.reference}. {note}".removesuffix(". "), "duplicate_note", most=500)
    act = Act(tx, ticket, procedure, procedure.step(ticket.step), who, DUPLICATE, {"note": words})
    ticket.duplicate_of = other
    said = Said(es=f"es un duplicado de {other.reference}", en=f"it is a duplicate of {other.reference}")
    tickets.move(act, 0, words, did=said)
    ticket.outcome, ticket.status = DUPLICATE, STATUS
    # After the move, as with the other ways to end it: what becomes of its devices must not move it as well.
    if DUPLICATE in EFFECTS:
        EFFECTS[DUPLICATE](act)
    tx.session.flush()
    return ticket


def duplicates_of(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    """The requests that were closed as duplicates of this one."""
    return session.scalars(select(Ticket).where(Ticket.duplicate_of_id == ticket.id).order_by(Ticket.id)).all()


def _original(session: Session, ticket: Ticket, reference: str) -> Ticket:
    """Another request of the same area and procedure, which is not a duplicate itself."""
    other = None
    with suppress(NotFound):
        other = queries.ticket(session, reference.strip(), ticket.area_id)
    if other is None or other.id == ticket.id or other.procedure != ticket.procedure or _is_none(other):
        raise InvalidValue(
            "Escriba el folio de otra solicitud de la misma área y del mismo trámite.",
            "Write the number of another request of the same area and procedure.",
            code="E_ORIGINAL",
            field="original",
        )
    return other


def _is_none(other: Ticket) -> bool:
    """What was never sent asks for nothing, and what is a duplicate itself sends people on."""
    return other.sent is None or other.duplicate_of_id is not None
