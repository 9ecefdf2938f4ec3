"""Files handed in with a request, whoever wants them: the office its letters, the definition all others."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.procedures import attachments, filing, tickets, uploads
from netreg.procedures.models import StoredFile
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Person, Ticket
from netreg.store.transaction import Transaction


def expected(session: Session, ticket: Ticket, person: Person, today: date) -> list[str]:
    """The kinds of file that this person may hand in now."""
    letter = uploads.expected(session, ticket, person, today)
    others = attachments.expected(session, ticket, tickets.definition(session, ticket), person, today)
    return list(dict.fromkeys([*([letter] if letter else []), *(one.id for one in others)]))


def hand_in(
    tx: Transaction, ticket: Ticket, person: Person, kind: str, name: str, content: bytes, *, letter: int = 0
) -> StoredFile:
    """Keep a file of this kind; of a letter signed by hand `letter` says which, 0 the oldest.

    Raises NotAllowed where none of the kind is expected of this person, InvalidValue for a bad one.
    """
    if kind and kind == uploads.expected(tx.session, ticket, person, tx.today):
        return uploads.hand_in(tx, ticket, person, name, content, letter)
    return attachments.hand_in(tx, ticket, tickets.definition(tx.session, ticket), person, kind, name, content)


def hand_in_for_row(
    tx: Transaction, ticket: Ticket, person: Person, field: str, row: int, kind: str, name: str, content: bytes
) -> StoredFile:
    """Keep a file that a row of a list in the form points at; rows count from 0.

    Raises as `hand_in` does, and InvalidValue for a list, or a row of it, that has no such file.
    """
    rows = ticket.form.get(field)
    column = _column(tickets.definition(tx.session, ticket), field, kind)
    if column is None or not isinstance(rows, list) or not 0 <= row < len(rows):
        raise InvalidValue(
            "Ese renglón de la solicitud no lleva un archivo así.", "That row of the request has no such file.",
            code="E_FILE_ROW", field="row",
        )  # fmt: skip
    kept = hand_in(tx, ticket, person, kind, name, content)
    filing.point_at(ticket, field, row, column, kept)
    return kept


def _column(procedure: Procedure, field: str, kind: str) -> str | None:
    """The column of a list in the form whose files are of this kind."""
    columns = (column for one in procedure.fields if one.id == field for column in one.columns)
    return next((column.id for column in columns if column.validation.get("attachment") == kind), None)
