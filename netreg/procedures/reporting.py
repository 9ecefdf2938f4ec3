"""The monthly report: from tickets and letters to the cases of the figures, and the months that are frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg import events
from netreg.office import Office
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, figures, tickets, timing
from netreg.procedures.figures import Case, Count, Frozen, Month, Official, Outcome, Report
from netreg.procedures.letters import VOIDED
from netreg.procedures.models import NOT_DELIVERED, FrozenMonth, Letter
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction

NUMBERS = ("received", "attended", "carried_over", "excluded")
# Ends that are an answer by themselves: the area took its request back, or the coordinator closed it in writing.
CLOSED = ("withdrawn", "unanswered")


def report(session: Session, procedure: str, month: Month, office: Office, now: datetime) -> Report:
    """The report of a month of one procedure; one that was frozen stands, with what changed since beside it."""
    found = list(cases(session, procedure, calendars.current(session, office), now))
    return figures.report(found, month, office.zone, now, frozen(session, procedure, month, office))


def cases(session: Session, procedure: str, calendar: Calendar, now: datetime) -> Iterator[Case]:
    """Every request of the procedure received by `now`, as the figures see it then; `now` may be past."""
    letters: dict[int, list[Letter]] = defaultdict(list)
    for letter in session.scalars(select(Letter)):
        letters[letter.ticket_id].append(letter)
    query = (
        select(Ticket)
        .where(Ticket.procedure == procedure, Ticket.folio.is_not(None))
        .options(selectinload(Ticket.moves), selectinload(Ticket.devices), selectinload(Ticket.area))
    )
    for ticket in session.scalars(query):
        case = _case(session, ticket, letters[ticket.id], calendar, now)
        if case is not None:
            yield case


def _case(session: Session, ticket: Ticket, letters: list[Letter], calendar: Calendar, now: datetime) -> Case | None:
    procedure = tickets.definition(session, ticket)
    receipts = [receipt for receipt in timing.receipts(ticket, procedure) if receipt <= now]
    if not receipts:
        return None
    clock = timing.reading(ticket, procedure, calendar, now)
    stopped = timing.stopped(ticket, procedure)
    return Case(
        folio=str(ticket.folio),
        area=ticket.area.name,
        received=receipts[0],
        attended=_attended(ticket, letters, now),
        outcome=_outcome(ticket),
        rejections=_rejections(ticket),
        elapsed=clock.elapsed if clock and stopped and stopped <= now else None,
        late_reason=ticket.late_reason,
        late_words=ticket.late_words,
        undelivered=any(letter.state == NOT_DELIVERED for letter in letters),
        resubmitted=tuple(receipts[1:]),
        reopened=tuple(at for at in _reopened(ticket, letters) if at <= now),
        pauses=clock.pauses if clock else (),
    )


def _rejections(ticket: Ticket) -> tuple[str, ...]:
    rights = [device.authorisation for device in ticket.devices]
    return tuple(sorted({right.reason_code for right in rights if right.state == quota.REJECTED}))


def _attended(ticket: Ticket, letters: list[Letter], now: datetime) -> datetime | None:
    """When a written answer was delivered for the first time, also one that is void by now (never counted again).

    For one nobody signed for, the note; for a closing in writing, its end. Only what had happened by `now`.
    """
    moments = [_answered(ticket, letter, now) for letter in letters]
    if ticket.outcome in CLOSED:
        moments.append(ticket.closed)
    return min((at for at in moments if at is not None and at <= now), default=None)


def _answered(ticket: Ticket, letter: Letter, now: datetime) -> datetime | None:
    noted = letter.state == NOT_DELIVERED and ticket.closed is not None and ticket.closed <= now
    return ticket.closed if noted else letter.delivered


def _reopened(ticket: Ticket, letters: list[Letter]) -> Iterator[datetime]:
    """When an answer that was out already was declared void."""
    first = min((letter.delivered for letter in letters if letter.delivered), default=None)
    return (move.at for move in ticket.moves if move.answer == VOIDED and first is not None and move.at > first)


def _outcome(ticket: Ticket) -> Outcome | None:
    states = {device.authorisation.state for device in ticket.devices}
    if ticket.outcome in CLOSED:
        return cast("Outcome", ticket.outcome)
    if quota.REQUESTED in states:
        return None
    if states == {quota.REJECTED}:
        return "rejected"
    return "partial" if quota.REJECTED in states else "approved"


# --- frozen months --------------------------------------------------------------------------------------------------


def frozen(session: Session, procedure: str, month: Month, office: Office) -> Frozen | None:
    """The figure of a month as it was at its cut, or None while it is not frozen."""
    row = session.get(FrozenMonth, (procedure, str(month)))
    if row is None:
        return None
    counts = {name: Count(tuple(row.folios[name])) for name in NUMBERS}
    return Frozen.of(Official(month, **counts), row.frozen, office.zone)


def freeze(tx: Transaction, at: datetime) -> list[str]:
    """Write down the figure of every month whose cut has passed and that is not frozen yet; which ones.

    What is written is what was counted at the cut, also where the service was down then and this runs late. Running
    again changes nothing.
    """
    made = []
    for procedure in tx.session.scalars(select(Ticket.procedure).where(Ticket.folio.is_not(None)).distinct()).all():
        for month in _to_freeze(tx, procedure, at):
            _freeze(tx, procedure, month, at)
            made.append(f"{procedure} {month}")
    return made


def _to_freeze(tx: Transaction, procedure: str, at: datetime) -> list[Month]:
    """From the month of the first receipt on; nothing to count where the newest of them is frozen already."""
    kept = set(tx.session.scalars(select(FrozenMonth.month).where(FrozenMonth.procedure == procedure)))
    zone = tx.office.zone
    month, last = Month.of(_first_opened(tx.session, procedure), zone), Month.of(at, zone)
    found = []
    while month < last:
        if month.cut(zone) <= at and str(month) not in kept:
            found.append(month)
        month = month.following
    return found


def _first_opened(session: Session, procedure: str) -> datetime:
    """No later than the first receipt: a request is opened before it is received."""
    first = select(Ticket.opened).where(Ticket.procedure == procedure, Ticket.folio.is_not(None))
    return session.scalars(first.order_by(Ticket.opened).limit(1)).one()


def _freeze(tx: Transaction, procedure: str, month: Month, at: datetime) -> None:
    calendar, cut = calendars.current(tx.session, tx.office), month.cut(tx.office.zone)
    figure = figures.official(cases(tx.session, procedure, calendar, cut), month, tx.office.zone)
    folios = {name: list(getattr(figure, name).folios) for name in NUMBERS}
    tx.session.add(FrozenMonth(procedure=procedure, month=str(month), frozen=at, folios=folios))
    tx.record(
        events.MonthFrozen(
            procedure=procedure,
            month=str(month),
            received=len(figure.received),
            attended=len(figure.attended),
            after=folios,
        )
    )
