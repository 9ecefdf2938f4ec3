"""What leaving a step does where its definition names nothing else: keep what it asks for, hold its rules, make its
documents, and open the request that follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue
from netreg.events import Event
from netreg.office import Office
from netreg.procedures import attachments, filling, issuing, letters, signing, tickets
from netreg.procedures.filling import Around, Values
from netreg.procedures.holding import hold
from netreg.procedures.models import VOID, Letter, Produced
from netreg.procedures.numbers import next_serial
from netreg.procedures.procedure import Column, Document
from netreg.procedures.soundness import ANSWER, BODY
from netreg.procedures.tickets import Act, effect
from netreg.registry import queries, text
from netreg.registry.models import Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction

NO = "no"


def around(tx: Transaction) -> Around:
    """What this office's forms are read with."""
    return around_of(tx.office, tx.today)


def around_of(office: Office, today: date) -> Around:
    """The same, on a day."""
    return Around(today, office.zone, office.lists, {"setting:mail_domain": office.mail_domain})


@effect("attend")
def attend(act: Act) -> None:
    """Leave the step with what it asks for. On the answer "no" nothing has to hold and nothing is made.

    An end is not left before every letter is signed, its own one too: then it ends by itself (`issuing.finish`).
    """
    if act.step.kind == "end":
        letters.all_are_signed(act)
    asked = act.procedure.asks_at(act.step.n)
    values = filling.read(asked, act.values, around(act.tx)).checked()
    kept = {one.id for one in act.procedure.fields} & values.keys()
    act.ticket.form = {**act.ticket.form, **{name: values[name] for name in kept}}
    expect(asked, {**act.ticket.form, **values, ANSWER: act.answer})
    _refer(act, asked, values)
    act.facts.update(values)
    way = act.step.way(act.answer)
    if way is not None and way.to == 1:
        # Corrected and sent anew it is the next revision (decision X-06).
        act.ticket.revision += 1
    if act.answer != NO:
        hold(act)
        _files_are_there(act)
        for name in act.step.produces:
            _produce(act, act.procedure.document(name), values)
    act.stays = act.step.kind == "end" and bool(signing.to_sign(act.tx.session, act.ticket))


def expect(asked: tuple[Column, ...], values: Mapping[str, Any]) -> None:
    """Raises InvalidValue naming the first thing that is missing, of those asked for."""
    for gap in filling.gaps(asked, values):
        raise InvalidValue(f"Falta: {gap.said.es}.", f"Missing: {gap.said.en}.", code="missing", field=gap.field)


def _files_are_there(act: Act) -> None:
    wanted = act.procedure.files_at(act.step.n) if act.step.n > 1 else ()
    for one in attachments.lacking(wanted, attachments.kinds_of(act.tx.session, act.ticket)):
        raise InvalidValue(
            f"Falta el archivo: {one.es}.", f"The file is missing: {one.en}.", code="file_missing", field=one.id,
            hint="Entréguelo en «Archivos».", hint_en="Hand it in under “Files”.",
        )  # fmt: skip


def _refer(act: Act, asked: tuple[Column, ...], values: Values) -> None:
    """The area that a step names is the one that the request is referred to."""
    for one in asked:
        if one.type == "area" and one.id in values:
            area = queries.area(act.tx.session, values[one.id])
            act.ticket.referred = area
            values[one.id] = area.code


# --- documents ------------------------------------------------------------------------------------------------------


def produced(session: Session, ticket: Ticket) -> list[Produced]:
    """Every document of a request with all its versions, as they were made."""
    return list(session.scalars(select(Produced).where(Produced.ticket_id == ticket.id).order_by(Produced.id)))


def open_forms(tx: Transaction, event: Event) -> None:
    """Give the forms of a step their number as it is entered: they are signed on paper before it is left."""
    if not isinstance(event, events.TicketMoved) or not event.to:
        return
    ticket = tx.session.get_one(Ticket, event.ticket)
    procedure = tickets.definition(tx.session, ticket)
    for name in procedure.step(event.to).produces:
        document = procedure.document(name)
        if document.numbered and _form(tx.session, ticket, name) is None:
            tx.session.add(
                Produced(
                    ticket_id=ticket.id,
                    document=name,
                    version=1,
                    step=event.to,
                    made=now(),
                    made_by=tx.actor,
                    number=next_serial(tx, document.numbered),
                    said={},
                )
            )
            tx.session.flush()


def _form(session: Session, ticket: Ticket, document: str) -> Produced | None:
    return session.scalar(select(Produced).where(Produced.ticket_id == ticket.id, Produced.document == document))


def _produce(act: Act, document: Document, values: Values) -> None:
    form = _form(act.tx.session, act.ticket, document.id) if document.numbered else None
    if form is not None:
        form.said = values
        return
    row = Produced(
        ticket_id=act.ticket.id,
        document=document.id,
        version=_last(act, document.id) + 1,
        step=act.step.n,
        made=now(),
        made_by=act.tx.actor,
        of_version=_named(act, document),
        said=values,
    )
    act.tx.session.add(row)
    act.tx.session.flush()
    number = issuing.issue(act, document, row).number if document.letter else row.number
    said = {"version": row.version, "of_version": row.of_version, "number": number}
    act.facts.setdefault("documents", {})[document.id] = {key: value for key, value in said.items() if value}


def _last(act: Act, document: str) -> int:
    query = select(func.max(Produced.version)).where(Produced.ticket_id == act.ticket.id, Produced.document == document)
    return act.tx.session.scalar(query) or 0


def _named(act: Act, document: Document) -> int | None:
    """The version that this one speaks of: whoever approves has one before them."""
    if not document.names:
        return None
    last = _last(act, document.names)
    if not last:
        named = act.procedure.document(document.names)
        raise InvalidValue(f"Todavía no hay: {named.es}.", f"There is none yet: {named.en}.", code="nothing_to_name")
    return last


def reissue(tx: Transaction, ticket: Ticket, person: Person | None, row: Produced, reason: str, body: str) -> Letter:
    """Void a letter that a step issued, and issue another one with this text, by whoever may issue it.

    Raises NotAllowed (not theirs), InvalidValue (no reason, no text), ConcurrentChange where it is void or the request
    has ended.
    """
    tx.session.refresh(ticket, with_for_update=True)
    letter, procedure = row.letter, tickets.definition(tx.session, ticket)
    if ticket.closed is not None or letter is None or letter.state == VOID:
        raise ConcurrentChange("Ese oficio ya no se puede anular.", "That letter cannot be voided any more.")
    step = procedure.step(row.step)
    act = Act(tx, ticket, procedure, step, tickets.any_standing(tx, ticket, procedure, step.actors, person), "", {})
    asked = tuple(one for one in procedure.asks_at(step.n) if one.id == BODY)
    values = filling.read(asked, {BODY: body}, around(tx)).checked()
    expect(asked, values)
    letters.make_void(tx, letter, text.line(reason, "note", most=500))
    tx.session.flush()
    row.said = {**row.said, **values}
    made = issuing.issue(act, procedure.document(row.document), row)
    issuing.end(tx, ticket)
    return made
