"""The attention clock of a ticket, read from its moves (core workflow, section 11; decision X-18).

It starts at the first receipt, stands still while the request is back with its area, and stops when every device is
registered or rejected. Nothing is stored but `due`, to sort by.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from netreg.policy.calendar import Calendar
from netreg.procedures import clocks
from netreg.procedures.clocks import Pause, Reading
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Move, Ticket

RETURN = "return_for_correction"


def receipts(ticket: Ticket, procedure: Procedure) -> Iterator[datetime]:
    """Every receipt: the first one, and one for each time the request came back corrected."""
    mark = procedure.sla.clock_start
    return (move.at for move in ticket.moves if mark and move.left == mark.step and move.answer != RETURN)


def started(ticket: Ticket, procedure: Procedure) -> datetime | None:
    """The first receipt, or None before there is one."""
    return next(receipts(ticket, procedure), None)


def stopped(ticket: Ticket, procedure: Procedure) -> datetime | None:
    """When the last thing the clock waits for happened, or None while it runs."""
    marks = {mark.step for mark in (procedure.sla.clock_stop, *procedure.sla.clock_stop_any) if mark}
    return next((move.at for move in ticket.moves if move.left in marks), ticket.closed)


def pauses(ticket: Ticket, procedure: Procedure) -> list[Pause]:
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


def reading(ticket: Ticket, procedure: Procedure, calendar: Calendar, now: datetime) -> Reading | None:
    """What the clock shows, or None before the receipt and for a procedure without a term."""
    start = started(ticket, procedure)
    if start is None or not procedure.sla.applies:
        return None
    return clocks.read(
        start,
        now,
        calendar,
        answered=stopped(ticket, procedure),
        pauses=pauses(ticket, procedure),
        counting=procedure.sla.counting,
        hours=procedure.sla.max_hours,
    )
