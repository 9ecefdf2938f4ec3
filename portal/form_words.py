"""What the forms of procedures and the documents of requests say: choices, terms, values as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from netreg.procedures import tickets
from netreg.procedures.models import Produced
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Column, FormField, Procedure, Rule
from netreg.procedures.soundness import ANSWER, BODY
from netreg.registry.models import Area, Ticket
from portal import dates
from portal.languages import language
from portal.rows import reading

# What a form asks for besides the fields of its definition.
_OWN_FIELDS = {
    "channel": lazy_gettext("Cómo se pide"),
    "came": lazy_gettext("Cuándo llegó"),
    "area": lazy_gettext("Área"),
    "outside_mail": lazy_gettext("Su correo electrónico"),
    "privacy_ack": lazy_gettext("Aviso de privacidad"),
}


def title(ticket: Ticket) -> str:
    """What the procedure of a request is called."""
    return tickets.definition(reading(), ticket).title.short(language())


def channels(procedure: Procedure) -> dict[str, str]:
    """How it may be asked for, by code."""
    named = {
        "oficio": _("Oficio"),
        "email": _("Correo electrónico"),
        "oficio_secretaria": _("Oficio turnado por la Secretaría del Ayuntamiento"),
        "sidem": "SIDEM",
        "unspecified": _("Portal"),
    }
    return {code: named.get(code, code) for code in procedure.intake.channels}


def terms(procedure: Procedure) -> list[str]:
    """What to know of time before asking: how long ahead, when the office receives, how long it takes."""
    lead, intake, sla = procedure.lead_time, procedure.intake, procedure.sla
    found = []
    if lead.applies and lead.unit == "hours":
        found.append(_("Pídalo con %(number)d horas de anticipación.", number=lead.value))
    elif lead.applies:
        found.append(_("Pídalo con %(number)d días hábiles de anticipación.", number=lead.value))
    if intake.window == "stated" and intake.start and intake.end:
        hours = {"start": f"{intake.start:%H:%M}", "end": f"{intake.end:%H:%M}"}
        found.append(_("Se recibe en días hábiles de %(start)s a %(end)s; fuera de ese horario, al abrir.", **hours))
    if sla.applies:
        found.append(_("Se atiende en %(least)d a %(most)d horas hábiles.", least=sla.min_hours, most=sla.max_hours))
    return found


def options(one: Column, lists: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """What may be chosen: value and words."""
    own = [(choice.value, choice.text(language())) for choice in one.choices]
    return own or [(value, value) for value in lists.get(one.choices_from, ())]


def area_options(areas: Iterable[Area]) -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in areas]


def condition(procedure: Procedure, one: Column) -> str:
    """When it has to be filled in, for what is not always asked for: "Sólo si Uso: Para impresión"."""
    if ANSWER in one.required_if:
        return _("Sólo con esa respuesta.")
    fields = {field.id: field for field in procedure.fields}
    told = [
        f"{fields[name].text(language())} {_one_of(fields[name], value)}"
        for name, value in one.required_if.items() if name in fields
    ]  # fmt: skip
    return _("Sólo si %(condition)s.", condition=", ".join(told)) if told else ""


def _one_of(one: Column, value: Any) -> str:
    many = value if isinstance(value, list) else [value]
    return "→ " + " / ".join(filled(one, part) for part in many)


def filled(one: Column, value: Any) -> str:
    """A kept value as a person reads it."""
    if isinstance(value, bool):
        return _("Sí") if value else _("No")
    if isinstance(value, list):
        named = {choice.value: choice.text(language()) for choice in one.choices}
        return ", ".join(named.get(part, str(part)) for part in value)
    if one.type == "datetime":
        return dates.when(datetime.fromisoformat(value))
    if one.type == "date":
        return dates.day(value)
    return next((choice.text(language()) for choice in one.choices if choice.value == value), str(value))


def said_with(procedure: Procedure, one: Produced) -> list[tuple[Said, str]]:
    """What was filled in with a document, but the text of a letter, which is in its file."""
    asked = {column.id: column for column in procedure.asks_at(one.step)}
    return [
        (asked[name], filled(asked[name], value))
        for name, value in one.said.items()
        if name in asked and name != BODY and asked[name].type != "list"
    ]


def column_label(procedure: Procedure, name: str) -> str:
    """What a field of a form is called, also in a row of a list."""
    first, _dash, rest = name.partition("-")
    number, _dash, column = rest.partition("-")
    one = next((field for field in procedure.fields if field.id == first), None)
    if one is None:
        return str(_OWN_FIELDS.get(name) or _file_name(procedure, name))
    inside = _column(one, column)
    label = one.text(language())
    return f"{label}, {int(number) + 1}: {inside.text(language())}" if inside and number.isdecimal() else label


def _file_name(procedure: Procedure, name: str) -> str:
    """What a file is called that is handed in with the form."""
    return next((one.text(language()) for one in procedure.attachments if one.id == name), _("Archivo"))


def _column(one: FormField, name: str) -> Column | None:
    return next((column for column in one.columns if column.id == name), None)


def effect(rule: Rule) -> str:
    """What breaking a rule leads to."""
    return {
        "block": _("impide seguir"),
        "warn": _("avisa"),
        "info": _("informa"),
        "route": _("cambia el camino"),
    }[rule.severity]
