"""The buttons a person has before a ticket: what they may do there now, drawn from its definition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy.orm import Session

from netreg.errors import NotAllowed
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Column, Procedure, Step
from netreg.procedures.standing import standing
from netreg.registry.models import Person, Ticket

FINISH = Said(es="Concluir este paso", en="Finish this step")


@dataclass(frozen=True, slots=True)
class Action:
    """One button: an answer to the step, or one of the ways the manual's table lacks (those want words)."""

    kind: Literal["answer", "extension"]
    id: str
    button: Said
    asks: tuple[Column, ...] = ()
    absent: str = ""

    @property
    def is_no(self) -> bool:
        """Whether it sends the request back; what moves it on is offered first."""
        return self.id == "no"


def actions(session: Session, procedure: Procedure, ticket: Ticket, person: Person, today: date) -> list[Action]:
    """Everything this person may do with this ticket now; nothing when it is closed."""
    return [] if ticket.closed else [*_answers(session, procedure, ticket, person, today)]


def may_leave(session: Session, ticket: Ticket, procedure: Procedure, person: Person, today: date) -> bool:
    """Whether the step that the ticket is at is this person's to leave."""
    step = procedure.step(ticket.step)
    return not step.by_itself and may_act(session, ticket, procedure, step, person, today)


def may_act(session: Session, ticket: Ticket, procedure: Procedure, step: Step, person: Person, today: date) -> bool:
    """Whether this person has one of the roles of a step."""
    return _standing(session, ticket, procedure, step.actors, person, today) is not None


def _answers(session: Session, procedure: Procedure, ticket: Ticket, person: Person, today: date) -> Iterator[Action]:
    step = procedure.step(ticket.step)
    who = None if step.by_itself else _standing(session, ticket, procedure, step.actors, person, today)
    if who is not None:
        ways = [(way.on, way.button) for way in step.transitions if not way.by_work] or [("else", None)]
        asks = procedure.asks_at(step.n) if step.n > 1 else step.asks
        yield from (Action("answer", on, button or step.button or FINISH, asks, who) for on, button in ways)
    for one in procedure.extensions:
        absent = _standing(session, ticket, procedure, one.by, person, today) if step.n in one.from_ else None
        if absent is not None:
            yield Action("extension", one.id, one.button or one, absent=absent)


def _standing(
    session: Session, ticket: Ticket, procedure: Procedure, roles: tuple[str, ...], person: Person, today: date
) -> str | None:
    """For whom the person would act (empty: themselves), or None when they may not."""
    for role in roles:
        with suppress(NotAllowed):
            return standing(session, ticket, procedure, role, person, today).absent
    return None
