"""The queue of a unit: what one has in hand, what nobody has taken, and what colleagues have; by when it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from netreg.procedures import queue
from netreg.procedures.desk import taking
from netreg.procedures.desk.models import Taking
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import players
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held

_NEVER = datetime.max.replace(tzinfo=UTC)


class Row(NamedTuple):
    """One request of the queue, with the unit whose step it is at and who has it in hand."""

    ticket: Ticket
    procedure: Procedure
    unit: str
    taking: Taking | None


class UnitQueue(NamedTuple):
    """The three parts of a queue."""

    mine: list[Row]
    free: list[Row]
    others: list[Row]


def of(session: Session, person: Person, today: date, definition: Callable[[Ticket], Procedure]) -> UnitQueue:
    """The queues of the units a person acts for today, those due first at the top, those without a term last."""
    held_by, mine = taking.open_takings(session), set(held(session, person, today))
    found = {one.id: one for one in queue.waiting(session, person, today, definition)}
    found |= {one.ticket_id: one.ticket for one in held_by.values() if one.person_id == person.id}
    rows = [_row(one, definition(one), held_by.get(one.id), mine) for one in _by_term(found.values())]
    theirs = [row for row in rows if row.unit]
    return UnitQueue(
        [row for row in theirs if row.taking is not None and row.taking.person_id == person.id],
        [row for row in theirs if row.taking is None],
        [row for row in theirs if row.taking is not None and row.taking.person_id != person.id],
    )


def _by_term(tickets: Iterable[Ticket]) -> list[Ticket]:
    return sorted(tickets, key=lambda one: (one.due or _NEVER, one.id))


def _row(ticket: Ticket, procedure: Procedure, held_by: Taking | None, mine: set[str]) -> Row:
    units = (role for role in taking.units(procedure, ticket) if mine & set(players(procedure, role)))
    return Row(ticket, procedure, next(units, ""), held_by)
