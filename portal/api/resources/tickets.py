"""Requests of any procedure: how they stand, and leaving the step they are at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response
from flask_security import current_user
from pydantic import Field
from sqlalchemy.orm import Session, selectinload

from netreg.procedures import actions, filing, tickets
from netreg.registry import queries
from netreg.registry.models import Area as AreaRow
from netreg.registry.models import Ticket as Row
from netreg.store.transaction import Transaction
from portal import seen
from portal.access import today
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading

api = resource("tickets", "Requests under way, of any procedure of the office.")


class Ticket(Document):
    reference: str = Field(description="The folio, or E and the number of sending before there is one.")
    folio: str | None
    procedure: str
    area: str
    applicant: str | None
    step: int
    step_es: str
    step_en: str
    status: str
    outcome: str
    opened: datetime
    sent: datetime | None
    received: datetime | None
    due: datetime | None
    closed: datetime | None
    version: int = Field(description="Counts changes.")
    devices: list[int]


class Tickets(Page):
    items: list[Ticket]


class TicketPath(Document):
    reference: str = Field(max_length=60)


class TicketListing(Listing):
    procedure: str = Field("", max_length=40)
    area: str = Field("", max_length=40)
    status: str = Field("", max_length=40)
    open: bool | None = Field(None, description="Only those under way, or only those that ended.")


class Question(Document):
    id: str
    type: str
    required: bool
    es: str
    en: str


class Way(Document):
    """One thing that may be done now."""

    kind: str = Field(description="`answer` to the step, or an `extension` that wants a note.")
    id: str
    es: str
    en: str
    asks: list[Question]


class Ways(Document):
    items: list[Way]


class Step(Document):
    answer: str = Field("else", max_length=40, description="Which way; `else` where the step asks no question.")
    values: dict[str, str | bool | int] = Field(default_factory=dict, max_length=100)
    note: str = Field("", max_length=500)


class Extension(Document):
    id: str = Field(max_length=60)
    note: str = Field(min_length=1, max_length=500)


class NewTicket(Document):
    procedure: str = Field(max_length=40)
    area: str = Field(max_length=40)
    form: dict[str, Any] = Field(default_factory=dict, max_length=200, description="By the ids of the form's fields.")
    send: bool = Field(True, description="`false` leaves a draft, for its files to be handed in before it is sent.")


def ticket(session: Session, row: Row) -> Ticket:
    """A request as the API tells it."""
    step = tickets.definition(session, row).step(row.step)
    return Ticket(
        reference=row.reference,
        folio=row.folio,
        procedure=row.procedure,
        area=row.area.code,
        applicant=row.applicant.email if row.applicant else None,
        step=row.step,
        step_es=step.es,
        step_en=step.en,
        status=row.status,
        outcome=row.outcome,
        opened=row.opened,
        sent=row.sent,
        received=row.received,
        due=row.due,
        closed=row.closed,
        version=row.version,
        devices=[device.id for device in row.devices],
    )


@reads(api, "/tickets", permission="requests.see", gives=Tickets)
def list_tickets(query: TicketListing) -> Tickets:
    """Requests that this person may see, the newest first."""
    return Tickets(**list_of(query))


def list_of(query: TicketListing) -> dict[str, Any]:
    """One page of them."""
    sought = seen.listed(query.status or None).order_by(None)
    if query.procedure:
        sought = sought.where(Row.procedure == query.procedure)
    if query.area:
        sought = sought.join(AreaRow, AreaRow.id == Row.area_id).where(AreaRow.code == query.area)
    if query.open is not None:
        sought = sought.where(Row.closed.is_(None) if query.open else Row.closed.is_not(None))
    told = selectinload(Row.area), selectinload(Row.applicant), selectinload(Row.devices)
    return page(query, sought.options(*told), Row.id, lambda row: ticket(reading(), row))


@reads(api, "/tickets/<reference>", permission="requests.see", gives=Ticket)
def get_ticket(path: TicketPath) -> Ticket:
    """One request."""
    return ticket(reading(), seen.found(path.reference))


@reads(api, "/tickets/<reference>/ways", permission="requests.see", gives=Ways)
def list_ways(path: TicketPath) -> Ways:
    """What this person may do with a request now, and what each way asks for."""
    row = seen.found(path.reference)
    procedure = tickets.definition(reading(), row)
    found = actions.actions(reading(), procedure, row, current_user, today())
    return Ways(
        items=[
            Way(
                kind=one.kind,
                id=one.id,
                es=one.button.es,
                en=one.button.en,
                asks=[
                    Question(id=ask.id, type=ask.type, required=bool(ask.required), es=ask.es, en=ask.en)
                    for ask in one.asks
                ],
            )
            for one in found
        ]
    )


@changes(api, "/tickets", permission="requests.file", gives=Ticket, status=201)
def open_ticket(body: NewTicket) -> Response:
    """Fill in a request of a procedure other than device access, and send it."""

    def do(tx: Transaction) -> Ticket:
        person = queries.person(tx.session, tx.actor)
        area, procedure = queries.area(tx.session, body.area), tx.office.catalogue.procedure(body.procedure)
        made = filing.draft(tx, procedure, area, person, body.form)
        return ticket(tx.session, filing.send(tx, made, person, accepted=True) if body.send else made)

    return change(do, status=201, location=lambda made: f"/api/v1/tickets/{made.reference}")


@changes(api, "/tickets/<reference>/send", permission="requests.file", gives=Ticket)
def send_ticket(path: TicketPath) -> Response:
    """Send a draft of a procedure other than device access, once its files are handed in."""

    def do(tx: Transaction, row: Row) -> None:
        filing.send(tx, row, queries.person(tx.session, tx.actor), accepted=True)

    return _change(path, do)


@changes(api, "/tickets/<reference>", permission="requests.file", gives=Ticket, method="delete")
def discard_draft(path: TicketPath) -> Response:
    """Throw a draft away, with its files; what was sent is withdrawn instead. The answer is the draft as it was."""
    reference = seen.found(path.reference).reference

    def do(tx: Transaction) -> Ticket:
        row = queries.ticket(tx.session, reference)
        told = ticket(tx.session, row)
        filing.discard(tx, row, seen=row.version)
        return told

    return change(do, of=lambda session: ticket(session, queries.ticket(session, reference)))


@changes(api, "/tickets/<reference>/act", permission="requests.work", gives=Ticket)
def leave_step(path: TicketPath, body: Step) -> Response:
    """Leave the step a request is at."""

    def do(tx: Transaction, row: Row) -> None:
        person = queries.person(tx.session, tx.actor)
        tickets.answer(tx, row, person, body.answer, body.values, note=body.note)

    return _change(path, do)


@changes(api, "/tickets/<reference>/extend", permission="requests.work", gives=Ticket)
def take_extension(path: TicketPath, body: Extension) -> Response:
    """Take a way beside the table: return, withdraw, reject."""

    def do(tx: Transaction, row: Row) -> None:
        tickets.extend(tx, row, queries.person(tx.session, tx.actor), body.id, body.note)

    return _change(path, do)


def _change(path: TicketPath, command: Callable[[Transaction, Row], None]) -> Response:
    reference = seen.found(path.reference).reference

    def do(tx: Transaction) -> Ticket:
        row = queries.ticket(tx.session, reference)
        command(tx, row)
        return ticket(tx.session, row)

    return change(do, of=lambda session: ticket(session, queries.ticket(session, reference)))
