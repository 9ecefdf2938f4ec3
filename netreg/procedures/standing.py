"""Whether a person may act in a role of a ticket today, in their own right or for somebody who is absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from netreg.errors import NotAllowed
from netreg.policy import roles
from netreg.procedures.outside.models import Contact
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held

# Nobody reviews, decides or signs what they asked for or will use (core workflow, section 2).
JUDGES = frozenset({roles.COORDINATOR, roles.IT})


@dataclass(frozen=True, slots=True)
class Standing:
    """Who acts. `person` is None for the operator at the server's own console; `absent` is whom they stand in for."""

    person: Person | None
    absent: str = ""


def standing(
    session: Session, ticket: Ticket, procedure: Procedure, role: str, person: Person | None, today: date
) -> Standing:
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
    for found in _rights(session, ticket, procedure, role, person, today):
        return found
    raise NotAllowed("Este paso no le corresponde.", "This step is not yours.", code="not_your_step")


def asks_for(session: Session, ticket: Ticket, person: Person, today: date) -> bool:
    """Whether a request is this person's to fill in: of their area, or written by them for somebody who walked in.

    Nobody else sees it before it is sent.
    """
    mine = held(session, person, today)
    return of_the_area(ticket, person, mine) or _entered(session, ticket, person, mine)


def _entered(session: Session, ticket: Ticket, person: Person, mine: Collection[str]) -> bool:
    """Whether somebody of the house wrote the request for whoever asks, or corrects for who sent it from outside."""
    wrote = person.id == ticket.applicant_id or person.email == ticket.entered_by
    from_outside = set(mine) - set(roles.OF_AN_AREA) and session.get(Contact, ticket.id) is not None
    return (wrote or bool(from_outside)) and roles.may(mine, "requests.file")


def of_the_area(ticket: Ticket, person: Person, mine: Iterable[str]) -> bool:
    """Whether a person with the roles `mine` acts for the area of the request."""
    return person.area_id == ticket.area_id and bool(set(mine) & set(roles.OF_AN_AREA))


def concerns(ticket: Ticket, person: Person) -> bool:
    """Whether the person asked for this or will use one of the devices."""
    holders = {device.holder.casefold() for device in ticket.devices}
    return person.id == ticket.applicant_id or person.name.casefold() in holders


def players(procedure: Procedure, role: str) -> tuple[str, ...]:
    """The accounts that play a procedure's role: the people of an area, those of the account of its name, or nobody.

    Of an applicant the area is that of the request, of another unit the one it was referred to. Whoever is outside of
    the town hall has no account: what they do is recorded for them.
    """
    kind = _kind(procedure, role)
    if kind == "internal":
        return (role,)
    return () if kind == "external" else roles.OF_AN_AREA


def _kind(procedure: Procedure, role: str) -> str:
    """What kind of role it is; one that the definition does not name, such as who opens again, is the office's own."""
    return procedure.kinds.get(role, "internal")


def takes_part(procedure: Procedure, mine: Collection[str]) -> bool:
    """Whether a request of the procedure is the business of somebody with the roles `mine`: of whoever is nothing but a
    unit, only where that unit has a step.
    """
    if set(mine) - set(roles.UNITS):
        return True
    return bool(set(mine) & {role for step in procedure.steps for role in step.actors})


def plays(procedure: Procedure, role: str, ticket: Ticket, person: Person, mine: Collection[str]) -> set[str]:
    """Which of the roles that the person has, `mine`, make them this role of the ticket."""
    area = ticket.area_id if _kind(procedure, role) == "applicant" else ticket.referred_id
    return {
        name for name in players(procedure, role)
        if name in mine and (name not in roles.OF_AN_AREA or (area is not None and person.area_id == area))
    }  # fmt: skip


def _rights(
    session: Session, ticket: Ticket, procedure: Procedure, role: str, person: Person, today: date
) -> Iterator[Standing]:
    mine = held(session, person, today)
    if role == procedure.applicant_role and _entered(session, ticket, person, mine):
        yield Standing(person)
    for name in sorted(plays(procedure, role, ticket, person, mine)):
        yield Standing(person, mine[name])
