"""The office's calendar in the database: every version is kept, the newest counts, and open terms follow it.

What was answered keeps its term (decision X-19): only requests under way get a new one, each with a line in the audit
log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import ConcurrentChange
from netreg.office import Office
from netreg.policy import calendar_cells, calendar_files
from netreg.policy.calendar import Calendar
from netreg.policy.calendar_dates import Dated
from netreg.procedures import timing
from netreg.procedures.models import OfficeCalendar
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction


def current(session: Session, office: Office) -> Calendar:
    """The calendar that counts now; without one in the database, the week of the settings and the days of the law."""
    row = _newest(session)
    return _read(json.dumps(row.data)) if row else office.calendar


@lru_cache(maxsize=4)
def _read(stored: str) -> Calendar:
    """The same object for what says the same: it keeps the days that it worked out."""
    return calendar_files.from_dict(json.loads(stored))


def _newest(session: Session) -> OfficeCalendar | None:
    return session.scalar(select(OfficeCalendar).order_by(OfficeCalendar.version.desc()).limit(1))


def load(tx: Transaction, rows: Iterable[Dated], seen: int | None = None) -> Calendar:
    """The next version of the calendar, with exactly these dated rows. Raises ConcurrentChange.

    `seen` is the version the person had before them, None where nobody looked.
    """
    before = current(tx.session, tx.office)
    if seen is not None and seen != before.version:
        raise _changed()
    after = before.with_rows(rows)
    _store(tx, after)
    tx.record(
        events.CalendarLoaded(
            version=after.version,
            rows=len(after.rows),
            before={"taken_out": [_told(row) for row in before.rows if row not in after.rows]},
            after={"added": [_told(row) for row in after.rows if row not in before.rows]},
        )
    )
    return after


def adopt(tx: Transaction) -> Calendar | None:
    """The next version, with the zone and the hours of the settings; None where it has them already.

    The first look at a new installation keeps its hours as they are, so that a later change of them is seen.
    """
    row = _newest(tx.session)
    before = current(tx.session, tx.office)
    wanted = replace(before, timezone=tx.office.calendar.timezone, week=tx.office.calendar.week)
    if row is not None and wanted == before:
        return None
    after = wanted if row is None else replace(wanted, version=before.version + 1)
    _store(tx, after)
    hours = [calendar_cells.hours_text(spans) for spans in after.week]
    tx.record(events.HoursAdopted(version=after.version, after={"hours": hours, "timezone": after.timezone}))
    return after


def _store(tx: Transaction, calendar: Calendar) -> None:
    tx.session.add(
        OfficeCalendar(
            version=calendar.version, data=calendar_files.to_dict(calendar), loaded=now(), loaded_by=tx.actor
        )
    )
    try:
        tx.session.flush()
    except IntegrityError as error:  # somebody else took this very number, on PostgreSQL
        raise _changed() from error


def _changed() -> ConcurrentChange:
    return ConcurrentChange(
        "Otra persona cambió el calendario; no se guardó nada.",
        "Somebody else changed the calendar; nothing was stored.",
        hint="Vuelva a abrir la página.",
        hint_en="Open the page again.",
    )


def _told(row: Dated) -> str:
    days = f"{row.first}" if row.first == row.last else f"{row.first}/{row.last}"
    return f"{days} {row.es} {calendar_cells.hours_text(row.hours)}".rstrip()


def term_by(ticket: Ticket, procedure: Procedure, calendar: Calendar) -> datetime | None:
    """When the attention clock of a request is used up by this calendar."""
    shown = timing.reading(ticket, procedure, calendar, now())
    return shown.due if shown else None


def recompute(tx: Transaction, ticket: Ticket, procedure: Procedure, calendar: Calendar) -> None:
    """The term of one open request by this calendar, with a line in the audit log where it changes."""
    due = term_by(ticket, procedure, calendar)
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
