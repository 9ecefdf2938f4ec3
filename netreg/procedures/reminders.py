"""Reminders by mail: a term that ends soon or has ended, a copy nobody signed, a request nobody corrected.

The timetable looks at every open request and owes each reminder once: its delivery names the request, the kind, the
move it counts from and the person, and stays in the table whatever became of it. So a restart repeats nothing. When it
goes out it is looked at again: nobody is reminded of what has been done meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import notices
from netreg.notices import APPROACHING, NOTICE, OVERDUE, STILL_UNSIGNED, UNBROUGHT, UNCORRECTED, UNSIGNED
from netreg.office import Office
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, letters, tickets, timing
from netreg.procedures.notices import Notice, audience_of, facts
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Move, Person, Ticket
from netreg.store import outbox
from netreg.store.outbox import Delivery
from netreg.store.transaction import Transaction

LEFT = timedelta(hours=24)
# What the step does whose leaving hands the letter over.
DELIVER = "deliver_letter"
_NAME = re.compile(r"r(?P<ticket>[0-9]+):(?P<kind>[a-z_]+):(?P<move>[0-9]+):(?P<person>[0-9]+)", re.ASCII)


def names(target: str) -> bool:
    """Whether a delivery of this name is a reminder; those of moves begin with a number."""
    return _NAME.fullmatch(target) is not None


# --- owing ----------------------------------------------------------------------------------------------------------


def owe(tx: Transaction, at: datetime) -> None:
    """Owe every reminder that has become due and was never owed; none where the office sends no mail."""
    if not tx.office.mail:
        return
    calendar = calendars.current(tx.session, tx.office)
    for ticket in tx.session.scalars(select(Ticket).where(Ticket.closed.is_(None)).order_by(Ticket.id)).all():
        for kind, move in _due(tx.session, ticket, calendar, tx.office, at):
            _owe_once(tx, ticket, f"r{ticket.id}:{kind}:{move.id}:", kind, at)


def _owe_once(tx: Transaction, ticket: Ticket, name: str, kind: str, at: datetime) -> None:
    told = select(Delivery.id).where(Delivery.kind == NOTICE, Delivery.target.startswith(name, autoescape=True))
    if tx.session.scalar(told.limit(1)) is not None:
        return
    today = at.astimezone(tx.office.zone).date()
    for audience in notices.audiences(kind):
        for person in audience_of(tx.session, ticket, audience, today):
            outbox.owe(tx.session, NOTICE, f"{name}{person.id}", at)


def _due(
    session: Session, ticket: Ticket, calendar: Calendar, office: Office, at: datetime
) -> Iterator[tuple[str, Move]]:
    """What this request gives reason to remind of now, with the move that each counts from."""
    procedure = tickets.definition(session, ticket)
    yield from _of_the_term(ticket, procedure, calendar, at)
    yield from _of_the_copy(session, ticket, procedure, calendar, office, at)
    turned = next((move for move in reversed(ticket.moves) if procedure.step(move.left).does == timing.TURN_OVER), None)
    if turned is not None and timing.unbrought(ticket, calendar, at):
        yield UNBROUGHT, turned
    back = timing.returned(ticket)
    shown = timing.correction(ticket, procedure, calendar, office.clocks.correction_days, at)
    if back is not None and shown is not None and shown.late:
        yield UNCORRECTED, back


def _of_the_term(ticket: Ticket, procedure: Procedure, calendar: Calendar, at: datetime) -> Iterator[tuple[str, Move]]:
    shown = timing.reading(ticket, procedure, calendar, at)
    receipt = next((move for move in ticket.moves if move.at == timing.started(ticket, procedure)), None)
    if shown is None or receipt is None:
        return
    if shown.state == "late":
        yield OVERDUE, receipt
    elif shown.state == "running" and shown.remaining <= LEFT < timedelta(hours=procedure.sla.max_hours):
        yield APPROACHING, receipt


def _of_the_copy(
    session: Session, ticket: Ticket, procedure: Procedure, calendar: Calendar, office: Office, at: datetime
) -> Iterator[tuple[str, Move]]:
    """The second reminder takes the place of the first, also where the service was down for both."""
    letter = letters.letter_of(session, ticket)
    shown = timing.receipt(ticket, letter, calendar, office.clocks.receipt_days, at)
    if shown is None or shown.state not in ("running", "late") or not shown.marks:
        return
    handed = next((move for move in reversed(ticket.moves) if procedure.step(move.left).does == DELIVER), None)
    if handed is not None:
        yield (STILL_UNSIGNED if len(shown.marks) > 1 else UNSIGNED), handed


# --- sending --------------------------------------------------------------------------------------------------------


def compose(session: Session, called: str, office: Office, language: str, at: datetime) -> Notice | str:
    """The reminder of a delivery, or why it need not go out any more, in words for its row."""
    match = _NAME.fullmatch(called)
    if match is None:
        raise ValueError(f"{called} is no reminder")
    ticket, person = session.get(Ticket, int(match["ticket"])), session.get(Person, int(match["person"]))
    if ticket is None or person is None or not person.active:
        return "whom it was for, or what it was about, is no longer there"
    calendar = calendars.current(session, office)
    due = {(kind, move.id) for kind, move in _due(session, ticket, calendar, office, at)}
    if (match["kind"], int(match["move"])) not in due:
        return "what it reminds of is done, or no longer due"
    today = at.astimezone(office.zone).date()
    for audience in notices.audiences(match["kind"]):
        if person in audience_of(session, ticket, audience, today):
            said = facts(ticket, "", office, language)
            return Notice(person.email, notices.write(match["kind"], audience, said, language))
    return "the person does not hold the role any more"
