"""What the page of a request shows where its form is made of a definition: gaps, rules, files, documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_security import current_user

from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures import attachments, attending, checking, filing, grounds, holding, issuing, repeating
from netreg.procedures.actions import Action, may_act
from netreg.procedures.catalogue import CORE
from netreg.procedures.outside import following
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Attachment, FormField, Procedure
from netreg.procedures.soundness import BODY
from netreg.procedures.tickets import ATTEND, effect_of
from netreg.registry import queries
from netreg.registry.models import Ticket
from portal.access import today
from portal.languages import language
from portal.rows import reading, store


class StepForm:
    """The lists that a step asks for, with as many empty rows as the list that they speak of has."""

    def __init__(self, ticket: Ticket) -> None:
        self.errors: dict[str, Any] = {}
        lists = [len(value) for value in ticket.form.values() if isinstance(value, list) and value]
        self._rows = max((one for one in lists), default=1)

    def rows(self, _one: FormField) -> list[dict[str, Any]]:
        return [{} for _ in range(self._rows)]


def shown(ticket: Ticket, procedure: Procedure, can: Sequence[Action]) -> dict[str, Any]:
    """The values of the template for a request of any procedure; of device access next to nothing."""
    light, session = procedure.code != CORE, reading()
    step = procedure.step(ticket.step)
    generic = light and effect_of(step) == ATTEND
    acts = any(one.kind == "answer" for one in can)
    in_hand = filing.is_in_hand(ticket, procedure)
    return {
        "light": light,
        "outsider": following.contact(session, ticket) if light else None,
        "generic": generic,
        "rounds": repeating.rounds(ticket, procedure),
        "lists": store().office.lists,
        "step_form": StepForm(ticket),
        "all_areas": queries.areas(session) if any(_asks_area(one) for one in can) else [],
        "wanted": _wanted(ticket, procedure) if light else {},
        "file_kinds": {one.id: _name(one) for one in procedure.attachments} if light else {},
        "documents": attending.produced(session, ticket) if light else [],
        "replaces": _replaces(ticket, procedure) if light else set(),
        "ends_with": [row.letter for row in issuing.ended_by(session, ticket, procedure)] if light else [],
        "lacking": list(_lacking(ticket, procedure)) if light and in_hand else [],
        "barred": holding.broken(session, ticket, procedure, step, store().office) if light and acts else [],
        "drafts": {BODY: _draft(ticket, procedure)} if generic and acts else {},
    }


def _wanted(ticket: Ticket, procedure: Procedure) -> dict[str, Attachment]:
    """The files this person may hand in now, by their kind."""
    expected = attachments.expected(reading(), ticket, procedure, current_user, today())
    return {one.id: one for one in expected}


def _replaces(ticket: Ticket, procedure: Procedure) -> set[int]:
    """The documents whose letter this person may void and issue anew: of the steps that are theirs to leave."""
    if ticket.closed is not None:
        return set()
    session = reading()
    return {
        row.id
        for row in attending.produced(session, ticket)
        if row.letter and may_act(session, ticket, procedure, procedure.step(row.step), current_user, today())
    }


def _asks_area(one: Action) -> bool:
    return any(column.type == "area" for column in one.asks)


def _name(one: Attachment) -> str:
    return one.text(language())


def _lacking(ticket: Ticket, procedure: Procedure) -> Iterator[Said]:
    """What the form still misses, and which files."""
    shown = holding.evidence(reading(), ticket, store().office)
    asked = procedure.asks_at(1)
    yield from (gap.said for gap in checking.missing(procedure, {one.id for one in asked}, shown))
    wanted = [one for one in procedure.files_at(1) if not (one.id == "request_letter" and procedure.stamps)]
    there = attachments.kinds_of(reading(), ticket)
    yield from (one for one in attachments.lacking(wanted, there) if not _is_told_otherwise(one, ticket))


def _is_told_otherwise(one: Attachment, ticket: Ticket) -> bool:
    return bool(one.or_fields) and all(ticket.form.get(name) for name in one.or_fields)


def _draft(ticket: Ticket, procedure: Procedure) -> str:
    """What a letter begins with: the reason it is written for; of a request that lacks something, what that is."""
    office, session = store().office, reading()
    reviews = [step for step in procedure.steps if step.kind == "decision" and step.checks]
    returns = procedure.step(ticket.step).status == "prevenida"
    found = holding.broken(session, ticket, procedure, reviews[0], office) if reviews and returns else []
    opening = f"Me refiero a su solicitud con folio {ticket.reference}, relativa a {procedure.title.short()}."
    why = grounds.current(ticket, procedure)
    if why is not None and why.text_es:
        opening += "\n\n" + why.written("es", folio=ticket.reference, area=ticket.area.name, max=PHONES_PER_AREA)
    if not found:
        return opening
    points = "\n\n".join(f"{number}. {one.text('es')}" for number, one in enumerate(found, 1))
    return f"{opening}\n\nPara atenderla es necesario que la complete en lo siguiente:\n\n{points}"
