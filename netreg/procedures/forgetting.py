"""What a closed request of any procedure but device access holds on people, and forgets once its term is over.

Folio, dates, steps, reasons and scores stay, so that no figure changes; so do letters and signed papers, which follow
the municipality's catalogue of disposition. The term is today's: of the definition as it is now, else of the settings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from netreg import events
from netreg.office import Office
from netreg.procedures import filling, tickets, uploads
from netreg.procedures.archive import kept
from netreg.procedures.catalogue import CORE
from netreg.procedures.desk.models import Note, Satisfaction, Taking
from netreg.procedures.filling import Values
from netreg.procedures.models import Letter, Produced, Revalidation, StoredFile
from netreg.procedures.procedure import Column, Procedure
from netreg.registry.models import Ticket
from netreg.store.transaction import Store, Transaction

# Requests in one transaction: each has its files, moves and notes.
BATCH = 100
# Everything that names a file of the archive by its hash.
_REFERENCES = (StoredFile.sha256, Letter.pdf, Letter.scan, Revalidation.letter)


@dataclass(frozen=True, slots=True)
class Emptied:
    """How much a run empties: requests; files of theirs; notes and messages."""

    requests: int = 0
    files: int = 0
    notes: int = 0

    def __add__(self, other: Emptied) -> Emptied:
        return Emptied(self.requests + other.requests, self.files + other.files, self.notes + other.notes)


def run(store: Store, actor: str, at: datetime) -> Emptied:
    """Empty everything whose term is over at this instant, in short transactions; again finds nothing more."""
    total = part = _run(store, actor, at)
    while part.requests:
        part = _run(store, actor, at)
        total += part
    return total


def _run(store: Store, actor: str, at: datetime) -> Emptied:
    with store.transaction(actor) as tx:
        return forget(tx, at)


def due(session: Session, office: Office, at: datetime) -> int:
    """How many requests a run at this instant would empty."""
    return session.scalar(select(func.count()).select_from(_due(office, at).subquery())) or 0


def forget(tx: Transaction, at: datetime) -> Emptied:
    """Empty at most a batch of requests, and record how many. Nothing to empty is no event."""
    rows = tx.session.scalars(_due(tx.office, at).limit(BATCH).with_for_update(skip_locked=True)).all()
    done = sum((_forget(tx, ticket, at) for ticket in rows), Emptied())
    if done.requests:
        tx.record(events.RequestsEmptied(requests=done.requests, files=done.files, notes=done.notes))
    return done


def _due(office: Office, at: datetime) -> Select[Ticket]:
    """Closed for as long as their procedure says, or the settings for one that is gone; and not emptied yet."""
    known = {code: one for code, one in office.catalogue.known.items() if code != CORE}
    ends = [
        and_(Ticket.procedure == code, Ticket.closed <= _until(office, at, one.retention_months))
        for code, one in known.items()
    ]
    ends.append(and_(Ticket.procedure.not_in([CORE, *known]), Ticket.closed <= _until(office, at, 0)))
    over: ColumnElement[bool] = or_(*ends)
    return select(Ticket).where(Ticket.emptied.is_(None), over).order_by(Ticket.id)


def _until(office: Office, at: datetime, months: int) -> datetime:
    return office.retention.removals_until(at.astimezone(office.zone), months)


# --- one request ----------------------------------------------------------------------------------------------------


def _forget(tx: Transaction, ticket: Ticket, at: datetime) -> Emptied:
    session, opened_with = tx.session, tickets.definition(tx.session, ticket)
    today = tx.office.catalogue.known.get(ticket.procedure, opened_with)
    gone = _forget_files(tx, ticket, today)
    _forget_said(session, ticket, (opened_with, today), gone)
    notes = len(session.scalars(delete(Note).where(Note.ticket_id == ticket.id).returning(Note.id)).all())
    session.execute(update(Satisfaction).where(Satisfaction.ticket_id == ticket.id).values(comment=""))
    session.execute(update(Taking).where(Taking.ticket_id == ticket.id).values(instruction=""))
    ticket.emptied = at
    session.flush()
    return Emptied(1, len(gone), notes)


def _forget_said(session: Session, ticket: Ticket, versions: Sequence[Procedure], gone: Collection[int]) -> None:
    """What was filled in about people, on the form, at each step and with each document."""
    fields = [column for one in versions for column in one.fields]
    ticket.form = _emptied(fields, ticket.form, gone)
    flag_modified(ticket, "form")
    for move in ticket.moves:
        move.facts = _emptied([*fields, *_asked(versions, move.left)], move.facts, gone)
    for row in session.scalars(select(Produced).where(Produced.ticket_id == ticket.id)):
        row.said = _emptied([*fields, *_asked(versions, row.step)], row.said, gone)


def _asked(versions: Iterable[Procedure], step: int) -> list[Column]:
    return [column for one in versions if step in one.by_number for column in one.step(step).asks]


def _emptied(columns: Sequence[Column], values: Values, gone: Collection[int]) -> Values:
    files = {(one.id, column.id) for one in columns for column in getattr(one, "columns", ()) if column.type == "file"}
    left = filling.impersonal(columns, values)
    return {name: _without(name, value, files, gone) for name, value in left.items()}


def _without(name: str, value: Any, files: Collection[tuple[str, str]], gone: Collection[int]) -> Any:
    """The rows of a list without what points at a file that is gone."""
    if not isinstance(value, list):
        return value
    return [
        {key: said for key, said in row.items() if (name, key) not in files or said not in gone}
        if isinstance(row, dict)
        else row
        for row in value
    ]


# --- its files ------------------------------------------------------------------------------------------------------


def _forget_files(tx: Transaction, ticket: Ticket, procedure: Procedure) -> set[int]:
    """Delete what the definition says is not kept, content first, so that a run cut short finds the rest of it.

    Of the others the name goes, which whoever scanned them chose. The numbers of those deleted.
    """
    passing = {one.id for one in procedure.attachments if one.forget}
    files = uploads.files_of(tx.session, ticket)
    gone = [one for one in files if one.kind in passing]
    for one in files:
        if one not in gone:
            one.name = ""
    for one in gone:
        tx.session.delete(one)
    tx.session.flush()
    for sha256 in {one.sha256 for one in gone}:
        if not _is_referred_to(tx.session, sha256):
            kept(tx.office.files, sha256).unlink(missing_ok=True)
    return {one.id for one in gone}


def _is_referred_to(session: Session, sha256: str) -> bool:
    """Whether anything else has the same content: it is stored once."""
    return any(session.scalar(select(func.count()).where(column == sha256)) for column in _REFERENCES)
