"""The office's calendar in the database: every version is kept, the newest counts, and open terms follow it.

What was answered keeps its term (decision X-19): only requests under way get a new one, each with a line in the audit
log.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.office import Office
from netreg.policy import calendar_files
from netreg.policy.calendar import Calendar, Dated
from netreg.procedures import timing
from netreg.procedures.models import OfficeCalendar
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction


def current(session: Session, office: Office) -> Calendar:
    """The calendar that counts now; without one in the database, the week of the settings and the days of the law."""
    row = session.scalar(select(OfficeCalendar).order_by(OfficeCalendar.version.desc()).limit(1))
    return calendar_files.from_dict(row.data) if row else office.calendar


def load(tx: Transaction, rows: Iterable[Dated]) -> Calendar:
    """The next version of the calendar, with exactly these dated rows; the terms of open requests follow it."""
    after = current(tx.session, tx.office).with_rows(rows)
    tx.session.add(
        OfficeCalendar(version=after.version, data=calendar_files.to_dict(after), loaded=now(), loaded_by=tx.actor)
    )
    tx.record(events.CalendarLoaded(version=after.version, rows=len(after.rows)))
    return after


def recompute(tx: Transaction, ticket: Ticket, procedure: Procedure, calendar: Calendar) -> None:
    """The term of one open request by this calendar, with a line in the audit log where it changes."""
    shown = timing.reading(ticket, procedure, calendar, now())
    due = shown.due if shown else None
    if due == ticket.due:
        return
    before, ticket.due = ticket.due, due
    tx.record(
        events.TermChanged(
            ticket=ticket.id,
            reference=ticket.reference,
            version=calendar.version,
            before={"due": before.isoformat() if before else None},
            after={"due": due.isoformat() if due else None},
        )
    )
