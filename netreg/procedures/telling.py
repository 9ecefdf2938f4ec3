"""What a request says under the names that a printed form asks for, as it stands on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from netreg.office import Office
from netreg.procedures import timing
from netreg.procedures.clocks import Pause
from netreg.procedures.procedure import Column, FormField, Procedure
from netreg.registry.models import Ticket

_DAY, _MINUTE = "%d/%m/%Y", "%d/%m/%Y %H:%M"


class Told:
    """The values of one request; `said` is what was filled in with the document itself, `number` the number it has."""

    def __init__(
        self,
        ticket: Ticket,
        procedure: Procedure,
        office: Office,
        number: str = "",
        said: Mapping[str, Any] | None = None,
    ) -> None:
        self.ticket, self._procedure, self._office, self._number = ticket, procedure, office, number
        self._columns: Mapping[str, Column] = {
            one.id: one for step in procedure.steps for one in (*procedure.asks_at(step.n), *procedure.fields)
        }
        self._said = {name: value for move in ticket.moves for name, value in move.facts.items()} | dict(said or {})

    def text(self, source: str) -> str:
        """The value of one name: one of the request's own, a field of the form, or what a step asked for."""
        own = {
            "number": lambda: self._number,
            "folio": lambda: self.ticket.folio or "",
            "area": lambda: self.ticket.area.name,
            "received": lambda: self._when(self.ticket.received),
            "waited": self._waited,
        }
        if source in own:
            return own[source]()
        value = self.ticket.form.get(source, self._said.get(source))
        return self._written(self._columns.get(source), value)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a list; nothing where it was not filled in, or is none."""
        value = self.ticket.form.get(name, self._said.get(name))
        return value if isinstance(value, list) else []

    def in_row(self, source: str, number: int) -> str:
        """The value of `list.column` in a row, counted from 0; nothing where the list has no such row."""
        name = source.partition(".")[0]
        rows = self.rows(name)
        return self.of_row(source, rows[number]) if number < len(rows) else ""

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
        if column is not None and column.type == "money":
            return f"${Decimal(value):,.2f} MXN"
        choices = column.choices if column is not None else ()
        return next((one.es for one in choices if one.value == value), str(value))

    def _when(self, moment: datetime | None) -> str:
        return moment.astimezone(self._office.zone).strftime(_MINUTE) if moment else ""

    def _waited(self) -> str:
        """How long the clock stood still while others had the request, and when; nothing where it never did."""
        stretches = list(_joined(one for one in timing.pauses(self.ticket, self._procedure) if one.why == "waiting"))
        if not stretches:
            return ""
        whole = sum((end - start for start, end in stretches), timedelta())
        spans = "; ".join(f"del {self._when(start)} al {self._when(end)}" for start, end in stretches)
        return f"{lasting(whole)} ({spans})"


def _joined(pauses: Iterator[Pause]) -> Iterator[tuple[datetime, datetime]]:
    """The stretches that have ended, those that follow each other as one."""
    begun: tuple[datetime, datetime] | None = None
    for pause in pauses:
        if pause.end is None:
            continue
        if begun is not None and begun[1] == pause.start:
            begun = (begun[0], pause.end)
            continue
        if begun is not None:
            yield begun
        begun = (pause.start, pause.end)
    if begun is not None:
        yield begun


def lasting(span: timedelta) -> str:
    """A stretch of natural time in words: "4 días y 23 horas"."""
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = [_counted(days, "día", "días"), _counted(hours, "hora", "horas")]
    return " y ".join(part for part in parts if part) or _counted(minutes, "minuto", "minutos") or "menos de un minuto"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""
