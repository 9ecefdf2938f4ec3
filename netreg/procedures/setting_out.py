"""A letter set out as a form of its definition says: data beside each other, things one by one with a photograph.

Which data those are, and of which list the things, is said by the definition; nothing here knows of any procedure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from netreg.letters import photographs
from netreg.office import Office
from netreg.procedures.archive import kept
from netreg.procedures.models import Produced, StoredFile
from netreg.procedures.particulars import AnnexFormat, FormatField
from netreg.procedures.procedure import Document, Procedure
from netreg.procedures.telling import Told
from netreg.registry.models import Ticket


@dataclass(frozen=True, slots=True)
class SetOut:
    """What such a letter says besides what every letter does, and the pictures that it names by their SHA-256."""

    data: dict[str, Any]
    pictures: dict[str, bytes] = field(default_factory=dict)


def format_of(procedure: Procedure, document: Document) -> AnnexFormat | None:
    """The form that says how this letter is set out, or None: then it is nothing but its text."""
    return next((one for one in procedure.annex_formats if one.document == document.id), None)


def set_out(
    session: Session, ticket: Ticket, procedure: Procedure, form: AnnexFormat, row: Produced, office: Office
) -> SetOut:
    """The data of a letter set out so, with its photographs drawn anew."""
    told, letter = Told(ticket, procedure, office, said=row.said), SetOut({"titulo": form.es, "recibo": True})
    whole = [one for one in form.fields if not (one.column or one.sign)]
    letter.data["datos"] = _filled([_pair(one, told.text(one.source)) for one in whole if not one.main])
    letter.data["sentido"] = _filled([_pair(one, told.text(one.source)) for one in whole if one.main])
    columns = [one for one in form.fields if one.column]
    things = told.rows(_list_of(columns[0])) if columns else []
    letter.data["bienes"] = [
        _thing(told, columns, number, form.each_es)
        | _photograph(session, columns, thing, ticket, office, letter.pictures)
        for number, thing in enumerate(things)
    ]
    return letter


def prepare(session: Session, ticket: Ticket, procedure: Procedure, steps: Collection[int], office: Office) -> None:
    """Draw the photographs of the letters that these steps issue, so that nobody waits for it with a lock in hand."""
    produced = {name for number in steps for name in procedure.step(number).produces}
    forms = (format_of(procedure, one) for one in procedure.documents if one.letter and one.id in produced)
    pictures = [one for form in forms if form for one in form.fields if one.picture]
    told = Told(ticket, procedure, office)
    for one in pictures:
        for thing in told.rows(_list_of(one)):
            file = _file(session, one, thing, ticket)
            if file is not None:
                photographs.drawn(kept(office.files, file.sha256))


def _pair(one: FormatField, value: str) -> dict[str, str]:
    return {"nombre": one.es, "valor": value}


def _filled(pairs: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    return [pair for pair in pairs if pair["valor"]]


def _list_of(one: FormatField) -> str:
    return one.source.partition(".")[0]


def _thing(told: Told, columns: Sequence[FormatField], number: int, each: str) -> dict[str, Any]:
    """One row of the list, and what other lists say in the row of the same number."""
    said = [(one, _pair(one, told.in_row(one.source, number))) for one in columns if not one.picture]
    first = said[0][1]["valor"] if said else ""
    own = _list_of(columns[0])
    return {
        "titulo": f"{each} {number + 1}".strip() + (f": {first}" if first else ""),
        "datos": [pair for one, pair in said if _list_of(one) == own],
        "resultado": [pair for one, pair in said if _list_of(one) != own],
    }


def _photograph(
    session: Session, columns: Sequence[FormatField], thing: dict[str, Any], ticket: Ticket, office: Office,
    pictures: dict[str, bytes],
) -> dict[str, str]:  # fmt: skip
    """The picture that a row points at; where it cannot be drawn, such as a PDF, where it is."""
    column = next((one for one in columns if one.picture), None)
    file = _file(session, column, thing, ticket) if column else None
    if file is None:
        return {}
    drawn = photographs.drawn(kept(office.files, file.sha256))
    if drawn is None:
        pages = {0: "", 1: ", 1 página"}.get(file.pages, f", {file.pages} páginas")
        return {"sin_foto": f"En el expediente, como archivo anexo: {file.name}{pages}"}
    name = hashlib.sha256(drawn).hexdigest()
    pictures[name] = drawn
    return {"foto": name}


def _file(session: Session, one: FormatField, thing: Mapping[str, Any], ticket: Ticket) -> StoredFile | None:
    """The file of this request that a row points at, or None."""
    number = thing.get(one.source.partition(".")[2])
    file = session.get(StoredFile, int(number)) if number else None
    return file if file is not None and file.ticket_id == ticket.id else None
