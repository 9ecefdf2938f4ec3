"""Which requests a person may see, at the pages and through a program alike."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.policy import roles
from netreg.procedures import standing
from netreg.procedures.opened import opened_with
from netreg.procedures.outside.models import Contact
from netreg.registry import queries
from netreg.registry.models import Definition, Person, Ticket


def visible(session: Session, person: Person, mine: Collection[str]) -> ColumnElement[bool]:
    """Those without the drafts of other people's areas, and without what is no business of a unit; `mine` are the roles
    that the person has today.
    """
    sent = and_(Ticket.sent.is_not(None), _concerned(session, mine))
    return or_(sent, _asked_by(person, mine))


def listed(
    session: Session, area: int | None, person: Person, mine: Collection[str], status: str | None = None
) -> Select[Ticket]:
    """The query for them, in the order of a list. `area` is the one whose requests they see; None: those of all."""
    return queries.tickets_of(area, status).where(visible(session, person, mine))


def found(session: Session, reference: str, area: int | None, person: Person, mine: Collection[str]) -> Ticket:
    """The request of this folio or number of sending; raises NotFound where there is none or the person may not see it.

    `area` is the one whose requests they see; None: those of all.
    """
    ticket = queries.ticket(session, reference, area)
    query = select(Ticket.id).where(Ticket.id == ticket.id, visible(session, person, mine))
    if session.scalar(query) is None:
        raise NotFound("No existe ese folio.", "There is no such request.")
    return ticket


def _concerned(session: Session, mine: Collection[str]) -> ColumnElement[bool]:
    """The requests of procedures in which somebody with the roles `mine` takes part, by the text they run by."""
    if set(mine) - set(roles.UNITS):
        return true()
    kept = session.execute(select(Definition.code, Definition.sha256)).all()
    taken = [sha256 for code, sha256 in kept if standing.takes_part(opened_with(session, code, sha256), mine)]
    return Ticket.definition.in_(taken)


def _asked_by(person: Person, mine: Collection[str]) -> ColumnElement[bool]:
    """Those that are the person's to fill in: `standing.asks_for`, of all requests at once."""
    theirs: list[ColumnElement[bool]] = [false()]
    if set(mine) & set(roles.OF_AN_AREA):
        theirs.append(Ticket.area_id == person.area_id)
    if roles.may(mine, "requests.file"):
        theirs += [Ticket.applicant_id == person.id, Ticket.entered_by == person.email]
        if set(mine) - set(roles.OF_AN_AREA):
            theirs.append(Ticket.id.in_(select(Contact.ticket_id)))
    return or_(*theirs)
