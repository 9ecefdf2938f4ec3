"""The forms of the manuals' annexes, filled in with what a request knows, for people to sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.letters import writer
from netreg.office import Office
from netreg.procedures.models import Produced
from netreg.procedures.particulars import AnnexFormat, FormatField
from netreg.procedures.procedure import Procedure
from netreg.procedures.telling import Told
from netreg.registry.models import Ticket


def offered(session: Session, ticket: Ticket, procedure: Procedure) -> list[AnnexFormat]:
    """The forms that can be printed: those whose number is given. That of a letter is printed as the letter only."""
    made = set(session.scalars(select(Produced.document).where(Produced.ticket_id == ticket.id)))
    made -= {one.id for one in procedure.documents if one.letter}
    return [one for one in procedure.annex_formats if one.document and one.document in made]


def write(session: Session, ticket: Ticket, procedure: Procedure, form: str, office: Office, at: datetime) -> bytes:
    """The form as a PDF; NotFound where there is none of that name, or none yet."""
    annex = next((one for one in offered(session, ticket, procedure) if one.id == form), None)
    if annex is None:
        raise NotFound("Todavía no hay ese formato.", "There is no such form yet.")
    row = _newest(session, ticket, annex.document)
    told = Told(ticket, procedure, office, row.number or "")
    columns = [one for one in annex.fields if one.column]
    data = {
        "titulo": annex.es,
        "numero": row.number or ticket.reference,
        "datos": [
            {"nombre": one.es, "valor": value}
            for one in annex.fields if not (one.column or one.sign) and (value := told.text(one.source))
        ],
        "columnas": [{"titulo": one.es} for one in columns],
        "filas": list(_rows(told, columns)),
        "firmas": [one.es for one in annex.fields if one.sign],
        "talones": annex.copies,
    }  # fmt: skip
    filled = {key: value for key, value in data.items() if value not in ("", [])}
    return writer.write("form", filled, letterhead=office.letterhead, issued=at.replace(microsecond=0))


def _newest(session: Session, ticket: Ticket, document: str) -> Produced:
    query = select(Produced).where(Produced.ticket_id == ticket.id, Produced.document == document)
    return session.scalars(query.order_by(Produced.id.desc()).limit(1)).one()


def _rows(told: Told, columns: list[FormatField]) -> Iterator[list[str]]:
    """One row for each of the list that a column comes from; what comes from elsewhere stands in the first."""
    lists = {one.source.partition(".")[0] for one in columns if "." in one.source}
    forms = (told.ticket.form.get(name) for name in lists)
    several: list[dict[str, Any]] = next((rows for rows in forms if isinstance(rows, list)), [{}])
    for number, row in enumerate(several):
        yield [told.of_row(one.source, row) or ("" if number else told.text(one.source)) for one in columns]
