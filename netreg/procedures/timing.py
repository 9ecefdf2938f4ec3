"""The clocks of a ticket, read from its moves and from the states of its devices (core workflow, section 11).

The attention clock is the official one: it starts at the first receipt, stands still while the request is back with its
area or waits for nothing but computers the area has not brought, and stops when every device is registered or rejected
(decision X-18). The others are the office's own. Nothing is stored but `due`, to sort by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, object_session

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


class Left(Protocol):
    """A step left behind, as `Move` has it."""

    @property
    def at(self) -> datetime: ...
    @property
    def left(self) -> int: ...
    @property
    def to(self) -> int: ...
    @property
    def answer(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def reason_code(self) -> str | None: ...


class Past(NamedTuple):
    """What happened to one of many requests that are read together: the steps it left, the states of its devices."""

    moves: Sequence[Left]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of a request and what it shows."""

    name: Name
    reading: Reading


# --- attention ------------------------------------------------------------------------------------------------------


def receipts(ticket: Ticket, procedure: Procedure, past: Past | None = None) -> Iterator[datetime]:
    """Every receipt: the first one, and one for each time the request came back corrected."""
    return _receipts(_moves(ticket, past), procedure)


def _receipts(moves: Sequence[Left], procedure: Procedure) -> Iterator[datetime]:
    mark = procedure.sla.clock_start
    return (move.at for move in moves if mark and move.left == mark.step and not beside(procedure, move))


def beside(procedure: Procedure, move: Left) -> bool:
    """Whether a step was left by a way beside the manual's table: then its work was not done."""
    return move.answer in (REOPENED, DUPLICATE) or procedure.extension(move.answer) is not None


def started(ticket: Ticket, procedure: Procedure) -> datetime | None:
    """The first receipt, or None before there is one."""
    return next(receipts(ticket, procedure), None)


def stopped(ticket: Ticket, procedure: Procedure, past: Past | None = None) -> datetime | None:
    """When the last thing the clock waits for happened, or None while it runs."""
    marks = {mark.step for mark in (procedure.sla.clock_stop, *procedure.sla.clock_stop_any) if mark}
    return next((move.at for move in _moves(ticket, past) if move.left in marks), ticket.closed)


def _moves(ticket: Ticket, past: Past | None) -> Sequence[Left]:
    return ticket.moves if past is None else past.moves


def pauses(ticket: Ticket, procedure: Procedure, past: Past | None = None) -> list[Pause]:
    """The stretches in which the attention clock stands still, by when they began.

    `past` is what `pasts` found, where many tickets are read.
    """
    moves, end = _moves(ticket, past), stopped(ticket, procedure, past)
    closed = [pause for pause in _closed(moves) if end is None or pause.start < end]
    back = _returns(moves, _receipt_step(procedure))
    stood = [*back, *_unbound(ticket, past), *_waiting(moves, procedure), *closed]
    return sorted(stood, key=lambda pause: pause.start)


def returns(ticket: Ticket, procedure: Procedure) -> list[Pause]:
    """The stretches in which the request was back with its area, each with the words it was returned with."""
    return list(_returns(ticket.moves, _receipt_step(procedure)))


def _receipt_step(procedure: Procedure) -> int:
    return procedure.sla.clock_start.step if procedure.sla.clock_start else 0


def _returns(moves: Sequence[Left], receipt: int) -> Iterator[Pause]:
    begun: Left | None = None
    for move in moves:
        if move.answer == RETURN and begun is None:
            begun = move
        elif begun is not None and move.left == receipt and move.answer != RETURN:
            yield Pause(begun.at, move.at, begun.note)
            begun = None
    if begun is not None:
        yield Pause(begun.at, None, begun.note)


def _closed(moves: Sequence[Left]) -> Iterator[Pause]:
    """From each end of a request to when it was opened again, with the reason."""
    for ended, opened in pairwise(moves):
        if opened.answer == REOPENED:
            yield Pause(ended.at, opened.at, opened.note, "closed")


def _waiting(moves: Sequence[Left], procedure: Procedure) -> Iterator[Pause]:
    """The stretches at steps at which the definition stops the clock: waiting for supplies that the area buys."""
    begun: Left | None = None
    for move in moves:
        if begun is not None and move.left == begun.to:
            yield Pause(begun.at, move.at, procedure.step(begun.to).es, "waiting")
            begun = None
        if move.to in procedure.sla.pause_steps:
            begun = move
    if begun is not None:
        yield Pause(begun.at, None, procedure.step(begun.to).es, "waiting")


def _unbound(ticket: Ticket, past: Past | None) -> Iterator[Pause]:
    """The stretches in which only computers that nobody brought were missing, each with their names."""
    for wait in binding.waits(_changes(ticket) if past is None else past.changes):
        names = (device.label for device in ticket.devices if device.id in wait.devices)
        yield Pause(wait.start, wait.end, ", ".join(names), "binding")


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
    if session is None or all(device.kind != "computer" for device in ticket.devices):
        return ()
    return changes_of(session, [ticket.id]).get(ticket.id, ())


def changes_of(session: Session, numbers: Sequence[int]) -> Changes:
    """The same of each of many requests, looked up together; those without computers are left out."""
    one_of_them = aliased(Device)
    has_computer = select(one_of_them.id).where(
        one_of_them.ticket_id == Device.ticket_id, one_of_them.kind == "computer"
    )
    query = (
        select(Device.ticket_id, StateChange.at, StateChange.state, Authorisation.device_id)
        .join(Authorisation, Authorisation.id == StateChange.authorisation_id)
        .join(Device, Device.id == Authorisation.device_id)
        .where(has_computer.exists())
        .order_by(StateChange.id)
    )
    found: dict[int, list[Change]] = {}
    for some in chunks(numbers):
        for row in session.execute(query.where(Device.ticket_id.in_(some))):
            found.setdefault(row.ticket_id, []).append(Change(row.at, row.device_id, row.state))
    return found


def pasts(session: Session, numbers: Sequence[int]) -> dict[int, Past]:
    """What happened to each of these requests, without the rows themselves: clocks and figures want no more of them."""
    changes = changes_of(session, numbers)
    reason = Move.reason_code.label("reason_code")
    query = select(Move.ticket_id, Move.at, Move.left, Move.to, Move.answer, Move.note, reason).order_by(Move.id)
    moves: dict[int, list[Left]] = {number: [] for number in numbers}
    for some in chunks(numbers):
        for row in session.execute(query.where(Move.ticket_id.in_(some))):
            moves[row.ticket_id].append(row)
    return {number: Past(of_one, changes.get(number, ())) for number, of_one in moves.items()}


def reading(
    ticket: Ticket, procedure: Procedure, calendar: Calendar, now: datetime, past: Past | None = None
) -> Reading | None:
    """What the attention clock shows, or None before the receipt and for a procedure without a term.

    `past` is what `pasts` found, where many tickets are read.
    """
    start = next(_receipts(_moves(ticket, past), procedure), None)
    if start is None or not procedure.sla.applies:
        return None
    return clocks.read(
        start,
        now,
        calendar,
        answered=stopped(ticket, procedure, past),
        pauses=pauses(ticket, procedure, past),
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
    return ticket.moves[-1] if is_back(ticket, ticket.moves) else None


def is_back(ticket: Ticket, moves: Sequence[Left]) -> bool:
    """Whether the request is back with its area, by the steps it left behind."""
    return ticket.closed is None and bool(moves) and moves[-1].answer == RETURN
