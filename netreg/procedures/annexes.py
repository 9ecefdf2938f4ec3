"""The forms of the manuals' annexes, filled in with what a request knows, for people to sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.letters import writer
from netreg.office import Office
from netreg.procedures.models import Produced
from netreg.procedures.particulars import AnnexFormat, FormatField
from netreg.procedures.procedure import Column, FormField, Procedure
from netreg.registry.models import Ticket

_DAY, _MINUTE = "%d/%m/%Y", "%d/%m/%Y %H:%M"


def offered(session: Session, ticket: Ticket, procedure: Procedure) -> list[AnnexFormat]:
    """The forms that can be printed: those whose number is given."""
    made = set(session.scalars(select(Produced.document).where(Produced.ticket_id == ticket.id)))
    return [one for one in procedure.annex_formats if one.document and one.document in made]


def write(session: Session, ticket: Ticket, procedure: Procedure, form: str, office: Office, at: datetime) -> bytes:
    """The form as a PDF; NotFound where there is none of that name, or none yet."""
    annex = next((one for one in offered(session, ticket, procedure) if one.id == form), None)
    if annex is None:
        raise NotFound("Todavía no hay ese formato.", "There is no such form yet.")
    row = _newest(session, ticket, annex.document)
    told = _Told(ticket, procedure, office, row.number or "")
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


def _rows(told: _Told, columns: list[FormatField]) -> Iterator[list[str]]:
    """One row for each of the list that a column comes from; what comes from elsewhere stands in the first."""
    lists = {one.source.partition(".")[0] for one in columns if "." in one.source}
    forms = (told.ticket.form.get(name) for name in lists)
    several: list[dict[str, Any]] = next((rows for rows in forms if isinstance(rows, list)), [{}])
    for number, row in enumerate(several):
        yield [told.of_row(one.source, row) or ("" if number else told.text(one.source)) for one in columns]


class _Told:
    """What a request says under the names that a form asks for."""

    def __init__(self, ticket: Ticket, procedure: Procedure, office: Office, number: str) -> None:
        self.ticket, self._office, self._number = ticket, office, number
        self._columns: Mapping[str, Column] = {
            one.id: one for step in procedure.steps for one in (*procedure.asks_at(step.n), *procedure.fields)
        }
        self._said = {name: value for move in ticket.moves for name, value in move.facts.items()}

    def text(self, source: str) -> str:
        """The value of one name: `number`, `folio`, `area`, `received`, a field of the form, what a step asked for."""
        own = {
            "number": self._number,
            "folio": self.ticket.folio or "",
            "area": self.ticket.area.name,
            "received": self._when(self.ticket.received),
        }
        if source in own:
            return own[source]
        value = self.ticket.form.get(source, self._said.get(source))
        return self._written(self._columns.get(source), value)

    def of_row(self, source: str, row: Mapping[str, Any]) -> str:
        """The value of `list.column` in one row."""
        name, _dot, column = source.partition(".")
        field = self._columns.get(name)
        inside = field.columns if isinstance(field, FormField) else ()
        return self._written(next((one for one in inside if one.id == column), None), row.get(column))

    def _written(self, column: Column | None, value: Any) -> str:
        if value is None or isinstance(value, list):
            return ""
        if isinstance(value, bool):
            return "Sí" if value else "No"
        if column is not None and column.type == "datetime":
            return self._when(datetime.fromisoformat(value))
        if column is not None and column.type == "date":
            return datetime.fromisoformat(value).strftime(_DAY)
        choices = column.choices if column is not None else ()
        return next((one.es for one in choices if one.value == value), str(value))

    def _when(self, moment: datetime | None) -> str:
        return moment.astimezone(self._office.zone).strftime(_MINUTE) if moment else ""
