"""From requests, their moves and letters to the cases that the figures count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from netreg.letters.values import PARTIAL
from netreg.notices import DUPLICATE, REOPENED
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import grounds, settled, tickets, timing
from netreg.procedures.clocks import Reading
from netreg.procedures.counting import EXCLUDED, Case, Excluded, Outcome
from netreg.procedures.lead_times import came_in_time
from netreg.procedures.letters import VOIDED
from netreg.procedures.models import NOT_DELIVERED, VOID, Letter
from netreg.procedures.procedure import ELSE, Procedure
from netreg.procedures.settled import Found
from netreg.procedures.timing import Past
from netreg.procedures.workload import Scope
from netreg.registry.models import Area, Device, Ticket
from netreg.store.chunks import chunks

# Ends that are an answer by themselves: the area took its request back, or the coordinator closed it in writing.
CLOSED = ("withdrawn", "unanswered")
# Senses of an answer, and ends without one, that refuse what was asked.
REFUSALS = ("quota", "other")
REFUSED = ("rejected", "refused")
# What is read beside each request; its moves are many, and read without the rows themselves (`timing.pasts`).
_TOLD_OF = (
    selectinload(Ticket.devices).selectinload(Device.authorisation),
    selectinload(Ticket.operations), selectinload(Ticket.area),
)  # fmt: skip


def as_of(
    session: Session,
    procedure: str | None,
    calendar: Calendar,
    now: datetime,
    area: Area | None = None,
    since: datetime | None = None,
) -> Iterator[Case]:
    """Every request received by `now`, as the figures see it then; `now` may be past.

    Those of one procedure or, for None, of all; those of one area or of all; without those that ended before `since`.
    """
    numbers = list(session.scalars(_received(procedure, area, since)))
    return (one.case for one in _counted(session, numbers, calendar, now).values() if one.case is not None)


def present(
    session: Session, scope: Scope, calendar: Calendar, now: datetime, since: datetime | None = None
) -> Iterator[Case]:
    """The same as they are at present, which is what `now` says; of those that nothing happened to as it was found."""
    numbers = session.scalars(_received(scope.procedure, scope.area, since)).all()
    return settled.cases(session, calendar, now, numbers, lambda those: _counted(session, those, calendar, now))


def _received(procedure: str | None, area: Area | None, since: datetime | None) -> Select[int]:
    query = select(Ticket.id).where(Ticket.folio.is_not(None), *Scope(procedure, area).limits).order_by(Ticket.id)
    return query if since is None else query.where(Ticket.closed.is_(None) | (Ticket.closed >= since))


def _counted(session: Session, numbers: Sequence[int], calendar: Calendar, now: datetime) -> dict[int, Found]:
    """The case of each of these requests; a part at a time, since all with their moves would fill the memory."""
    found: dict[int, Found] = {}
    for part in chunks(numbers):
        letters: dict[int, list[Letter]] = defaultdict(list)  # the answers
        for letter in session.scalars(select(Letter).where(Letter.produced_id.is_(None), Letter.ticket_id.in_(part))):
            letters[letter.ticket_id].append(letter)
        pasts = timing.pasts(session, part)
        for ticket in session.scalars(select(Ticket).where(Ticket.id.in_(part)).options(*_TOLD_OF)).all():
            past, answers = pasts[ticket.id], letters[ticket.id]
            case = _case(session, ticket, answers, calendar, now, past)
            found[ticket.id] = Found(case, _stands(ticket, answers, past, now))
    return found


def _stands(ticket: Ticket, letters: list[Letter], past: Past, now: datetime) -> bool:
    """Whether all that is written down of a request has happened: a case tells nothing but what had by its hour."""
    moments = [ticket.received, ticket.closed, *(letter.delivered for letter in letters)]
    moments += [*(move.at for move in past.moves), *(change.at for change in past.changes)]
    return all(at is None or at <= now for at in moments)


def _case(
    session: Session, ticket: Ticket, letters: list[Letter], calendar: Calendar, now: datetime, past: Past
) -> Case | None:
    procedure = tickets.definition(session, ticket)
    receipts = [receipt for receipt in _receipts(ticket, procedure, past) if receipt <= now]
    if not receipts:
        return None
    clock = timing.reading(ticket, procedure, calendar, now, past)
    attended = _attended(ticket, procedure, letters, now, past)
    spent = _spent(receipts[0], attended, calendar)
    outcome = _outcome(ticket, letters)
    return Case(
        folio=str(ticket.folio),
        area=ticket.area.name,
        received=receipts[0],
        attended=attended,
        outcome=outcome,
        rejections=_rejections(ticket, procedure, outcome, past),
        returned=tuple(
            (move.at, code) for move, code in grounds.given(past.moves, procedure, "return") if move.at <= now
        ),
        elapsed=_elapsed(clock, timing.stopped(ticket, procedure, past), now) if clock else spent,
        late_reason=ticket.late_reason,
        late_words=ticket.late_words,
        excluded=_excluded(ticket, now),
        undelivered=any(letter.state == NOT_DELIVERED for letter in letters),
        resubmitted=tuple(receipts[1:]),
        reopened=tuple(at for at in _reopened(past, letters) if at <= now),
        pauses=clock.pauses if clock else (),
        procedure=ticket.procedure,
        term=procedure.sla.max_hours if procedure.sla.applies else None,
        # The day that counts is the one the form has now, and what came corrected is judged by its newest receipt.
        in_time=came_in_time(procedure, ticket.form, receipts[-1], calendar),
    )


def _excluded(ticket: Ticket, now: datetime) -> Excluded | None:
    """Why it counts nowhere, once it has ended so."""
    ended = ticket.closed is not None and ticket.closed <= now
    return next((one for one in EXCLUDED if ended and one == ticket.outcome), None)


def _receipts(ticket: Ticket, procedure: Procedure, past: Past) -> list[datetime]:
    """Every receipt; of a procedure without an official clock the one that its folio was given at."""
    return list(timing.receipts(ticket, procedure, past)) or ([ticket.received] if ticket.received else [])


def _elapsed(clock: Reading, stopped: datetime | None, now: datetime) -> timedelta | None:
    """What the official clock showed when it stopped."""
    return clock.elapsed if stopped and stopped <= now else None


def _spent(received: datetime, attended: datetime | None, calendar: Calendar) -> timedelta | None:
    """Without an official clock: working days from the receipt to the answer, with nothing taken off."""
    return calendar.between(received, attended, "working_day_hours") if attended else None


def _rejections(ticket: Ticket, procedure: Procedure, outcome: Outcome | None, past: Past) -> tuple[str, ...]:
    """The codes given; a request that was refused as a whole has a cause, even where nobody gave it a code."""
    rights = [device.authorisation for device in ticket.devices]
    codes = {right.reason_code for right in rights if right.state == quota.REJECTED}
    if not codes and outcome == "rejected":
        codes = {code for _move, code in [*grounds.given(past.moves, procedure, "rejection")][-1:]} or {grounds.UNCODED}
    return tuple(sorted(codes))


def _attended(
    ticket: Ticket, procedure: Procedure, letters: list[Letter], now: datetime, past: Past
) -> datetime | None:
    """When a written answer was delivered for the first time, also one that is void by now (never counted again).

    For one nobody signed for, the note; where its procedure writes no answer, when its last step was done for the first
    time, however often it was opened again; for what was withdrawn, its end, unless it was opened again. Only what had
    happened by `now`.
    """
    moments = [_answered(ticket, letter, now) for letter in letters]
    moments += [ticket.closed, *_done(past, procedure)]
    return min((at for at in moments if at is not None and at <= now), default=None)


def _done(past: Past, procedure: Procedure) -> Iterator[datetime]:
    """When an end of the definition was reached and done."""
    ends = {step.n for step in procedure.steps if step.kind == "end"}
    return (move.at for move in past.moves if move.to == 0 and move.left in ends and move.answer == ELSE)


def _answered(ticket: Ticket, letter: Letter, now: datetime) -> datetime | None:
    noted = letter.state == NOT_DELIVERED and ticket.closed is not None and ticket.closed <= now
    return ticket.closed if noted else letter.delivered


def _reopened(past: Past, letters: list[Letter]) -> Iterator[datetime]:
    """When an answer that was out already was declared void, and when a closed request was opened again."""
    first = min((letter.delivered for letter in letters if letter.delivered), default=None)
    for before, move in pairwise(past.moves):
        voided = move.answer == VOIDED and first is not None and move.at > first
        # What was closed as a duplicate by mistake was never answered.
        if voided or (move.answer == REOPENED and before.answer != DUPLICATE):
            yield move.at


def _outcome(ticket: Ticket, letters: list[Letter]) -> Outcome | None:
    if ticket.outcome in CLOSED:
        return cast("Outcome", ticket.outcome)
    if not ticket.devices and not ticket.operations:
        return _sense(ticket, letters)
    states = {device.authorisation.state for device in ticket.devices}
    if quota.REQUESTED in states:
        return None
    if states == {quota.REJECTED}:
        return "rejected"
    return "partial" if quota.REJECTED in states else "approved"


def _sense(ticket: Ticket, letters: list[Letter]) -> Outcome | None:
    """What was decided of a request that is not about devices: what its answer says, or how it ended."""
    sense = next((letter.sense for letter in reversed(letters) if letter.state != VOID), "")
    if sense == PARTIAL:
        return "partial"
    if sense in REFUSALS or ticket.outcome in REFUSED:
        return "rejected"
    return "approved" if sense or ticket.closed else None
