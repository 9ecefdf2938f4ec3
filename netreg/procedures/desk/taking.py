"""Who has a request in hand: taken from the queue of a unit, handed to a colleague, given back.

No lock: whoever holds the step's role may act all the same, and is told first who has it. It lapses by itself when the
step passes to another role, and what comes back by itself (`repeating`) comes back to whoever had it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.events import Event
from netreg.procedures import tickets
from netreg.procedures.desk.models import GIVEN_BACK, HANDED_OVER, PASSED, TAKEN_OVER, Taking
from netreg.procedures.notices import players
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import standing
from netreg.registry import text
from netreg.registry.models import Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction


def units(procedure: Procedure, ticket: Ticket) -> list[str]:
    """The roles whose queue the request is in now; none while it is closed, or its area's to mend."""
    if ticket.closed is not None or ticket.sent is None:
        return []
    kinds = {role.id: role.kind for role in procedure.roles}
    return [role for role in procedure.step(ticket.step).actors if kinds.get(role) == "internal"]


def unit_of(session: Session, procedure: Procedure, ticket: Ticket, person: Person, today: date) -> str:
    """The one of them in which this person may act, "" for none."""
    for role in units(procedure, ticket):
        with suppress(NotAllowed):
            standing(session, ticket, procedure, role, person, today)
            return role
    return ""


def current(session: Session, ticket: Ticket) -> Taking | None:
    """Who has it in hand."""
    return session.scalar(select(Taking).where(Taking.ticket_id == ticket.id, Taking.ended.is_(None)))


def open_takings(session: Session) -> dict[int, Taking]:
    """Everything that somebody has in hand, by the number of the request."""
    query = select(Taking).where(Taking.ended.is_(None)).options(selectinload(Taking.person))
    return {one.ticket_id: one for one in session.scalars(query)}


def history(session: Session, ticket: Ticket) -> Sequence[Taking]:
    """Who had it, in order."""
    query = select(Taking).where(Taking.ticket_id == ticket.id).order_by(Taking.id)
    return session.scalars(query.options(selectinload(Taking.person))).all()


def take(tx: Transaction, ticket: Ticket, person: Person, *, over: bool = False) -> Taking:
    """Take it from the queue of the person's unit; taking it again changes nothing.

    Raises NotAllowed (not their step), or ConcurrentChange `taken` where a colleague has it: `over` takes it from them.
    """
    role, held = _theirs(tx, ticket, person), current(tx.session, ticket)
    if held is not None and held.person_id == person.id:
        return held
    if held is not None and not over:
        raise ConcurrentChange(
            f"La tiene {held.person.name}; no se cambió nada.",
            f"{held.person.name} has it; nothing was changed.",
            code="taken",
            hint="Avísele, y entonces tómela de todos modos.",
            hint_en="Tell them, and then take it all the same.",
        )
    before = _end(tx, held, TAKEN_OVER)
    made = _begin(tx, ticket, person, role)
    tx.record(events.RequestTaken(ticket=ticket.id, reference=ticket.reference, before=before))
    return made


def hand_over(tx: Transaction, ticket: Ticket, person: Person, to: Person, instruction: str) -> Taking:
    """Put it into the hands of a colleague of the same unit, with what to do.

    Raises NotAllowed where either of them may not act on it, InvalidValue without an instruction or for oneself.
    """
    role = _theirs(tx, ticket, person)
    words = text.line(instruction, "hand_over", most=300)
    if to.id not in {one.id for one in colleagues(tx.session, ticket, role, person, tx.today)}:
        raise InvalidValue(
            "Elija a alguien de su unidad que pueda atenderla.",
            "Choose somebody of your unit who may attend to it.",
            code="E_COLLEAGUE",
            field="colleague",
        )
    before = _end(tx, current(tx.session, ticket), HANDED_OVER)
    made = _begin(tx, ticket, to, role, tx.actor, words)
    tx.record(
        events.RequestHandedOver(
            ticket=ticket.id,
            reference=ticket.reference,
            to=to.name,
            before=before,
            after={"to": to.email},
            reason=words,
        )
    )
    return made


def give_back(tx: Transaction, ticket: Ticket, person: Person) -> None:
    """Out of one's hands, to the queue of the unit. Raises NotAllowed where one does not have it."""
    _lock(tx, ticket)
    held = current(tx.session, ticket)
    if held is None or held.person_id != person.id:
        raise NotAllowed("Usted no la tiene.", "You do not have it.", code="not_taken")
    _end(tx, held, GIVEN_BACK)
    tx.record(events.RequestGivenBack(ticket=ticket.id, reference=ticket.reference))


def colleagues(session: Session, ticket: Ticket, role: str, person: Person, today: date) -> list[Person]:
    """Who else of the unit may act on it today, by name."""
    found, procedure = [], tickets.definition(session, ticket)
    for one in players(session, role, today):
        with suppress(NotAllowed):
            standing(session, ticket, procedure, role, one, today)
            found += [one] if one.active and one.id != person.id else []
    return sorted(found, key=lambda one: one.name)


def lapse(tx: Transaction, event: Event) -> None:
    """The step passed to another role, or the request ended: nobody has it in hand any more. The move tells it."""
    if not isinstance(event, events.TicketMoved):
        return
    ticket = tx.session.get_one(Ticket, event.ticket)
    held = current(tx.session, ticket)
    if held is not None and held.role not in units(tickets.definition(tx.session, ticket), ticket):
        _end(tx, held, PASSED)
    if ticket.moves[-1].facts.get(tickets.REPEATED):
        _resume(tx, ticket)


def _resume(tx: Transaction, ticket: Ticket) -> None:
    """What came back by itself is in the hands of who had it, while that is still theirs to do."""
    procedure = tickets.definition(tx.session, ticket)
    there = units(procedure, ticket)
    before = next((one for one in reversed(history(tx.session, ticket)) if one.role in there), None)
    if before is None or before.ended_by != PASSED or not before.person.active:
        return
    with suppress(NotAllowed):
        standing(tx.session, ticket, procedure, before.role, before.person, tx.today)
        _begin(tx, ticket, before.person, before.role)


def _theirs(tx: Transaction, ticket: Ticket, person: Person) -> str:
    _lock(tx, ticket)
    role = unit_of(tx.session, tickets.definition(tx.session, ticket), ticket, person, tx.today)
    if not role:
        raise NotAllowed(
            "La solicitud no está en la cola de su unidad.",
            "The request is not in the queue of your unit.",
            code="not_your_step",
        )
    return role


def _lock(tx: Transaction, ticket: Ticket) -> None:
    """Of two who take it at once, the second finds it taken."""
    tx.session.refresh(ticket, with_for_update=True)


def _begin(tx: Transaction, ticket: Ticket, person: Person, role: str, by: str = "", words: str = "") -> Taking:
    made = Taking(ticket=ticket, person=person, role=role, since=now(), handed_by=by, instruction=words, ended_by="")
    tx.session.add(made)
    tx.session.flush()
    return made


def _end(tx: Transaction, held: Taking | None, how: str) -> dict[str, str]:
    """End a taking, if there is one; who had it, for the audit log."""
    if held is None:
        return {}
    held.ended, held.ended_by = now(), how
    tx.session.flush()
    return {"had": held.person.email}
