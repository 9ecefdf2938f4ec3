"""Searching as people type: no case, no accents, and an address in any notation, also one that is a hash by now."""

from __future__ import annotations

import re

from flask import flash
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select

from netreg.errors import ConfigError, InvalidValue
from netreg.mac import MacAddress
from netreg.procedures.models import Letter
from netreg.registry import queries
from netreg.registry.models import Area, Authorisation, Device, Interface, Operation, Person, Ticket
from netreg.store.folding import fold
from portal.access import may
from portal.rows import reading, store

MOST_LETTERS = 80
_SEPARATORS = re.compile(r"[:.\-\s]")
# What may be a part of an address; one digit is in nearly every one.
_DIGITS = re.compile(r"[0-9a-f]{2,12}", re.ASCII)


def devices_sought(sought: str) -> ColumnElement[bool]:
    """The devices that bear these words; whole addresses count for those only who may see them.

    Of a device whose term is over neither holder nor name is searched.
    """
    return or_(Device.id.in_(_named(sought, forgotten=False)), Device.area_id.in_(_areas(sought)), _addressed(sought))


def tickets_sought(sought: str) -> ColumnElement[bool]:
    """The requests that bear these words: folio, number of their letter or of an answer, area, purpose, who asked, who
    uses what."""
    unsent = and_(Ticket.folio.is_(None), literal("e").concat(Ticket.id).contains(fold(sought), autoescape=True))
    devices = select(Device.id).where(or_(Device.id.in_(_named(sought)), _addressed(sought)))
    own = select(Device.ticket_id).where(Device.id.in_(devices), Device.ticket_id.is_not(None))
    operated = select(Operation.ticket_id).where(Operation.device_id.in_(devices))
    return or_(
        Ticket.bears(sought),
        unsent,
        Ticket.area_id.in_(_areas(sought)),
        Ticket.applicant_id.in_(select(Person.id).where(Person.bears(sought))),
        Ticket.id.in_(own),
        Ticket.id.in_(operated),
        Ticket.id.in_(_answered(sought)),
    )


def people_sought(sought: str) -> ColumnElement[bool]:
    """The people who bear these words: name, e-mail or area."""
    return or_(Person.bears(sought), Person.area_id.in_(_areas(sought)))


def areas_sought(sought: str) -> ColumnElement[bool]:
    """The areas that bear these words: code or name."""
    return Area.bears(sought)


def _areas(sought: str) -> Select[int]:
    return select(Area.id).where(areas_sought(sought))


def _named(sought: str, *, forgotten: bool = True) -> Select[int]:
    """The devices by who uses them, their model and what they are called."""
    found = select(Device.id).where(Device.bears(sought))
    over = select(Authorisation.device_id).where(Authorisation.forgotten.is_not(None))
    return found if forgotten else found.where(Device.id.not_in(over))


def _answered(sought: str) -> Select[int]:
    """The requests by the numbers of their answers that this person may read, also of void ones."""
    found = select(Letter.ticket_id).where(Letter.bears(sought))
    return found if may("areas.all") else found.where(Letter.is_for_all)


def _addressed(sought: str) -> ColumnElement[bool]:
    """The devices that bear this address or a part of one, in any notation, or that once bore it."""
    if not may("addresses.whole"):
        return Device.id.in_([])
    address, bearers = _looked_up(sought)
    if not _DIGITS.fullmatch(address):
        return Device.id.in_([])
    bare = func.replace(Interface.mac, ":", "")
    return or_(
        Device.id.in_(select(Interface.device_id).where(bare.contains(address, autoescape=True))),
        Device.id.in_(bearers),
    )


def _looked_up(sought: str) -> tuple[str, list[int]]:
    """What was typed without what stands between its digits, and the devices that have that address, or had it."""
    try:
        mac = MacAddress.parse(sought)
    except InvalidValue:
        return _bare(sought), []
    try:
        found = queries.bearers(reading(), mac, store().office.retention_key)
    except ConfigError:
        flash(_("No se pudo buscar entre los equipos cuyo plazo se cumplió: falta su llave. Avise a quien administra."),
              "danger")  # fmt: skip
        return _bare(str(mac)), []
    return _bare(str(mac)), [device.id for device in found]


def _bare(typed: str) -> str:
    return _SEPARATORS.sub("", typed.lower())
