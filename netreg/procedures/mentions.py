"""Where a person stands in what requests hold besides devices: forms, steps, notes, messages, comments, file names.

A name is found as whole words however it is typed, an e-mail as it is written. Two people of one name cannot be told
apart by that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg.procedures import tickets
from netreg.procedures.catalogue import CORE
from netreg.procedures.desk.models import INTERNAL, Note, Satisfaction
from netreg.procedures.models import StoredFile
from netreg.procedures.procedure import Column, FormField, Procedure
from netreg.registry import text
from netreg.registry.models import Ticket

FORM, STEP, NOTE, MESSAGE, COMMENT, FILE = (
    "formulario", "paso", "nota interna", "mensaje al área", "comentario de satisfacción", "archivo",
)  # fmt: skip
Found = Callable[[str], bool]


class Mention(NamedTuple):
    """Where in which request a person is named, in which words, and when they were written."""

    ticket: Ticket
    where: str
    said: str
    at: datetime | None


def mentions(session: Session, names: Sequence[str]) -> list[Mention]:
    """Every place that names somebody by one of these names or addresses, by request."""
    is_named = _finder(names)
    found = [*_in_forms(session, is_named), *_in_notes(session, is_named), *_in_files(session, is_named)]
    return sorted(found, key=lambda one: one.ticket.id)


def _finder(names: Sequence[str]) -> Found:
    """Whether a text has one of the names in it, as whole words."""
    parts = [r"\s+".join(map(re.escape, text.folded(name).split())) for name in names if name.strip()]
    pattern = re.compile(rf"(?<![\w@])(?:{'|'.join(parts)})(?![\w@])")
    return lambda said: bool(parts) and pattern.search(text.folded(said)) is not None


# --- forms and steps ------------------------------------------------------------------------------------------------


def _in_forms(session: Session, is_named: Found) -> Iterator[Mention]:
    query = select(Ticket).where(Ticket.procedure != CORE).options(selectinload(Ticket.moves)).order_by(Ticket.id)
    for ticket in session.scalars(query):
        procedure = tickets.definition(session, ticket)
        for label, said in _texts(procedure.fields, ticket.form):
            if is_named(said):
                yield Mention(ticket, f"{FORM}: {label}", said, ticket.sent)
        yield from _in_moves(ticket, procedure, is_named)


def _in_moves(ticket: Ticket, procedure: Procedure, is_named: Found) -> Iterator[Mention]:
    """What was filled in when a step was left, but what is a field of the form, which has it already."""
    for move in ticket.moves:
        step = procedure.by_number.get(move.left)
        told = [*_texts(step.asks if step else (), move.facts), ("Motivo", move.note)]
        for label, said in told:
            if is_named(said):
                yield Mention(ticket, f"{STEP} {move.left}: {label}", said, move.at)


def _texts(columns: Sequence[Column], values: Any) -> Iterator[tuple[str, str]]:
    """Every text among the values, with what its column is called."""
    for one in columns:
        value = values.get(one.id)
        if isinstance(value, str):
            yield one.es, value
        elif isinstance(one, FormField) and isinstance(value, list):
            for row in value:
                yield from _texts(one.columns, row) if isinstance(row, dict) else ()


# --- beside the form ------------------------------------------------------------------------------------------------


def _in_notes(session: Session, is_named: Found) -> Iterator[Mention]:
    for note in session.scalars(select(Note).order_by(Note.id)):
        if is_named(note.text):
            yield Mention(note.ticket, NOTE if note.audience == INTERNAL else MESSAGE, note.text, note.at)
    for one in session.scalars(select(Satisfaction).order_by(Satisfaction.ticket_id)):
        if is_named(one.comment):
            yield Mention(one.ticket, COMMENT, one.comment, one.given)


def _in_files(session: Session, is_named: Found) -> Iterator[Mention]:
    rows = session.execute(select(StoredFile, Ticket).join(Ticket, Ticket.id == StoredFile.ticket_id))
    for file, ticket in rows:
        # Scanners and people put other signs where a name has its blanks.
        if is_named(re.sub(r"[\W_]+", " ", file.name)):
            yield Mention(ticket, FILE, file.name, file.stored)
