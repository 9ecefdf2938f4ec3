"""Whether a person may act in a role of a ticket today, in their own right or for somebody who is absent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from netreg.errors import NotAllowed
from netreg.policy import roles
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held

# Nobody reviews, decides or signs what they asked for or will use (core workflow, section 2).
APPLICANT = "applicant"
JUDGES = frozenset({roles.COORDINATOR, roles.IT})


@dataclass(frozen=True, slots=True)
class Standing:
    """Who acts. `person` is None for the operator at the server's own console; `absent` is whom they stand in for."""

    person: Person | None
    absent: str = ""


def standing(session: Session, ticket: Ticket, role: str, person: Person | None, today: date) -> Standing:
    """The right of `person` to act as `role` of this ticket; raises NotAllowed."""
    if person is None:
        return Standing(None)
    if role in JUDGES and concerns(ticket, person):
        raise NotAllowed(
            "Nadie revisa, decide ni firma lo que pidió o lo que va a usar.",
            "Nobody reviews, decides or signs what they asked for or will use.",
            code="own_request",
            hint="Lo hace la persona suplente.",
            hint_en="The substitute does it.",
        )
    for found in _rights(session, ticket, role, person, today):
        return found
    raise NotAllowed("Este paso no le corresponde.", "This step is not yours.", code="not_your_step")


def asks_for(session: Session, ticket: Ticket, person: Person, today: date) -> bool:
    """Whether a request is this person's to fill in: of their area, or written by them for somebody who walked in.

    Nobody else sees it before it is sent.
    """
    mine = held(session, person, today)
    of_the_area = person.area_id == ticket.area_id and bool(mine.keys() & set(roles.OF_AN_AREA))
    return of_the_area or (person.id == ticket.applicant_id and roles.may(mine, "requests.ask"))


def concerns(ticket: Ticket, person: Person) -> bool:
    """Whether the person asked for this or will use one of the devices."""
    holders = {device.holder.casefold() for device in ticket.devices}
    return person.id == ticket.applicant_id or person.name.casefold() in holders


def _rights(session: Session, ticket: Ticket, role: str, person: Person, today: date) -> Iterator[Standing]:
    mine = held(session, person, today)
    if role == APPLICANT and asks_for(session, ticket, person, today):
        yield Standing(person)
    for name in roles.players(role):
        if name in mine and (name not in roles.OF_AN_AREA or person.area_id == ticket.area_id):
            yield Standing(person, mine[name])
