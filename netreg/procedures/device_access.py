"""ADJ-P03, device access: an area asks for devices, each is decided apart, and the request follows its devices.

The engine moves the ticket; this module knows what its first steps do, and which events of a device move it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy import text as sql

from netreg import events
from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, NotAllowed
from netreg.events import Event
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.procedures import calendars, catalogue, tickets, timing, uploads
from netreg.procedures.tickets import Act, effect
from netreg.registry import text
from netreg.registry.commands import devices as decisions
from netreg.registry.models import Area, Authorisation, Device, Interface, Person, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction

CODE = "ADJ-P03"
MOST_DEVICES = 20
FILLING_IN, DECIDING, REGISTERING, REJECTING = 1, 4, 5, 6
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
# States of a device that keep its request at step 5: something is still to be confirmed or brought.
UNSETTLED = frozenset({quota.PUSHING, quota.AWAITING_BINDING, quota.WAITING_SWAP})
DEVICE_EVENTS = (
    events.DeviceApproved, events.DeviceRejected, events.DeviceBound, events.DeviceActivated, events.DeviceRemoved,
    events.DeviceSuspended, events.DeviceRestored, events.RemovalOrdered, events.SlotInherited,
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """One device as the form, the command line or an import gave it; nothing in it is checked yet."""

    kind: str
    holder: str
    mac: str = ""
    computer_name: str = ""
    model: str = ""
    ownership: str = "municipal"
    # The number of the phone it replaces, or empty.
    replaces: str = ""


# --- asking ---------------------------------------------------------------------------------------------------------


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
    """Fill in and send a request: a number of sending, no folio and no clock yet. Refuses bad fields by name.

    `letter` is what the area's own letter says of itself (number, date). `once` is the form's own mark: sending the
    same form again answers with the request it already made.
    """
    once = once or secrets.token_urlsafe(16)
    if not _ONCE.fullmatch(once):
        raise InvalidValue("El formulario caducó; ábralo de nuevo.", "The form is stale; open it again.", field="once")
    tickets.locked(tx, area)
    made = tx.session.scalar(select(Ticket).where(Ticket.area_id == area.id, Ticket.once == once))
    if made is not None:
        return made
    asked = _asked(tx, area, wanted)
    form = _form(purpose, letter or {})
    ticket = tickets.begin(tx, catalogue.procedure(CODE), area, applicant, form, once)
    _add(tx, ticket, area, asked)
    return tickets.answer(tx, ticket, applicant)


def revise(
    tx: Transaction,
    ticket: Ticket,
    person: Person | None,
    purpose: str,
    wanted: Sequence[Wanted],
    *,
    seen: int,
    letter: Mapping[str, str] | None = None,
) -> Ticket:
    """Correct a request that came back, and send it again: same folio, next revision. Its devices are asked anew."""
    if ticket.step != FILLING_IN or ticket.version != seen:
        raise ConcurrentChange(
            "La solicitud ya no está en sus manos; no se cambió nada.",
            "The request is not in your hands any more; nothing was changed.",
        )
    _nothing_decided(ticket)
    asked = _asked(tx, ticket.area, wanted)
    for device in ticket.devices:
        tx.session.delete(device.authorisation)
        for interface in device.interfaces:
            tx.session.delete(interface)
        tx.session.delete(device)
    tx.session.flush()
    tx.session.expire(ticket, ["devices"])
    ticket.form = {**ticket.form, **_form(purpose, letter or {})}
    ticket.revision += 1
    _add(tx, ticket, ticket.area, asked)
    return tickets.answer(tx, ticket, person)


def _form(purpose: str, letter: Mapping[str, str]) -> dict[str, str]:
    return {"purpose": text.line(purpose, "purpose", most=500)} | _letter(letter)


def _letter(said: Mapping[str, Any]) -> dict[str, str]:
    """What the area's own letter says of itself: number and date, where they are known."""
    number = text.line(str(said.get("letter_number") or ""), "letter_number", most=80, required=False)
    day = text.day(str(said.get("letter_date") or ""), "letter_date")
    return {name: value for name, value in (("letter_number", number), ("letter_date", day)) if value}


def _add(tx: Transaction, ticket: Ticket, area: Area, asked: list[tuple[Device, int | None]]) -> None:
    for device, replaced in asked:
        device.ticket_id = ticket.id
        tx.session.add(device)
        tx.session.flush()
        tx.session.add(_requested(device, area, replaced))
    tx.session.flush()
    tx.session.expire(ticket, ["devices"])


def _devices(area: Area, wanted: Sequence[Wanted]) -> list[Device]:
    if not 1 <= len(wanted) <= MOST_DEVICES:
        raise InvalidValue(
            f"Una solicitud lleva de 1 a {MOST_DEVICES} equipos.",
            f"A request has 1 to {MOST_DEVICES} devices.",
            code="E_DEVICES",
            field="devices",
        )
    devices = [_device(area, one) for one in wanted]
    macs = [interface.mac for device in devices for interface in device.interfaces]
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
    """A phone is named by its MAC, a computer by its name (manual, line 526)."""
    if wanted.kind not in ("phone", "computer"):
        raise InvalidValue("Elija teléfono o computadora.", "Choose phone or computer.", code="E_KIND", field="kind")
    if wanted.ownership not in ("municipal", "personal"):
        raise InvalidValue(
            "Elija municipal o personal.", "Choose municipal or personal.", code="E_OWNER", field="ownership"
        )
    device = Device(
        kind=wanted.kind,
        area=area,
        ownership=wanted.ownership,
        holder=text.line(wanted.holder, "holder"),
        model=text.line(wanted.model, "model", most=80, required=False),
    )
    if wanted.kind == "computer":
        device.computer_name = text.computer_name(wanted.computer_name)
    else:
        mac = MacAddress.registrable(wanted.mac)
        device.interfaces = [Interface(device_kind="phone", mac=str(mac), medium="wifi", live=False)]
    return device


def _requested(device: Device, area: Area, replaced: int | None) -> Authorisation:
    return Authorisation(
        device_id=device.id,
        kind=device.kind,
        area_id=area.id,
        quota_unit_id=area.quota_unit_id,
        state=quota.REQUESTED,
        replaces_id=replaced,
    )


def _asked(tx: Transaction, area: Area, wanted: Sequence[Wanted]) -> list[tuple[Device, int | None]]:
    """The devices asked for, each with the number of the phone it replaces."""
    replaced = [_replaced(tx, area, one) for one in wanted]
    named = [number for number in replaced if number is not None]
    if len(set(named)) != len(named):
        raise _no_such_phone()
    return list(zip(_devices(area, wanted), replaced, strict=True))


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


def put_through(tx: Transaction, ticket: Ticket) -> Ticket:
    """Receive a request and turn it over in the operator's own name: the first census comes without a letter each."""
    tickets.answer(tx, ticket, None, values={"paper": True})
    return tickets.answer(tx, ticket, None, values={"instruction": "Censo inicial"})


# --- what its steps do ----------------------------------------------------------------------------------------------


@effect("send")
def send(act: Act) -> None:
    """Step 1: the area sends it. A note of the sending, and no more than that: the clock starts at the receipt."""
    act.ticket.sent = now()
    act.facts["devices"] = len(act.ticket.devices)
    act.facts["revision"] = act.ticket.revision


@effect("receive")
def receive(act: Act) -> None:
    """Step 2: the desk has the signed letter before it, stamps it, and the folio is taken (manual, line 534).

    Values: `paper` (the signed letter was seen, where it was not handed in as a file), `annexes` (how many),
    `letter_number` and `letter_date` as they stand on it. A request that comes back keeps its folio.
    """
    ticket = act.ticket
    if not act.values.get("paper") and not uploads.has_letter(act.tx.session, ticket):
        raise InvalidValue(
            "Falta el oficio firmado: sin él no hay acuse.",
            "The signed letter is missing: no receipt without it.",
            code="letter_missing",
            field="paper",
            hint="Devuelva la solicitud para que el área lo entregue.",
            hint_en="Return the request, so that the area hands it in.",
        )
    ticket.form = {**ticket.form, **_letter(act.values)}
    ticket.annexes = _annexes(act.values.get("annexes", 0))
    ticket.folio = ticket.folio or next_folio(act.tx, ticket.procedure)
    ticket.received, ticket.received_by = now(), act.tx.actor
    act.facts.update(folio=ticket.folio, annexes=ticket.annexes, revision=ticket.revision)


def _annexes(said: Any) -> int:
    try:
        number = int(str(said or 0))
    except ValueError:
        number = -1
    if not 0 <= number <= 999:
        raise InvalidValue("Escriba cuántos anexos son.", "Write how many annexes.", code="E_ANNEXES", field="annexes")
    return number


@effect("turn_over")
def turn_over(act: Act) -> None:
    """Step 3: the coordinator turns it over to IT, with an instruction (manual, line 535)."""
    act.facts["instruction"] = text.line(
        str(act.values.get("instruction", "")), "instruction", most=300, required=False
    )


@effect("reject_other_reason")
def reject_all(act: Act) -> None:
    """Reject every device that is not decided yet, for the reason given in words."""
    waiting = [device for device in act.ticket.devices if device.authorisation.state == quota.REQUESTED]
    if any(device.authorisation.state != quota.REJECTED for device in act.ticket.devices if device not in waiting):
        raise ConcurrentChange(
            "Ya hay equipos aprobados: decida cada uno de los demás.",
            "Devices are approved already: decide each of the others.",
            code="already_decided",
        )
    for device in waiting:
        decisions.refuse(act.tx, device, "other", act.values["note"])


@effect("return_for_correction")
def give_back(act: Act) -> None:
    """Back to the area, while nothing is decided: what was let in does not vanish with a correction."""
    _nothing_decided(act.ticket)


@effect("withdraw")
def withdraw(act: Act) -> None:
    """The area takes its request back; once a device is decided that is a removal, which is asked for apart."""
    _nothing_decided(act.ticket)
    for device in act.ticket.devices:
        decisions.refuse(act.tx, device, "withdrawn", act.values["note"])


@effect("close_unanswered")
def close_unanswered(act: Act) -> None:
    """Closed in writing by the coordinator, because the area did not correct what was returned (section 3).

    Raises NotAllowed `too_early`, naming the moment from which it may be done.
    """
    office, back = act.tx.office, act.ticket.moves[-2]
    calendar = calendars.current(act.tx.session, office)
    since = calendar.add_working_day_hours(back.at, office.clocks.correction_days * timing.DAY)
    if now() < since:
        day = since.astimezone(office.zone)
        raise NotAllowed(
            f"Se puede cerrar desde el {day:%d/%m/%Y a las %H:%M}; no se cambió nada.",
            f"It may be closed from {day:%Y-%m-%d at %H:%M} on; nothing was changed.",
            code="too_early",
            hint="Hasta entonces el área puede corregirla.",
            hint_en="Until then the area may correct it.",
        )
    for device in act.ticket.devices:
        decisions.refuse(act.tx, device, "unanswered", act.values["note"])


def _nothing_decided(ticket: Ticket) -> None:
    if any(device.authorisation.state != quota.REQUESTED for device in ticket.devices):
        raise ConcurrentChange(
            "Ya hay equipos decididos: termine de decidir los demás, o pida la baja.",
            "Devices are decided already: decide the others, or ask for their removal.",
            code="already_decided",
        )


def next_folio(tx: Transaction, prefix: str) -> str:
    """The next folio of the year, such as ADJ-P03-2026-00042."""
    return f"{prefix}-{tx.year}-{next_number(tx, prefix):05d}"


def next_number(tx: Transaction, prefix: str) -> int:
    """The next number of the year. The row is locked until the end: no gap, and no number twice."""
    taken = sql(
        "INSERT INTO folio_sequence (prefix, year, last) VALUES (:prefix, :year, 1) "
        "ON CONFLICT (prefix, year) DO UPDATE SET last = folio_sequence.last + 1 RETURNING last"
    )
    number: int = tx.session.execute(taken, {"prefix": prefix, "year": tx.year}).scalar_one()
    return number


# --- following its devices ------------------------------------------------------------------------------------------


def progress(tx: Transaction, event: Event) -> None:
    """Move a request on when its devices are decided (step 4), and when what was approved is in force (step 5).

    Its term follows as well: the clock stands still while only computers are missing that nobody brought.
    """
    if not isinstance(event, DEVICE_EVENTS):
        return
    device = tx.session.get(Device, event.device)
    ticket = device.ticket if device else None
    if ticket is None or ticket.closed is not None or ticket.procedure != CODE:
        return
    # Two officers who settle two devices of one request at once: the second finds it as the first left it.
    tx.session.refresh(ticket, with_for_update=True)
    states = {one.authorisation.state for one in ticket.devices}
    if ticket.step == DECIDING and quota.REQUESTED not in states:
        # The printed question is "are there three already?": no leads to the registration, yes to the rejection.
        tickets.by_itself(tx, ticket, "yes" if states == {quota.REJECTED} else "no")
    if ticket.step == REGISTERING and not states & UNSETTLED:
        tickets.by_itself(tx, ticket)
    if ticket.step == REJECTING and quota.REQUESTED not in states:
        tickets.by_itself(tx, ticket)
    ticket.due = tickets.term(tx, ticket, tickets.definition(tx.session, ticket))
