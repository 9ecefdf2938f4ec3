"""What an area asks for: devices that come in, go out or change, as the form, the command line or an import gave it.

Everything is checked before anything is kept, so that a draft holds nothing that may not be held (an IMEI, a random
address). A draft is a request at its first step: nobody but its area sees it, and it has no number people know.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from netreg import events
from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.procedures import tickets
from netreg.registry import text
from netreg.registry.commands import endings
from netreg.registry.models import CONNECTIONS, Area, Authorisation, Device, Interface, Operation, Person, Ticket
from netreg.registry.verdicts import refuse_blocked_device
from netreg.store.transaction import Transaction

CODE = "ADJ-P03"
MOST_DEVICES = 20
FILLING_IN = 1
ADD, REMOVE, UPDATE = "add", "remove", "update"
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """One device as the form, the command line or an import gave it; nothing in it is checked yet."""

    kind: str
    holder: str
    # Of a phone, its address. Of a computer, what the applicant believes it to be: a claim, and no more.
    mac: str = ""
    computer_name: str = ""
    model: str = ""
    ownership: str = "municipal"
    # The number of the phone it replaces, or empty.
    replaces: str = ""
    connection: str = "wifi"
    inventory_no: str = ""
    # The last day of a temporary right, or empty.
    until: str = ""


@dataclass(frozen=True)
class Change:
    """What a request asks for a device that is in: its new data, or (with none) its removal."""

    device: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A whole request as it was filled in. `letter` is what the area's own letter says of itself: number, date, who
    signed it."""

    purpose: str
    kind: str = ADD
    wanted: Sequence[Wanted] = ()
    changes: Sequence[Change] = ()
    letter: Mapping[str, str] = field(default_factory=dict)


# --- draft, correct, send -------------------------------------------------------------------------------------------


def draft(tx: Transaction, area: Area, applicant: Person | None, form: Form, once: str = "") -> Ticket:
    """Keep a request that is filled in and not sent. Refuses bad fields by name, with nothing kept.

    `once` is the form's own mark: the same form again answers with the request it already made.
    """
    tickets.expect_asker(tx, applicant, area)
    once = once or secrets.token_urlsafe(16)
    if (made := tickets.made_of(tx, area, once)) is not None:
        return made
    _still_there(area)
    said, contents = said_of(form), _contents(tx, area, form)
    ticket = tickets.begin(tx, tx.office.catalogue.known_as(CODE), area, applicant, said, once)
    _add(tx, ticket, contents)
    tx.record(events.RequestDrafted(ticket=ticket.id, area=area.code, after={"kind": form.kind}))
    return ticket


def redraft(tx: Transaction, ticket: Ticket, form: Form, *, seen: int) -> Ticket:
    """Correct a draft, or a request that came back; what it asks for is asked anew. It is not sent by this."""
    _in_hand(ticket, seen)
    said, contents = said_of(form), _contents(tx, ticket.area, form, ticket)
    for row in [*ticket.operations, *_rows(ticket)]:
        tx.session.delete(row)
        tx.session.flush()
    tx.session.expire(ticket, ["devices", "operations"])
    ticket.form = {**ticket.form, **said}
    # Its devices are other ones, whatever the words: who has the old ones before them must see that.
    flag_modified(ticket, "form")
    _add(tx, ticket, contents)
    tx.record(events.RequestDrafted(ticket=ticket.id, area=ticket.area.code, after={"kind": form.kind}))
    return ticket


def discard(tx: Transaction, ticket: Ticket, *, seen: int) -> None:
    """Throw a draft away. What was sent once is withdrawn instead, and stays on record."""
    _in_hand(ticket, seen)
    if ticket.sent is not None:
        raise ConcurrentChange("Ya se envió: desista de ella.", "It was sent: withdraw it.", code="already_sent")
    number, area = ticket.id, ticket.area.code
    for row in [*ticket.operations, *_rows(ticket), ticket]:
        tx.session.delete(row)
        tx.session.flush()
    tx.record(events.DraftDiscarded(ticket=number, area=area))


def send(tx: Transaction, ticket: Ticket, person: Person | None, *, accepted: bool, seen: int | None = None) -> Ticket:
    """Send it: a number of sending, no folio and no clock yet. `accepted`: official use, and the notice was shown."""
    return tickets.answer(tx, ticket, person, values={"use_ack": accepted, "privacy_ack": accepted}, seen=seen)


def submit(
    tx: Transaction,
    area: Area,
    applicant: Person | None,
    purpose: str,
    wanted: Sequence[Wanted],
    *,
    letter: Mapping[str, str] | None = None,
    once: str = "",
) -> Ticket:
    """Fill in and send in one go: the operator has the letter, which accepts the terms, before them."""
    form = Form(purpose, wanted=wanted, letter=letter or {})
    ticket = draft(tx, area, applicant, form, once)
    return send(tx, ticket, applicant, accepted=True) if ticket.sent is None else ticket


def _in_hand(ticket: Ticket, seen: int) -> None:
    if ticket.step != FILLING_IN or ticket.closed is not None or ticket.version != seen:
        raise ConcurrentChange(
            "La solicitud ya no está en sus manos; no se cambió nada.",
            "The request is not in your hands any more; nothing was changed.",
        )
    if any(device.authorisation.state != quota.REQUESTED for device in ticket.devices):
        raise ConcurrentChange(
            "Ya hay equipos decididos: termine de decidir los demás, o pida la baja.",
            "Devices are decided already: decide the others, or ask for their removal.",
            code="already_decided",
        )


def _still_there(area: Area) -> None:
    if area.closed is not None:
        raise InvalidValue(
            "El área ya no existe; pida por el área que la sucede.",
            "The area does not exist any more; ask for the area that follows it.",
            code="area_closed",
            field="area",
        )


def _rows(ticket: Ticket) -> list[Any]:
    """The rows of a request's devices, in the order in which they may go."""
    return [
        row for device in ticket.devices for row in (device.authorisation, *device.interfaces, device)
    ]  # fmt: skip


# --- what it says ---------------------------------------------------------------------------------------------------


def said_of(form: Form) -> dict[str, str]:
    """The request's own words, checked: what for, which kind, and what the area's letter says of itself."""
    said = {"purpose": text.line(form.purpose, "purpose", most=500), "request_kind": form.kind}
    return said | letter_of(form.letter)


def letter_of(said: Mapping[str, Any]) -> dict[str, str]:
    """What the area's own letter says of itself: number, date and who signed it, where they are known."""
    number = text.line(str(said.get("letter_number") or ""), "letter_number", most=80, required=False)
    day = text.day(str(said.get("letter_date") or ""), "letter_date")
    signatory = text.line(str(said.get("signed_by") or ""), "signed_by", required=False)
    found = {"letter_number": number, "letter_date": day, "signed_by": signatory}
    return {name: value for name, value in found.items() if value}


# --- what it asks for -----------------------------------------------------------------------------------------------


def _contents(tx: Transaction, area: Area, form: Form, ticket: Ticket | None = None) -> list[Any]:
    if form.kind == ADD:
        return _asked(tx, area, form.wanted)
    if form.kind in (REMOVE, UPDATE):
        return _operations(tx, area, form)
    raise InvalidValue("Elija un movimiento.", "Choose an operation.", code="E_KIND", field="request_kind")


def _add(tx: Transaction, ticket: Ticket, contents: list[Any]) -> None:
    for one in contents:
        if isinstance(one, Operation):
            one.ticket_id = ticket.id
            tx.session.add(one)
            continue
        device, right = one
        device.ticket_id = ticket.id
        tx.session.add(device)
        tx.session.flush()
        right.device_id = device.id
        tx.session.add(right)
    tx.session.flush()
    tx.session.expire(ticket, ["devices", "operations"])


def _operations(tx: Transaction, area: Area, form: Form) -> list[Operation]:
    """What is asked for devices that are in; each must be the area's own, and be named once."""
    if not 1 <= len(form.changes) <= MOST_DEVICES:
        raise _how_many()
    found = [_operation(tx, area, form.kind, one) for one in form.changes]
    if len({one.device_id for one in found}) != len(found):
        raise _no_such_device()
    return found


def _operation(tx: Transaction, area: Area, kind: str, asked: Change) -> Operation:
    device = tx.session.get(Device, int(asked.device)) if _NUMBER.fullmatch(asked.device) else None
    if device is None or device.area_id != area.id or device.authorisation.state not in endings.HELD:
        raise _no_such_device()
    if kind == REMOVE:
        return Operation(device_id=device.id, kind=REMOVE, changes={})
    changed = {key: text.line(said, key, most=endings.CHANGEABLE[key]) for key, said in asked.values.items()
               if key in endings.CHANGEABLE and said.strip() and said.strip() != getattr(device, key)}  # fmt: skip
    if not changed:
        raise InvalidValue(
            "Escriba qué dato cambia.", "Write which data changes.", code="nothing_changes", field="device"
        )
    return Operation(device_id=device.id, kind=UPDATE, changes=changed)


def _how_many() -> InvalidValue:
    return InvalidValue(
        f"Una solicitud lleva de 1 a {MOST_DEVICES} equipos.",
        f"A request has 1 to {MOST_DEVICES} devices.",
        code="E_DEVICES",
        field="devices",
    )


def _no_such_device() -> InvalidValue:
    return InvalidValue(
        "Elija equipos de su área que estén en la red, cada uno una vez.",
        "Choose devices of your area that are on the network, each of them once.",
        code="E_DEVICE",
        field="device",
    )


def _asked(tx: Transaction, area: Area, wanted: Sequence[Wanted]) -> list[tuple[Device, Authorisation]]:
    """The devices asked for, each with the right it asks for."""
    replaced = [_replaced(tx, area, one) for one in wanted]
    named = [number for number in replaced if number is not None]
    if len(set(named)) != len(named):
        raise _no_such_phone()
    devices = _devices(area, wanted)
    for device in devices:
        refuse_blocked_device(tx.session, device)
    ends = [_until(tx, one) for one in wanted]
    return [
        (device, _requested(area, device, old, until))
        for device, old, until in zip(devices, replaced, ends, strict=True)
    ]


def _devices(area: Area, wanted: Sequence[Wanted]) -> list[Device]:
    if not 1 <= len(wanted) <= MOST_DEVICES:
        raise _how_many()
    devices = [_device(area, one) for one in wanted]
    macs = [interface.mac for device in devices for interface in device.interfaces]
    macs += [device.claimed_mac for device in devices if device.claimed_mac]
    if len(set(macs)) != len(macs):
        raise DuplicateMac(
            "La misma dirección MAC aparece dos veces en la solicitud.",
            "The same MAC address appears twice in the request.",
            code="E_SAME_MAC",
            field="mac",
        )
    names = [device.computer_name for device in devices if device.computer_name]
    if len(set(names)) != len(names):
        raise InvalidValue(
            "El mismo nombre de computadora aparece dos veces.",
            "The same computer name appears twice.",
            code="E_SAME_NAME",
            field="computer_name",
        )
    return devices


def _device(area: Area, wanted: Wanted) -> Device:
    """A phone is named by its MAC, a computer by its name (manual, line 526). Phones on cable do not exist."""
    for said, allowed, name in (
        (wanted.kind, ("phone", "computer"), "kind"),
        (wanted.ownership, ("municipal", "personal"), "ownership"),
        (wanted.connection, CONNECTIONS, "connection"),
    ):
        if said not in allowed:
            raise InvalidValue("Elija una de las opciones.", "Choose one of the options.", code="E_CHOICE", field=name)
    device = Device(
        kind=wanted.kind,
        area=area,
        ownership=wanted.ownership,
        holder=text.line(wanted.holder, "holder"),
        model=text.line(wanted.model, "model", most=80, required=False),
        inventory_no=text.line(wanted.inventory_no, "inventory_no", most=40, required=False),
        connection="wifi" if wanted.kind == "phone" else wanted.connection,
    )
    if wanted.kind == "computer":
        device.computer_name = text.computer_name(wanted.computer_name)
        device.claimed_mac = str(MacAddress.registrable(wanted.mac)) if wanted.mac.strip() else ""
    else:
        mac = MacAddress.registrable(wanted.mac)
        device.interfaces = [Interface(device_kind="phone", mac=str(mac), medium="wifi", live=False)]
    return device


def _requested(area: Area, device: Device, replaced: int | None, until: date | None) -> Authorisation:
    return Authorisation(
        kind=device.kind,
        area_id=area.id,
        quota_unit_id=area.quota_unit_id,
        state=quota.REQUESTED,
        replaces_id=replaced,
        ends_on=until,
        ends_because=endings.TEMPORARY if until else "",
    )


def _until(tx: Transaction, wanted: Wanted) -> date | None:
    """The last day of a temporary right: only where the office gives them, and no longer than it does."""
    typed = text.day(wanted.until, "until")
    if not typed:
        return None
    most, day = tx.office.temporary_days, date.fromisoformat(typed)
    if not most:
        raise InvalidValue(
            "Aquí no se dan permisos temporales.", "There are no temporary rights here.", code="not_here", field="until"
        )
    if not tx.today <= day <= tx.today + timedelta(days=most):
        raise InvalidValue(
            f"Un permiso temporal dura {most} días como máximo.",
            f"A temporary right lasts {most} days at most.",
            code="E_UNTIL",
            field="until",
        )
    return day


def _replaced(tx: Transaction, area: Area, wanted: Wanted) -> int | None:
    """The phone of the same quota unit that goes out for this one. Another area's looks like one that is not there."""
    if not wanted.replaces:
        return None
    number = int(wanted.replaces) if _NUMBER.fullmatch(wanted.replaces) and wanted.kind == "phone" else 0
    old = tx.session.get(Device, number)
    right = old.authorisation if old is not None and old.kind == "phone" else None
    if right is None or right.quota_unit_id != area.quota_unit_id or right.state not in quota.REPLACEABLE:
        raise _no_such_phone()
    return number


def _no_such_phone() -> InvalidValue:
    return InvalidValue(
        "Elija un teléfono activo de su área, uno por cada sustitución.",
        "Choose an active phone of your area, one for each replacement.",
        code="E_REPLACES",
        field="replaces",
    )
