"""Which requests are counted, and the work that lies open: by the unit whose turn it is, and by person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from netreg.policy import roles
from netreg.procedures import queue, tickets
from netreg.procedures.counting import Count
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Procedure
from netreg.procedures.trends import Workload
from netreg.registry import queries
from netreg.registry.models import Area, Person, Role, Substitution, Ticket


class Scope(NamedTuple):
    """One procedure by its code, or all; one area, or all."""

    procedure: str | None = None
    area: Area | None = None

    @property
    def limits(self) -> list[ColumnElement[bool]]:
        """The same as conditions on tickets."""
        found: list[ColumnElement[bool]] = []
        if self.procedure is not None:
            found.append(Ticket.procedure == self.procedure)
        if self.area is not None:
            found.append(Ticket.area_id == self.area.id)
        return found


def workload(session: Session, scope: Scope, today: date) -> Workload:
    """What was sent and is not closed on that day."""
    query = select(Ticket).where(Ticket.closed.is_(None), Ticket.sent.is_not(None), *scope.limits)
    lying, wanting = {ticket.id: ticket for ticket in session.scalars(query)}, queue.wanting(session)
    units: dict[Said, list[str]] = defaultdict(list)
    procedures = {number: tickets.definition(session, ticket) for number, ticket in lying.items()}
    for number, ticket in lying.items():
        units[_unit(procedures[number], ticket)].append(ticket.reference)
    people: dict[str, list[str]] = defaultdict(list)
    staff = _staff(session, today)
    held = queries.held_by(session, staff, today)
    for person in staff:
        waiting = queue.waiting_of(
            lying.values(), person, set(held[person.id]), lambda one: procedures[one.id], wanting
        )
        people[person.name] += [ticket.reference for ticket in waiting]
    return Workload(
        open=_count(ticket.reference for ticket in lying.values()),
        by_unit={unit: _count(units[unit]) for unit in sorted(units, key=lambda unit: unit.es)},
        by_person={name: _count(people[name]) for name in sorted(people) if people[name]},
    )


def _unit(procedure: Procedure, ticket: Ticket) -> Said:
    role = procedure.role(procedure.step(ticket.step).role)
    return Said(es=role.es, en=role.en)


def _staff(session: Session, today: date) -> list[Person]:
    """Who works on other people's requests; what waits for an area is its own to see."""
    of_the_house = Role.name.not_in(roles.OF_AN_AREA)
    standing_in = select(Substitution.person_id).where(
        Substitution.first <= today, Substitution.last >= today, Substitution.role.not_in(roles.OF_AN_AREA)
    )
    query = queries.people_by_mail().where(
        Person.active, or_(Person.roles.any(of_the_house), Person.id.in_(standing_in))
    )
    return list(session.scalars(query.options(selectinload(Person.roles))))


def _count(references: Iterable[str]) -> Count:
    return Count(tuple(sorted(set(references))))
