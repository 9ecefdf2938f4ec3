"""What waits for a person: the tickets whose step is theirs to leave, those due first at the top, and in groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from netreg.policy import quota, roles
from netreg.policy.calendar import Calendar
from netreg.procedures import timing
from netreg.procedures.clocks import Reading
from netreg.procedures.procedure import Procedure
from netreg.procedures.standing import plays
from netreg.registry.models import Authorisation, Device, Move, Person, Ticket
from netreg.registry.queries import held
from netreg.store.remembering import Memory, stretch

# Devices that want something of IT while nobody presses a button on their request.
WANTS_IT = frozenset({quota.REQUESTED, quota.AWAITING_BINDING})

OVERDUE, TODAY, SIGN, DELIVER, AREA, REST = "overdue", "today", "sign", "deliver", "area", "rest"
# The order in which a person looks at them.
GROUPS = (OVERDUE, TODAY, SIGN, DELIVER, AREA, REST)
_BY_EFFECT = {"review_letter": SIGN, "deliver_letter": DELIVER, "file_receipt": DELIVER}


class Waiting(NamedTuple):
    """A ticket that waits: its official clock, what its step does, and whether it is back with its area."""

    ticket: Ticket
    clock: Reading | None
    does: str
    returned: bool


class Mark(NamedTuple):
    """What the official clock of a request shows, if it has one, and whether the request is back with its area."""

    clock: Reading | None
    returned: bool


class _Marks(NamedTuple):
    """The marks of requests by their number, as they were in this minute and by this calendar."""

    minute: datetime
    calendar: Calendar
    marks: dict[int, Mark]


_MEMORY: Memory[_Marks] = Memory(Ticket, Move, Device, Authorisation)


def marks(
    session: Session, those: Sequence[Ticket], calendar: Calendar, at: datetime,
    definition: Callable[[Ticket], Procedure],
) -> Mapping[int, Mark]:  # fmt: skip
    """The marks of these requests and perhaps of others, by their number, as they stand in the minute of `at`.

    Everybody of an office opens the page of what waits, over and over: what happened to none is read once a minute.
    """
    seq, known, minute = _MEMORY.changed(session), _MEMORY.recall(session), stretch(at, 1)
    is_true = known is not None and known.seq == seq and known.kept[:2] == (minute, calendar)
    found = dict(known.kept.marks) if known is not None and is_true else {}
    missing = [ticket for ticket in those if ticket.id not in found]
    if missing:
        pasts = timing.pasts(session, [ticket.id for ticket in missing])
        for ticket in missing:
            past = pasts[ticket.id]
            clock = timing.reading(ticket, definition(ticket), calendar, at, past)
            found[ticket.id] = Mark(clock, timing.is_back(ticket, past.moves))
        _MEMORY.keep(session, seq, _Marks(minute, calendar, found))
    return found


def grouped(those: Iterable[Waiting], today: date, calendar: Calendar) -> dict[str, list[Ticket]]:
    """The tickets by group, each in the first that fits, in the order of `GROUPS`; groups without any are left out."""
    found: dict[str, list[Ticket]] = {group: [] for group in GROUPS}
    for one in those:
        found[_group(one, today, calendar)].append(one.ticket)
    return {group: tickets for group, tickets in found.items() if tickets}


def _group(one: Waiting, today: date, calendar: Calendar) -> str:
    state = one.clock.state if one.clock else ""
    if state == "late":
        return OVERDUE
    if one.returned or state == "paused":
        return AREA
    if one.clock and state == "running" and one.clock.due and calendar.local_day(one.clock.due) <= today:
        return TODAY
    return _BY_EFFECT.get(one.does, REST)


def waiting(session: Session, person: Person, today: date, definition: Callable[[Ticket], Procedure]) -> list[Ticket]:
    """The open tickets that wait for this person, by when they are due; those without a term last.

    Nothing that belongs to a ticket is read with it: hundreds may wait, of which a page shows some.
    """
    mine = set(held(session, person, today))
    query = select(Ticket).where(Ticket.closed.is_(None)).order_by(Ticket.due.is_(None), Ticket.due, Ticket.id)
    if not mine - set(roles.OF_AN_AREA):
        query = query.where(or_(Ticket.area_id == person.area_id, Ticket.referred_id == person.area_id))
    return waiting_of(session.scalars(query), person, mine, definition, wanting(session))


def wanting(session: Session) -> set[int]:
    """The numbers of the open tickets with a device that wants something of IT."""
    query = select(Device.ticket_id).join(Authorisation, Authorisation.device_id == Device.id)
    query = query.join(Ticket, Ticket.id == Device.ticket_id).where(Ticket.closed.is_(None))
    return set(session.scalars(query.where(Authorisation.state.in_(WANTS_IT))))


def waiting_of(
    those: Iterable[Ticket],
    person: Person,
    mine: set[str],
    definition: Callable[[Ticket], Procedure],
    wanting_it: Collection[int],
) -> list[Ticket]:
    """Those of these tickets that wait for somebody with the roles `mine`, in the order they come in.

    `wanting_it` is what `wanting` tells.
    """
    return [ticket for ticket in those if _waits(definition(ticket), ticket, mine, person, wanting_it)]


def _waits(procedure: Procedure, ticket: Ticket, mine: set[str], person: Person, wanting_it: Collection[int]) -> bool:
    step = procedure.step(ticket.step)
    if ticket.applicant_id == person.id and step.role == procedure.applicant_role and not step.by_itself:
        return True
    if step.by_itself and ticket.id not in wanting_it:
        return False
    return any(plays(procedure, role, ticket, person, mine) for role in step.actors)
