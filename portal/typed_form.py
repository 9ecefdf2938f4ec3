"""The form of a procedure as a browser sends it and as it is shown again: nothing is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from netreg.errors import Refused
from netreg.procedures import filling
from netreg.procedures.filing import CAME, CHANNEL
from netreg.procedures.filling import Values
from netreg.procedures.procedure import Column, FormField, Procedure
from portal.rows import store


@dataclass
class TypedForm:
    """What a person typed into a procedure's form, and what is wrong with it: the name of a field -> its refusal."""

    procedure: Procedure
    raw: Values
    once: str = ""
    area: str = ""
    errors: dict[str, Refused] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Column, ...]:
        return self.procedure.asks_at(1)

    def rows(self, one: FormField) -> list[Values]:
        """The rows of a list; an empty one to begin with."""
        return self.raw.get(one.id) or [{}]

    def reshape(self, action: str) -> bool:
        """Give a list one row more or less, where that is what was pressed; False when the form is to be kept."""
        what, _colon, which = action.partition(":")
        name, _dash, number = which.partition("-")
        lists = {one.id: one for one in self.fields if isinstance(one, FormField) and one.type == "list"}
        if what == "add" and name in lists and len(self.rows(lists[name])) < filling.MOST_ROWS:
            self.raw[name] = [*self.rows(lists[name]), {}]
        elif what == "drop" and name in lists and number.isdecimal():
            self.raw[name] = [row for at, row in enumerate(self.rows(lists[name])) if at != int(number)]
        return what in ("add", "drop")


def sent_form(procedure: Procedure) -> TypedForm:
    """The form as the browser sent it. Nothing is checked; of a list, rows with nothing in them are left out."""
    raw = filling.nested(procedure.asks_at(1), request.form.to_dict(flat=False))
    for name, _files in request.files.lists():
        _note_upload(raw, name)
    for one in procedure.asks_at(1):
        if one.type == "list":
            raw[one.id] = [row for row in raw[one.id] if any(str(value).strip() for value in row.values())]
    extra = {name: request.form.get(name, "") for name in (CHANNEL, CAME)}
    return TypedForm(procedure, raw | extra, request.form.get("once", ""), request.form.get("area", ""))


def _note_upload(raw: Values, name: str) -> None:
    """A file in a row of a list: the row points at it once it is kept."""
    list_name, _dash, rest = name.partition("-")
    number, _dash, column = rest.partition("-")
    rows = raw.get(list_name)
    sent = request.files.get(name)
    if column and number.isdecimal() and isinstance(rows, list) and int(number) < len(rows) and sent and sent.filename:
        rows[int(number)][column] = "0"
        rows[int(number)]["_upload"] = name


def written(procedure: Procedure, values: Mapping[str, Any]) -> Values:
    """The kept values as a form shows them."""
    shown = {one.id: as_typed(one, values[one.id]) for one in procedure.asks_at(1) if one.id in values}
    return shown | {name: values.get(name, "") for name in (CHANNEL, CAME)}


def as_typed(one: Column, value: Any) -> Any:
    """A kept value as a person types it: instants in the office's time, yes and no in words."""
    if isinstance(one, FormField) and one.type == "list":
        return [{c.id: as_typed(c, row[c.id]) for c in one.columns if c.id in row} for row in value]
    if one.type == "datetime":
        return datetime.fromisoformat(value).astimezone(store().office.zone).strftime("%Y-%m-%dT%H:%M")
    if one.type == "bool":
        return filling.YES if value else filling.NO
    return value if one.type == "multichoice" else str(value)
