"""Who follows a request that they did not ask for, and so gets the mails that whoever asked for it gets."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import NotAllowed
from netreg.procedures import tickets
from netreg.procedures.desk.models import Follower
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import of_the_area, players
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction


def may_follow(procedure: Procedure, ticket: Ticket, person: Person, mine: Iterable[str]) -> bool:
    """Whether the person is of the request's area, or of a unit that takes part in its procedure."""
    if ticket.sent is None:
        return False
    units = {one for role in procedure.roles if role.kind == "internal" for one in players(procedure, role.id)}
    return of_the_area(ticket, person, mine) or bool(units & set(mine))


def follows(session: Session, ticket: Ticket, person: Person) -> bool:
    return session.get(Follower, (ticket.id, person.id)) is not None


def followers(session: Session, ticket: Ticket) -> list[Person]:
    """Everybody who follows it, by name."""
    query = select(Person).join(Follower, Follower.person_id == Person.id).where(Follower.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(Person.name)))


def follow(tx: Transaction, ticket: Ticket, person: Person) -> None:
    """Follow it from now on; raises NotAllowed for somebody of another area or of no unit that takes part."""
    tx.session.refresh(ticket, with_for_update=True)
    if not may_follow(tickets.definition(tx.session, ticket), ticket, person, held(tx.session, person, tx.today)):
        raise NotAllowed(
            "Siguen una solicitud su área y quienes participan en su trámite.",
            "A request is followed by its area and by those who take part in its procedure.",
        )
    if not follows(tx.session, ticket, person):
        tx.session.add(Follower(ticket_id=ticket.id, person_id=person.id, since=now()))
        tx.record(events.RequestFollowed(ticket=ticket.id, reference=ticket.reference))


def unfollow(tx: Transaction, ticket: Ticket, person: Person) -> None:
    """Follow it no longer; doing so twice changes nothing."""
    row = tx.session.get(Follower, (ticket.id, person.id))
    if row is not None:
        tx.session.delete(row)
        tx.record(events.RequestUnfollowed(ticket=ticket.id, reference=ticket.reference))
