"""Searching as people type: no case, no accents, and an address in any notation."""

from __future__ import annotations

from collections.abc import Iterable

from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.registry.models import Device, Person, Ticket
from netreg.registry.text import folded
from portal.access import may

MOST_LETTERS = 80


def device_matches(device: Device, sought: str) -> bool:
    """Whether the device bears these words; whole addresses count for those only who may see them."""
    texts = (device.holder, device.model, device.computer_name or "", device.area.code, device.area.name)
    return _found(sought, texts) or _address_found(sought, [device])


def ticket_matches(ticket: Ticket, sought: str) -> bool:
    """Whether the request bears these words: folio, letter number, area, purpose, who asked, who uses what."""
    holders = (text for device in ticket.devices for text in (device.holder, device.model, device.computer_name or ""))
    letter = str(ticket.form.get("letter_number", ""))
    asked = ticket.applicant.name if ticket.applicant else ""
    texts = (ticket.reference, letter, ticket.area.code, ticket.area.name, ticket.purpose, asked, *holders)
    return _found(sought, texts) or _address_found(sought, ticket.devices)


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
    address = _address(sought)
    return any(address in interface.mac for device in devices for interface in device.interfaces)


def _address(sought: str) -> str:
    try:
        return str(MacAddress.parse(sought))
    except InvalidValue:
        return sought.lower().replace("-", ":")
