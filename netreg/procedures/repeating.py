"""Steps that leave themselves again: a request that comes back with remarks goes to the unit that had it.

The manual sends every round through whoever routes it. The way out of the definition names the steps to `repeat`: they
are left as they were left the last time, in the name of who did it, and the log says that they repeated themselves.
What a step made then stands; nothing is made anew.
"""

from __future__ import annotations

from netreg import events
from netreg.events import Event
from netreg.procedures import tickets
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import ELSE, Procedure
from netreg.procedures.standing import Standing
from netreg.procedures.tickets import REPEATED, Act
from netreg.registry.models import Move, Ticket
from netreg.store.transaction import Transaction


def repeat(tx: Transaction, event: Event) -> None:
    """Leave the steps that a way repeats; those never left before wait for a person, and all that follow with them."""
    if not isinstance(event, events.TicketMoved) or not event.to:
        return
    ticket = tx.session.get_one(Ticket, event.ticket)
    procedure = tickets.definition(tx.session, ticket)
    for number in _repeated(procedure, ticket.moves[-1]):
        before = _last(ticket, number)
        if ticket.step != number or before is None:
            return
        _leave_again(tx, ticket, procedure, before)


def rounds(ticket: Ticket, procedure: Procedure) -> int:
    """How often a request came back by such a way."""
    return sum(1 for move in ticket.moves if _repeated(procedure, move))


def _repeated(procedure: Procedure, move: Move) -> tuple[int, ...]:
    step = procedure.by_number.get(move.left)
    way = step.way(move.answer) if step and procedure.extension(move.answer) is None else None
    return way.repeat if way else ()


def _last(ticket: Ticket, number: int) -> Move | None:
    """How a step was left by somebody who did its work."""
    return next((one for one in reversed(ticket.moves) if one.left == number and one.answer == ELSE), None)


def _leave_again(tx: Transaction, ticket: Ticket, procedure: Procedure, before: Move) -> None:
    step = procedure.step(before.left)
    asked = {one.id for one in procedure.asks_at(step.n)}
    facts = {name: said for name, said in before.facts.items() if name in asked} | {REPEATED: True}
    act = Act(tx, ticket, procedure, step, Standing(None), ELSE, {}, facts, actor=before.actor)
    did = Said(
        es=f"{step.es} (se repite solo, como en la vuelta anterior)", en=f"{step.en} (repeats itself, as before)"
    )
    way = step.way(ELSE)
    tickets.move(act, way.to if way else 0, did=did)
