"""From a confirmed form to a request, and from a returned request to the corrected one; nobody here has an account.

Who may do it was decided by the link. What is done is the work of the same commands that an area's form runs through.
"""

from __future__ import annotations

from collections.abc import Iterable

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.procedures import attachments, filing, tickets
from netreg.procedures.filing import CHANNEL
from netreg.procedures.outside import forms
from netreg.procedures.outside.keeping import HandedIn, Submission, contents, kind_of, known_only, refusals
from netreg.procedures.outside.links import FormLinkDead
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.procedure import Extension, Procedure
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction


def confirm(tx: Transaction, pending: Pending) -> Ticket:
    """File the request: the area that attends to it, the office's hours and a folio, as its definition says.

    `pending` is held (`links.pending_of` with `lock`), and gone afterwards; its files are dropped by the caller once
    that is stored. Raises NotFound where the procedure has no public form any more, InvalidValue where it asks for
    other things now.
    """
    procedure, area = forms.form(tx.session, tx.office, pending.procedure)
    try:
        files = contents(tx.office, pending)
    except OSError as error:
        raise FormLinkDead from error
    ticket = filing.draft_for_outside(tx, procedure, area, pending.said, pending.mark)
    _take(tx, ticket, procedure, files)
    tx.session.add(
        Contact(ticket_id=ticket.id, email=pending.email, language=pending.language, mark=pending.mark, confirmed=now())
    )
    number = pending.id
    tx.session.delete(pending)
    tx.session.flush()
    tx.record(events.OutsideConfirmed(ticket=ticket.id, procedure=procedure.code, pending=number))
    return filing.send(tx, ticket, None, accepted=True)


def drop(tx: Transaction, pending: Pending) -> None:
    """Throw a form away whose address belongs to somebody who never sent it."""
    procedure, number = pending.procedure, pending.id
    tx.session.delete(pending)
    tx.session.flush()
    tx.record(events.OutsideDropped(procedure=procedure, pending=number))


def correct(tx: Transaction, ticket: Ticket, sent: Submission, *, seen: int) -> Ticket:
    """Correct a request that came back, and send it anew under its folio.

    Raises InvalidValue for the first thing that is wrong, ConcurrentChange where it is not in their hands any more.
    """
    already = attachments.kinds_of(tx.session, ticket)
    for refusal in refusals(sent, tx.office, tx.today, already):
        raise refusal
    said = known_only(sent.procedure, sent.raw) | {CHANNEL: ticket.form[CHANNEL]}
    filing.redraft(tx, ticket, said, seen=seen)
    _take(tx, ticket, sent.procedure, sent.files)
    return filing.send(tx, ticket, None, accepted=sent.accepted)


def withdrawal(procedure: Procedure, ticket: Ticket) -> Extension | None:
    """The way on which whoever asked withdraws at this step, if there is one."""
    mine = [one for one in procedure.extensions if procedure.applicant_role in one.by and one.to == "end:withdrawn"]
    return next((one for one in mine if ticket.closed is None and ticket.step in one.from_), None)


def withdraw(tx: Transaction, ticket: Ticket, note: str, *, seen: int) -> Ticket:
    """End a request because whoever asked does not want it any more, in their words."""
    way = withdrawal(tickets.definition(tx.session, ticket), ticket)
    if way is None:
        raise NotAllowed("Ya no se puede desistir.", "It cannot be withdrawn any more.", code="not_at_this_step")
    return tickets.extend(tx, ticket, None, way.id, note, seen=seen)


def _take(tx: Transaction, ticket: Ticket, procedure: Procedure, files: Iterable[HandedIn]) -> None:
    for handed in files:
        one = kind_of(procedure, handed.kind)
        if one is None:
            raise InvalidValue("El trámite cambió; llene el formulario de nuevo.",
                               "The procedure changed; fill the form in again.", code="form_changed")  # fmt: skip
        kept = attachments.take(tx, ticket, one, handed.name, handed.content)
        if handed.row is not None:
            column, number, inside = handed.row
            filing.point_at(ticket, column, number, inside, kept)
