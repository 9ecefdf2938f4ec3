"""The letters that steps issue besides the answer: numbered, signed, voided and checked as the answer is (`signing`).

One that is signed by hand waits for its scan while the request goes on; at an end the request waits with it, and ends
by itself once the scan is there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.events import Event
from netreg.procedures import letters, tickets
from netreg.procedures.models import Letter, Produced
from netreg.procedures.procedure import ELSE, Document, Procedure
from netreg.procedures.setting_out import format_of, set_out
from netreg.procedures.signing import sign, to_sign
from netreg.procedures.soundness import BODY
from netreg.procedures.standing import Standing
from netreg.procedures.tickets import Act
from netreg.procedures.uploads import SIGNED_LETTER
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction

NOTICE, TECHNICAL = "notice", "technical"


def issue(act: Act, document: Document, row: Produced) -> Letter:
    """The official letter of a document, numbered, and signed by whoever leaves its step."""
    letter = Letter(ticket=act.ticket, produced=row)
    act.tx.session.add(letter)
    said, role, form = _said(act, document, row), act.procedure.role(act.step.role), format_of(act.procedure, document)
    if form is None:
        facts = sign(act, letter, said, NOTICE, role)
    else:
        found = set_out(act.tx.session, act.ticket, act.procedure, form, row, act.tx.office)
        facts = sign(act, letter, said | found.data, TECHNICAL, role, found.pictures)
    act.tx.record(
        events.LetterIssued(
            ticket=act.ticket.id,
            reference=act.ticket.reference,
            number=str(letter.number),
            what=document.es,
            what_en=document.en,
            after={name: facts[name] for name in ("sha256", "manner")},
        )
    )
    return letter


def _said(act: Act, document: Document, row: Produced) -> dict[str, Any]:
    named, post = _addressee(act, document)
    return {
        "folio": act.ticket.reference,
        "asunto": f"{document.es}: {act.procedure.title.short()}",
        "destinatario": named or post,
        "cargo": post,
        "cuerpo": letters.paragraphs(str(row.said.get(BODY, ""))),
    }


def _addressee(act: Act, document: Document) -> tuple[str, str]:
    """Name and post of whom a letter goes to: whoever asked from outside, where it is for them, or the area's head."""
    if not document.for_outside:
        return letters.signer(act.tx.session, act.ticket, act.tx.office)
    applicant = act.procedure.role(act.procedure.applicant_role).es
    told = {one.type: str(act.ticket.form[one.id]) for one in reversed(act.procedure.asks_at(1))
            if one.id in act.ticket.form}  # fmt: skip
    body = told.get("text", applicant)
    return told.get("person", body), body


# --- a request that waits for a signature ---------------------------------------------------------------------------


def ended_by(session: Session, ticket: Ticket, procedure: Procedure) -> list[Produced]:
    """The letters with which a request that is still open ends: its last step issued them since it came there."""
    step = procedure.step(ticket.step)
    if ticket.closed is not None or step.kind != "end" or not ticket.moves:
        return []
    since = ticket.moves[-1].at
    query = select(Produced).where(Produced.ticket_id == ticket.id, Produced.step == step.n, Produced.made >= since)
    return [row for row in session.scalars(query.order_by(Produced.id)) if row.letters]


def finish(tx: Transaction, event: Event) -> None:
    """End a request that waited for nothing but the scan of a letter of its last step."""
    if isinstance(event, events.FileHandedIn) and event.kind == SIGNED_LETTER:
        end(tx, tx.session.get_one(Ticket, event.ticket))


def end(tx: Transaction, ticket: Ticket) -> None:
    """The same, for a request that may do so now."""
    procedure = tickets.definition(tx.session, ticket)
    rows = ended_by(tx.session, ticket, procedure)
    if not rows or to_sign(tx.session, ticket):
        return
    said = {name: value for row in rows for name, value in row.said.items()}
    made = {row.document: {"version": row.version, "number": row.letter.number} for row in rows if row.letter}
    step = procedure.step(ticket.step)
    tickets.move(Act(tx, ticket, procedure, step, Standing(None), ELSE, {}, {**said, "documents": made}), 0)
