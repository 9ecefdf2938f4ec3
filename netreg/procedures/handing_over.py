"""Requests that follow from others: what one procedure hands over to another, as its definition says."""

from __future__ import annotations

from netreg import events
from netreg.events import Event
from netreg.procedures import filing, filling, tickets
from netreg.procedures.attending import NO
from netreg.procedures.procedure import Handoff
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction


def hand_over(tx: Transaction, event: Event) -> None:
    """Open the request that a step's end calls for, with what both forms ask for, and send it."""
    if not isinstance(event, events.TicketMoved):
        return
    ticket = tx.session.get_one(Ticket, event.ticket)
    procedure = tickets.definition(tx.session, ticket)
    left = ticket.moves[-1]
    for one in procedure.handoffs:
        goes_on = left.left == one.at_step and left.answer != NO and procedure.extension(left.answer) is None
        if goes_on and filling.is_so(one.when, ticket.form):
            _open(tx, ticket, one)


def _open(tx: Transaction, ticket: Ticket, handoff: Handoff) -> None:
    """As the office itself: it is entered with the gaps it has, and its own desk looks at it."""
    procedure = tx.office.catalogue.known[handoff.to_procedure]
    shared = {one.id for one in procedure.asks_at(1)}
    raw = {name: value for name, value in ticket.form.items() if name in shared}
    opened = filing.draft(tx, procedure, ticket.area, ticket.applicant, raw)
    opened.origin, opened.entered_by = ticket, tx.actor
    tx.session.flush()
    filing.send(tx, opened, None, accepted=True)
