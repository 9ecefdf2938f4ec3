"""ADJ-P03, device access: what its steps do, and how a request follows its devices.

The engine moves the ticket; this module knows what its first steps do, and which events of a device move it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.events import Event
from netreg.notices import DUPLICATE, REOPENED
from netreg.policy import quota
from netreg.procedures import asking, calendars, tickets, timing, uploads
from netreg.procedures.asking import CODE, REMOVE
from netreg.procedures.numbers import next_folio
from netreg.procedures.tickets import Act, effect
from netreg.registry import text
from netreg.registry.commands import areas, endings
from netreg.registry.commands import devices as decisions
from netreg.registry.models import Device, Operation, Ticket
from netreg.registry.models.requests import REASON
from netreg.registry.verdicts import refuse_blocked_device
from netreg.store.base import now
from netreg.store.transaction import Transaction

TURNING_OVER, DECIDING, REGISTERING, REJECTING = 3, 4, 5, 6
# What the area asked for is in force without a decision: its own removals, and changes of its own data.
APPLIED = "applied"
# States of a device that keep its request at step 5: something is still to be confirmed or brought.
UNSETTLED = frozenset({quota.PUSHING, quota.AWAITING_BINDING, quota.WAITING_SWAP})
DEVICE_EVENTS = (
    events.DeviceApproved, events.DeviceRejected, events.DeviceBound, events.DeviceActivated, events.DeviceRemoved,
    events.DeviceSuspended, events.DeviceRestored, events.RemovalOrdered, events.SlotInherited,
)  # fmt: skip


def put_through(tx: Transaction, ticket: Ticket, instruction: str = "Censo inicial") -> Ticket:
    """Receive a request and turn it over in the operator's own name: the first census comes without a letter each.
    `instruction` is what it is turned over with."""
    tickets.answer(tx, ticket, None, values={"paper": True})
    return (
        ticket if ticket.step != TURNING_OVER else tickets.answer(tx, ticket, None, values={"instruction": instruction})
    )


# --- what its steps do ----------------------------------------------------------------------------------------------


@effect("send")
def send(act: Act) -> None:
    """Step 1: the area sends it. A note of the sending, and no more than that: the clock starts at the receipt."""
    for name in ("use_ack", "privacy_ack"):
        if not act.values.get(name):
            raise InvalidValue(
                "Para enviarla hay que aceptar el uso y haber visto el aviso de privacidad.",
                "To send it, accept the use and see the privacy notice.",
                code="not_accepted",
                field=name,
            )
    notice = act.tx.office.notice
    seen = {"notice_version": notice.version, "notice_date": notice.date}
    act.ticket.form = {**act.ticket.form, **{name: said for name, said in seen.items() if said}}
    act.ticket.sent = now()
    act.facts["devices"] = len(act.ticket.devices) or len(act.ticket.operations)
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
    for device in ticket.devices:
        refuse_blocked_device(act.tx.session, device)
    ticket.form = {**ticket.form, **asking.letter_of(act.values)}
    _signed_by_the_head(act)
    ticket.annexes = _annexes(act.values.get("annexes", 0))
    ticket.folio = ticket.folio or next_folio(act.tx, ticket.procedure)
    ticket.received, ticket.received_by = now(), act.tx.actor
    act.facts.update(folio=ticket.folio, annexes=ticket.annexes, revision=ticket.revision)
    if ticket.operations:
        act.answer = APPLIED
        for operation in ticket.operations:
            _apply(act.tx, ticket, operation)


def _signed_by_the_head(act: Act) -> None:
    """The operator at the server's own console may have the letter before them and not say who signed it."""
    said = act.ticket.form
    areas.check_signatory(
        act.tx,
        act.ticket.area,
        said.get("signed_by", ""),
        said.get("letter_date", ""),
        named=act.who.person is not None,
    )


def _apply(tx: Transaction, ticket: Ticket, operation: Operation) -> None:
    """The area takes out what is its own, or corrects its data: its signed letter is enough."""
    if operation.kind == REMOVE:
        decisions.remove(tx, operation.device, f"Solicitud {ticket.reference}", "asked")
    else:
        endings.change(tx, operation.device, operation.changes)


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
    """Reject every device that is not decided yet, for the reason of the catalogue that was given, or in words."""
    waiting = [device for device in act.ticket.devices if device.authorisation.state == quota.REQUESTED]
    if any(device.authorisation.state != quota.REJECTED for device in act.ticket.devices if device not in waiting):
        raise ConcurrentChange(
            "Ya hay equipos aprobados: decida cada uno de los demás.",
            "Devices are approved already: decide each of the others.",
            code="already_decided",
        )
    for device in waiting:
        decisions.refuse(act.tx, device, act.facts.get(REASON, "other"), act.values["note"])


@effect("return_for_correction")
def give_back(act: Act) -> None:
    """Back to the area, while nothing is decided: what was let in does not vanish with a correction.

    From here on it is the next revision, and wants the letter that belongs to it.
    """
    _nothing_decided(act.ticket)
    act.ticket.revision += 1


@effect("withdraw")
def withdraw(act: Act) -> None:
    """The area takes its request back; once a device is decided that is a removal, which is asked for apart."""
    _nothing_decided(act.ticket)
    for device in act.ticket.devices:
        decisions.refuse(act.tx, device, "withdrawn", act.values["note"])


@effect(DUPLICATE)
def close_duplicate(act: Act) -> None:
    """Another request asks for the same; what is in force already is no duplicate of anything."""
    _nothing_decided(act.ticket)
    if act.ticket.operations and act.ticket.received:
        raise _already_decided()
    for device in act.ticket.devices:
        decisions.refuse(act.tx, device, DUPLICATE, act.values["note"])


@effect(REOPENED)
def ask_again(act: Act) -> None:
    """What was refused only because the request ended is asked for again; what was decided stays decided."""
    for device in act.ticket.devices:
        decisions.ask_again(act.tx, device)


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
        raise _already_decided()


def _already_decided() -> ConcurrentChange:
    return ConcurrentChange(
        "Ya hay equipos decididos: termine de decidir los demás, o pida la baja.",
        "Devices are decided already: decide the others, or ask for their removal.",
        code="already_decided",
    )


# --- following its devices ------------------------------------------------------------------------------------------


def progress(tx: Transaction, event: Event) -> None:
    """Move a request on when its devices are decided (step 4), and when what was approved is in force (step 5)."""
    if isinstance(event, events.TicketMoved):
        _follow(tx, tx.session.get_one(Ticket, event.ticket))
    elif isinstance(event, DEVICE_EVENTS):
        device = tx.session.get(Device, event.device)
        for ticket in _concerned(tx, device) if device else ():
            _follow(tx, ticket)


def _concerned(tx: Transaction, device: Device) -> list[Ticket]:
    """The request that asked for the device, and those that ask for its removal."""
    asked = select(Ticket).join(Operation, Operation.ticket_id == Ticket.id).where(Operation.device_id == device.id)
    return [*([device.ticket] if device.ticket else []), *tx.session.scalars(asked)]


def _follow(tx: Transaction, ticket: Ticket) -> None:
    if ticket.closed is not None or ticket.procedure != CODE:
        return
    # Two officers who settle two devices of one request at once: the second finds it as the first left it.
    tx.session.refresh(ticket, with_for_update=True)
    states = {one.authorisation.state for one in ticket.devices}
    if ticket.step == DECIDING and states and quota.REQUESTED not in states:
        # The printed question is "are there three already?": no leads to the registration, yes to the rejection.
        tickets.by_itself(tx, ticket, "yes" if states == {quota.REJECTED} else "no")
    if ticket.step == REGISTERING and not states & UNSETTLED and not _going_out(ticket):
        tickets.by_itself(tx, ticket)
    if ticket.step == REJECTING and quota.REQUESTED not in states:
        tickets.by_itself(tx, ticket)
    ticket.due = tickets.term(tx, ticket, tickets.definition(tx.session, ticket))


def _going_out(ticket: Ticket) -> bool:
    """Whether a device that the request takes out is still not confirmed as gone."""
    return any(one.kind == REMOVE and one.device.authorisation.state != quota.REMOVED for one in ticket.operations)
