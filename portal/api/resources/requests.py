"""Device access: an area asks for phones and computers."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, NotFound
from netreg.procedures import asking, catalogue
from netreg.procedures.asking import Change, Form, Wanted
from netreg.registry import queries
from netreg.registry.models import Ticket as Row
from netreg.store.transaction import Transaction
from portal import seen
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page
from portal.api.resources.devices import Device, device
from portal.api.resources.tickets import Ticket, TicketListing, TicketPath, list_of, ticket
from portal.rows import reading
from portal.tracing import trace_reading

api = resource("requests", "Letters that ask for devices. IT decides device by device, under `devices`.")


class Request(Ticket):
    kind: Literal[asking.ADD, asking.REMOVE, asking.UPDATE]  # type: ignore[valid-type]
    purpose: str
    asked: list[Device]


class Requests(Page):
    items: list[Ticket]


class Asked(Document):
    """One device that is asked for."""

    kind: Literal["phone", "computer"]
    holder: str = Field(max_length=200)
    mac: str = Field("", max_length=40, description="A phone's WiFi address, in any notation.")
    computer_name: str = Field("", max_length=63)
    model: str = Field("", max_length=80)
    ownership: Literal["municipal", "personal"] = "municipal"
    replaces: str = Field("", max_length=20, description="The number of the phone that goes out for this one.")


class Changed(Document):
    """Other data of a device that is registered."""

    device: int = Field(ge=1, le=2**31 - 1)
    holder: str = Field("", max_length=200)
    model: str = Field("", max_length=80)
    inventory_no: str = Field("", max_length=40)


class NewRequest(Document):
    """Devices to add, to remove (`removes`) or to change (`changes`): one kind in a request."""

    area: str = Field(max_length=40)
    purpose: str = Field(max_length=500)
    devices: list[Asked] = Field(default_factory=list, max_length=asking.MOST_DEVICES)
    removes: list[int] = Field(default_factory=list, max_length=asking.MOST_DEVICES)
    changes: list[Changed] = Field(default_factory=list, max_length=asking.MOST_DEVICES)


def request(session: Session, row: Row) -> Request:
    """A request as the API tells it."""
    told = ticket(session, row).model_dump()
    return Request(
        **told,
        kind=row.form.get("request_kind", asking.ADD),
        purpose=row.purpose,
        asked=[device(one) for one in (*row.devices, *(operation.device for operation in row.operations))],
    )


@reads(api, "/requests", permission="requests.see", gives=Requests)
def list_requests(query: Listing) -> Requests:
    """Requests for devices that this person may see, the newest first."""
    only = TicketListing(limit=query.limit, after=query.after, procedure=catalogue.CORE)
    return Requests(**list_of(only))


@reads(api, "/requests/<reference>", permission="requests.see", gives=Request)
def get_request(path: TicketPath) -> Request:
    """One request, with its devices."""
    trace_reading("requests")
    row = seen.found(path.reference)
    if row.procedure != catalogue.CORE:
        raise NotFound("No existe ese folio.", "There is no such request.")
    return request(reading(), row)


@changes(api, "/requests", permission="requests.ask", gives=Request, status=201)
def ask(body: NewRequest) -> Response:
    """Ask for devices of an area: the request is filled in and sent.

    It has no folio until the desk has received it.
    """
    form = Form(
        body.purpose,
        kind=_kind(body),
        wanted=[Wanted(**one.model_dump()) for one in body.devices],
        changes=[
            *(Change(str(number)) for number in body.removes),
            *(Change(str(one.device), one.model_dump(exclude={"device"})) for one in body.changes),
        ],
    )

    def do(tx: Transaction) -> Request:
        person = queries.person(tx.session, tx.actor)
        area = queries.area(tx.session, body.area)
        made = asking.draft(tx, area, person, form)
        return request(tx.session, asking.send(tx, made, person, accepted=True))

    return change(do, status=201, location=lambda made: f"/api/v1/requests/{made.reference}")


def _kind(body: NewRequest) -> str:
    """What is asked for; refuses a request that mixes kinds."""
    if sum(map(bool, (body.devices, body.removes, body.changes))) > 1:
        raise InvalidValue(
            "Pida una sola cosa: altas, bajas o cambios.", "Ask for one kind: devices, removes or changes.",
            code="E_MIXED", field="devices",
        )  # fmt: skip
    return asking.REMOVE if body.removes else asking.UPDATE if body.changes else asking.ADD
