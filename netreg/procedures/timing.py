"""The clocks of a ticket, read from its moves and from the states of its devices (core workflow, section 11).

The attention clock is the official one: it starts at the first receipt, stands still while the request is back with its
area or waits for nothing but computers the area has not brought, and stops when every device is registered or rejected
(decision X-18). The others are the office's own. Nothing is stored but `due`, to sort by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from netreg.notices import DUPLICATE, REOPENED
from netreg.office import Office
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import binding, clocks
from netreg.procedures.binding import Change
from netreg.procedures.clocks import Pause, Reading
from netreg.procedures.models import Letter
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Authorisation, Device, Move, StateChange, Ticket
from netreg.store.chunks import chunks

RETURN = "return_for_correction"
TURN_OVER = "turn_over"
DAY = 24
BRING_DAYS = 5

# Every state of the devices of tickets, by the ticket's number.
Changes = Mapping[int, Sequence[Change]]
Name = Literal["attention", "response", "turn", "receipt", "correction"]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of a request and what it shows."""

    name: Name
    reading: Reading


# --- attention ------------------------------------------------------------------------------------------------------


def receipts(ticket: Ticket, procedure: Procedure) -> Iterator[datetime]:
    """Every receipt: the first one, and one for each time the request came back corrected."""
    mark = procedure.sla.clock_start
    return (move.at for move in ticket.moves if mark and move.left == mark.step and not beside(procedure, move))


def beside(procedure: Procedure, move: Move) -> bool:
    """Whether a step was left by a way beside the manual's table: then its work was not done."""
    return move.answer in (REOPENED, DUPLICATE) or procedure.extension(move.answer) is not None


def started(ticket: Ticket, procedure: Procedure) -> datetime | None:
    """The first receipt, or None before there is one."""
    return next(receipts(ticket, procedure), None)


def stopped(ticket: Ticket, procedure: Procedure) -> datetime | None:
    """When the last thing the clock waits for happened, or None while it runs."""
    marks = {mark.step for mark in (procedure.sla.clock_stop, *procedure.sla.clock_stop_any) if mark}
    return next((move.at for move in ticket.moves if move.left in marks), ticket.closed)


def pauses(ticket: Ticket, procedure: Procedure, known: Changes | None = None) -> list[Pause]:
    """The stretches in which the attention clock stands still, by when they began.

    `known` is what `changes_of` found, where many tickets are read.
    """
    end = stopped(ticket, procedure)
    closed = [pause for pause in _closed(ticket.moves) if end is None or pause.start < end]
    stood = [*returns(ticket, procedure), *_unbound(ticket, known), *_waiting(ticket.moves, procedure), *closed]
    return sorted(stood, key=lambda pause: pause.start)


def returns(ticket: Ticket, procedure: Procedure) -> list[Pause]:
    """The stretches in which the request was back with its area, each with the words it was returned with."""
    return list(_returns(ticket.moves, procedure.sla.clock_start.step if procedure.sla.clock_start else 0))


def _returns(moves: list[Move], receipt: int) -> Iterator[Pause]:
    begun: Move | None = None
    for move in moves:
        if move.answer == RETURN and begun is None:
            begun = move
        elif begun is not None and move.left == receipt and move.answer != RETURN:
            yield Pause(begun.at, move.at, begun.note)
            begun = None
    if begun is not None:
        yield Pause(begun.at, None, begun.note)


def _closed(moves: list[Move]) -> Iterator[Pause]:
    """From each end of a request to when it was opened again, with the reason."""
    for ended, opened in pairwise(moves):
        if opened.answer == REOPENED:
            yield Pause(ended.at, opened.at, opened.note, "closed")


def _waiting(moves: list[Move], procedure: Procedure) -> Iterator[Pause]:
    """The stretches at steps at which the definition stops the clock: waiting for supplies that the area buys."""
    begun: Move | None = None
    for move in moves:
        if begun is not None and move.left == begun.to:
            yield Pause(begun.at, move.at, procedure.step(begun.to).es, "waiting")
            begun = None
        if move.to in procedure.sla.pause_steps:
            begun = move
    if begun is not None:
        yield Pause(begun.at, None, procedure.step(begun.to).es, "waiting")


def _unbound(ticket: Ticket, known: Changes | None) -> Iterator[Pause]:
    """The stretches in which only computers that nobody brought were missing, each with their names."""
    names = {device.id: device.label for device in ticket.devices}
    for wait in binding.waits(_changes(ticket) if known is None else known.get(ticket.id, ())):
        yield Pause(wait.start, wait.end, ", ".join(names[number] for number in wait.devices), "binding")


def unbrought(ticket: Ticket, calendar: Calendar, now: datetime) -> list[Device]:
    """The approved computers that the area has not brought for five working days (core workflow, section 4)."""
    since = {change.device: change.at for change in _changes(ticket) if change.state == quota.AWAITING_BINDING}
    return [
        device
        for device in ticket.devices
        if device.authorisation.state == quota.AWAITING_BINDING
        and device.id in since
        and calendar.add_working_day_hours(since[device.id], BRING_DAYS * DAY) <= now
    ]


def _changes(ticket: Ticket) -> Sequence[Change]:
    """Every state of its devices; nothing for a request without computers, which never waits for one."""
    session = object_session(ticket)
    return changes_of(session, [ticket]).get(ticket.id, ()) if session else ()


def changes_of(session: Session, tickets: Iterable[Ticket]) -> Changes:
    """The same of many requests, by their number, looked up together."""
    numbers = [one.id for one in tickets if any(device.kind == "computer" for device in one.devices)]
    query = (
        select(Device.ticket_id, StateChange.at, StateChange.state, Authorisation.device_id)
        .join(Authorisation, Authorisation.id == StateChange.authorisation_id)
        .join(Device, Device.id == Authorisation.device_id)
        .order_by(StateChange.id)
    )
    found: dict[int, list[Change]] = {}
    for some in chunks(numbers):
        for row in session.execute(query.where(Device.ticket_id.in_(some))):
            found.setdefault(row.ticket_id, []).append(Change(row.at, row.device_id, row.state))
    return found


def reading(
    ticket: Ticket, procedure: Procedure, calendar: Calendar, now: datetime, known: Changes | None = None
) -> Reading | None:
    """What the attention clock shows, or None before the receipt and for a procedure without a term.

    `known` is what `changes_of` found, where many tickets are read.
    """
    start = started(ticket, procedure)
    if start is None or not procedure.sla.applies:
        return None
    return clocks.read(
        start,
        now,
        calendar,
        answered=stopped(ticket, procedure),
        pauses=pauses(ticket, procedure, known),
        counting=procedure.sla.counting,
        hours=procedure.sla.max_hours,
    )


# --- the office's own -----------------------------------------------------------------------------------------------


def internal(
    ticket: Ticket, procedure: Procedure, letter: Letter | None, calendar: Calendar, office: Office, now: datetime
) -> list[Clock]:
    """The clocks that have begun besides the official one, by their targets in the settings."""
    found: tuple[tuple[Name, Reading | None], ...] = (
        ("turn", turn(ticket, procedure, calendar, office.clocks.turn_hours, now)),
        ("response", response(ticket, procedure, letter, calendar, office.clocks.response_days, now)),
        ("receipt", receipt(ticket, letter, calendar, office.clocks.receipt_days, now)),
        ("correction", correction(ticket, procedure, calendar, office.clocks.correction_days, now)),
    )
    return [Clock(name, shown) for name, shown in found if shown is not None]


def turn(ticket: Ticket, procedure: Procedure, calendar: Calendar, hours: int, now: datetime) -> Reading | None:
    """From the newest receipt to when the coordinator left the step after it, in office hours."""
    step = next((step.n for step in procedure.steps if step.does == TURN_OVER), 0)
    start = max(receipts(ticket, procedure), default=None)
    if start is None or not step:
        return None
    left = next((move.at for move in ticket.moves if move.left == step and move.at >= start), ticket.closed)
    return clocks.read(start, now, calendar, answered=left, hours=hours, counting="business_hours", marks=())


def response(
    ticket: Ticket, procedure: Procedure, letter: Letter | None, calendar: Calendar, days: int, now: datetime
) -> Reading | None:
    """From the first receipt to the delivery of the answer; it stands still while the request is back with its area."""
    start = started(ticket, procedure)
    if start is None:
        return None
    answered = (letter.delivered if letter else None) or ticket.closed
    stood = returns(ticket, procedure)
    return clocks.read(start, now, calendar, answered=answered, pauses=stood, hours=days * DAY, marks=())


def receipt(
    ticket: Ticket, letter: Letter | None, calendar: Calendar, days: tuple[int, ...], now: datetime
) -> Reading | None:
    """From the delivery to the signed copy; its marks are the reminders, in hours."""
    if letter is None or letter.delivered is None:
        return None
    answered = letter.acknowledged or ticket.closed
    marks = tuple(day * DAY for day in days)
    return clocks.read(letter.delivered, now, calendar, answered=answered, hours=max(marks), marks=marks)


def correction(ticket: Ticket, procedure: Procedure, calendar: Calendar, days: int, now: datetime) -> Reading | None:
    """How long the request has been back with its area, or None where it is not."""
    since = returned(ticket)
    return clocks.read(since.at, now, calendar, hours=days * DAY, marks=()) if since else None


def returned(ticket: Ticket) -> Move | None:
    """The move with which the request went back to its area, while it is there."""
    last = ticket.moves[-1] if ticket.moves and ticket.closed is None else None
    return last if last is not None and last.answer == RETURN else None
