"""Devices with their authorisation: what is registered, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

from flask import Response
from flask_security import current_user
from pydantic import Field
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from netreg.errors import NotFound
from netreg.mac import MacAddress
from netreg.policy import binding, quota
from netreg.registry import deciding, queries
from netreg.registry.commands import devices
from netreg.registry.models import Area as AreaRow
from netreg.registry.models import Authorisation, Interface
from netreg.registry.models import Device as Row
from netreg.store.transaction import Transaction
from portal.access import address, may, own_area
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import MAC, Listing, Page, page
from portal.rows import reading, store
from portal.tracing import trace_reading

api = resource("devices", "Phones, computers and infrastructure, each with its right to be on the network.")


class Authorised(Document):
    """A device's right to be on the network."""

    state: str = Field(description=f"One of {', '.join(quota.STATES)}.")
    slot: int | None = Field(description="1, 2 or 3 for a phone that counts on its area.")
    ends_on: date | None
    reason: str


class Device(Document):
    number: int
    kind: str
    area: str
    name: str
    holder: str
    model: str
    ownership: str
    location: str
    request: str | None = Field(description="The folio, or number of sending, it was asked for under.")
    macs: list[str] = Field(description="Masked, unless the token has `addresses:read`.")
    authorisation: Authorised


class Devices(Page):
    items: list[Device]


class DevicePath(Document):
    number: int = Field(ge=1, le=2**31 - 1)


class DeviceListing(Listing):
    area: str = Field("", max_length=40)
    state: str = Field("", max_length=20)
    kind: str = Field("", max_length=20)
    mac: str = Field("", pattern=MAC, description="The device with this address, in any notation.")


class Reason(Document):
    reason: str = Field("", max_length=500)


class Suspension(Reason):
    code: Literal[tuple(devices.SUSPENSIONS)] = "other"  # type: ignore[valid-type]


class Removal(Reason):
    code: Literal[tuple(devices.REMOVALS)] = "asked"  # type: ignore[valid-type]


class Rejection(Document):
    code: Literal[tuple(devices.CHOICES)]  # type: ignore[valid-type]
    words: str = Field("", max_length=500, description="Needed where the code is `other`.")


class Binding(Document):
    mac: str = Field(max_length=40)
    medium: Literal["ethernet", "wifi"] = "ethernet"
    evidence: str = Field(max_length=500, description="How it was seen that the address is this computer's.")
    kind: Literal[tuple(binding.EVIDENCE)] = binding.INSPECTION  # type: ignore[valid-type]


class Infrastructure(Document):
    area: str = Field(max_length=40)
    mac: str = Field(max_length=40)
    name: str = Field(max_length=80, description="What it is, for example: printer.")
    location: str = Field(max_length=200)


def device(row: Row) -> Device:
    """A device as the API tells it to this person."""
    right, macs = row.authorisation, [interface.mac for interface in row.interfaces]
    return Device(
        number=row.id,
        kind=row.kind,
        area=row.area.code,
        name=row.shown,
        holder="" if row.is_forgotten else row.holder,
        model=row.model,
        ownership=row.ownership,
        location=row.location,
        request=row.ticket.reference if row.ticket else None,
        macs=[shown for mac in macs if (shown := address(mac))],
        authorisation=Authorised(
            state=right.state, slot=right.slot, ends_on=right.ends_on, reason=right.reason_code or ""
        ),
    )


def _mine(row: Row) -> Row:
    """The device, if it is of an area that this person sees."""
    if own_area() not in (None, row.area_id):
        raise NotFound("No existe ese equipo.", "There is no such device.")
    return row


def _found(session: Session, number: int) -> Row:
    return _mine(queries.device(session, number))


def _sought(listing: DeviceListing) -> Select[tuple[Row]]:
    query = select(Row).join(Authorisation, Authorisation.device_id == Row.id)
    query = query.options(
        selectinload(Row.interfaces), selectinload(Row.authorisation), selectinload(Row.area), selectinload(Row.ticket)
    )
    if (area := own_area()) is not None:
        query = query.where(Row.area_id == area)
    if listing.area:
        query = query.join(AreaRow, AreaRow.id == Row.area_id).where(AreaRow.code == listing.area)
    if listing.state:
        query = query.where(Authorisation.state == listing.state)
    if listing.kind:
        query = query.where(Row.kind == listing.kind)
    if listing.mac:
        # Whoever may not read an address may not find out whose it is either.
        mac = str(MacAddress.parse(listing.mac)) if may("addresses.whole") else ""
        query = query.where(Row.id.in_(select(Interface.device_id).where(Interface.mac == mac)))
    return query


@reads(api, "/devices", permission="devices.see", gives=Devices)
def list_devices(query: DeviceListing) -> Devices:
    """Devices, the newest first; by area, state, kind or address."""
    trace_reading("devices")
    return Devices(**page(query, _sought(query), Row.id, device))


@reads(api, "/devices/<int:number>", permission="devices.see", gives=Device)
def get_device(path: DevicePath) -> Device:
    """One device."""
    return device(_found(reading(), path.number))


@changes(api, "/devices/infrastructure", permission="devices.infrastructure", gives=Device, status=201)
def register_infrastructure(body: Infrastructure) -> Response:
    """Register a printer, camera or access point to an area: no letter and no slot."""

    def do(tx: Transaction) -> Device:
        area = queries.area(tx.session, body.area)
        made = devices.register_infrastructure(tx, area, body.mac, body.name, body.location)
        return device(made)

    return change(do, status=201, location=lambda made: f"/api/v1/devices/{made.number}")


@changes(api, "/devices/<int:number>/approve", permission="requests.decide", gives=Device)
def approve_device(path: DevicePath) -> Response:
    """Approve a device that was asked for; its address goes to every point.

    A full area is refused with `quota_full`, and the attempt is in the audit log.
    """

    def do(tx: Transaction) -> Device:
        return device(deciding.approved(tx, path.number))

    with deciding.told_conflict(store(), current_user.email, path.number):
        return change(do, of=lambda session: device(queries.device(session, path.number)))


@changes(api, "/devices/<int:number>/reject", permission="requests.decide", gives=Device)
def reject_device(path: DevicePath, body: Rejection) -> Response:
    """Reject a device that was asked for, with a reason."""

    def do(tx: Transaction) -> Device:
        row = queries.device(tx.session, path.number)
        devices.reject(tx, row, queries.person(tx.session, tx.actor), body.code, body.words)
        return device(row)

    return change(do, of=lambda session: device(queries.device(session, path.number)))


@changes(api, "/devices/<int:number>/suspend", permission="devices.suspend", gives=Device)
def suspend_device(path: DevicePath, body: Suspension) -> Response:
    """Take a device out of every allowlist at once; its slot stays taken."""
    return _change(path, lambda tx, row: devices.suspend(tx, row, body.reason, body.code))


@changes(api, "/devices/<int:number>/restore", permission="devices.suspend", gives=Device)
def restore_device(path: DevicePath, body: Reason) -> Response:
    """Lift a suspension."""
    return _change(path, lambda tx, row: devices.restore(tx, row, body.reason))


@changes(api, "/devices/<int:number>/remove", permission="devices.suspend", gives=Device)
def remove_device(path: DevicePath, body: Removal) -> Response:
    """Order the removal; the slot is free once every point was read back without it."""
    return _change(path, lambda tx, row: devices.remove(tx, row, body.reason, body.code))


@changes(api, "/devices/<int:number>/bind", permission="devices.bind", gives=Device)
def bind_device(path: DevicePath, body: Binding) -> Response:
    """Bind an approved computer to an address it has."""
    return _change(path, lambda tx, row: devices.bind(tx, row, body.mac, body.medium, body.evidence, body.kind))


def _change(path: DevicePath, command: Callable[[Transaction, Row], object]) -> Response:
    def do(tx: Transaction) -> Device:
        row = _found(tx.session, path.number)
        command(tx, row)
        return device(row)

    return change(do, of=lambda session: device(_found(session, path.number)))
