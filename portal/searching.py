"""Searching as people type: no case, no accents, and an address in any notation, also one that is a hash by now."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import flash, g
from flask_babel import gettext as _

from netreg.errors import ConfigError, InvalidValue
from netreg.mac import MacAddress
from netreg.registry import queries
from netreg.registry.models import Device, Person, Ticket
from netreg.registry.text import folded
from portal.access import may
from portal.rows import reading, store

MOST_LETTERS = 80
_SEPARATORS = re.compile(r"[:.\-\s]")


def device_matches(device: Device, sought: str) -> bool:
    """Whether the device bears these words; whole addresses count for those only who may see them.

    Of a device whose term is over neither holder nor name is searched.
    """
    who = () if device.is_forgotten else (device.holder, device.model, device.computer_name or "")
    return _found(sought, (*who, device.area.code, device.area.name)) or _address_found(sought, [device])


def ticket_matches(ticket: Ticket, sought: str, answers: Iterable[str] = ()) -> bool:
    """Whether the request bears these words: folio, number of its letter or of an answer, area, purpose, who asked,
    who uses what."""
    devices = [*ticket.devices, *(one.device for one in ticket.operations)]
    named = (text for one in devices for text in (one.holder, one.model, one.computer_name or ""))
    letter = str(ticket.form.get("letter_number", ""))
    asked = ticket.applicant.name if ticket.applicant else ""
    texts = (ticket.reference, letter, *answers, ticket.area.code, ticket.area.name, ticket.purpose, asked, *named)
    return _found(sought, texts) or _address_found(sought, devices)


def person_matches(person: Person, sought: str) -> bool:
    """Whether the person bears these words: name, e-mail or area."""
    area = (person.area.code, person.area.name) if person.area else ()
    return _found(sought, (person.name, person.email, *area))


def _found(sought: str, texts: Iterable[str]) -> bool:
    wanted = folded(sought)
    return not wanted or any(wanted in folded(text) for text in texts)


def _address_found(sought: str, devices: Iterable[Device]) -> bool:
    if not may("addresses.whole"):
        return False
    address, bearers = _address(sought)
    return any(
        device.id in bearers or any(address in _bare(interface.mac) for interface in device.interfaces)
        for device in devices
    )


def _bare(typed: str) -> str:
    """An address or a part of one without what stands between its digits, whatever the notation."""
    return _SEPARATORS.sub("", typed.lower())


def _address(sought: str) -> tuple[str, frozenset[int]]:
    """What was typed as an address or a part of one, and the devices that once bore it; looked up once a page."""
    if "sought" not in g:
        g.sought = _looked_up(sought)
    return g.sought  # type: ignore[no-any-return]


def _looked_up(sought: str) -> tuple[str, frozenset[int]]:
    try:
        mac = MacAddress.parse(sought)
    except InvalidValue:
        return _bare(sought), frozenset()
    try:
        found = queries.bearers(reading(), mac, store().office.retention_key)
    except ConfigError:
        flash(_("No se pudo buscar entre los equipos cuyo plazo se cumplió: falta su llave. Avise a quien administra."),
              "danger")  # fmt: skip
        return _bare(str(mac)), frozenset()
    return _bare(str(mac)), frozenset(device.id for device in found)
