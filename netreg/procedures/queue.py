"""What waits for a person: the tickets whose step is theirs to leave, those due first at the top."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.policy import quota, roles
from netreg.procedures.procedure import Procedure, Step
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held

# Devices that want something of IT while nobody presses a button on their request.
WANTS_IT = frozenset({quota.REQUESTED, quota.AWAITING_BINDING})


def waiting(session: Session, person: Person, today: date, definition: Callable[[Ticket], Procedure]) -> list[Ticket]:
    """The open tickets that wait for this person, by when they are due; those without a term last."""
    mine = set(held(session, person, today))
    query = select(Ticket).where(Ticket.closed.is_(None)).order_by(Ticket.due.is_(None), Ticket.due, Ticket.id)
    if not mine - set(roles.OF_AN_AREA):
        query = query.where(Ticket.area_id == (person.area_id or 0))
    return [
        ticket
        for ticket in session.scalars(query)
        if _waits(definition(ticket).step(ticket.step), ticket, mine, person)
    ]


def _waits(step: Step, ticket: Ticket, mine: set[str], person: Person) -> bool:
    if ticket.step == 1 and ticket.applicant_id == person.id:
        return True
    if step.by_itself and not {device.authorisation.state for device in ticket.devices} & WANTS_IT:
        return False
    return any(mine & set(roles.players(role)) for role in step.actors)
