"""Decisions about devices: approve, reject, bind, suspend, restore, remove; and what a read-back settles.

Every path that makes a phone live goes through `_take_slot`; the indexes of `models.py` are the judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, NotAllowed, QuotaFull
from netreg.mac import MacAddress
from netreg.policy import quota, roles
from netreg.registry import text
from netreg.registry.commands.alerts import close_answered
from netreg.registry.models import Area, Authorisation, Device, Interface, Person, Point, QuotaUnit, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

# The status in which a request's devices are decided (ADJ-P03, step 4).
DECIDING = "en_revision"

# code -> Spanish, English (core workflow, section 5)
REASONS = {
    "quota_full": ("El área ya tiene tres teléfonos autorizados", "The area already has three authorised phones"),
    "mac_active_elsewhere": (
        "La dirección ya está autorizada en otro lugar",
        "The address is already authorised elsewhere",
    ),
    "not_official_use": ("No es para uso oficial", "It is not for official use"),
    "unfit_device": ("Equipo sin soporte o infectado", "Unsupported or infected device"),
    "holder_not_in_area": ("La persona no pertenece al área", "The holder is not in the area"),
    "not_brought": ("No se presentó el equipo", "The device was not brought"),
    "misuse_history": ("Antecedentes de mal uso", "History of misuse"),
    "out_of_scope_place": ("Lugar fuera del alcance", "Place out of scope"),
    "other": ("Otra causa", "Another reason"),
    "withdrawn": ("El área desistió", "The area withdrew"),
}
# What an officer may choose from.
CHOICES = tuple(code for code in REASONS if code != "withdrawn")


def approve(tx: Transaction, device: Device, officer: Person | None) -> Authorisation:
    """Approve one device: a phone takes its slot and goes to the points; a computer waits for its address.

    Approving again gives the same answer and takes no second slot. Raises QuotaFull, DuplicateMac,
    NotAllowed (one's own request) or ConcurrentChange, with nothing stored.
    """
    _may_decide(tx, device, officer)
    unit = _locked_unit(tx.session, device.area)
    authorisation = _fresh(tx.session, device)
    if authorisation.state in (*quota.LIVE, quota.AWAITING_BINDING, quota.WAITING_SWAP):
        return authorisation
    _expect(authorisation, quota.REQUESTED)
    _at_decision(device)
    replaced = _replaced(tx.session, authorisation)
    if device.kind == "computer":
        authorisation.state = quota.AWAITING_BINDING
    elif replaced is not None:
        _wait_for_slot(tx, device, authorisation, replaced)
    else:
        _make_live(tx.session, device, authorisation, unit)
    _decided(tx, authorisation)
    tx.record(
        events.DeviceApproved(
            device=device.id,
            folio=_folio(device),
            area=device.area.code,
            slot=authorisation.slot,
            before={"state": quota.REQUESTED},
            after={"state": authorisation.state, "macs": [i.mac for i in device.interfaces]},
        )
    )
    return authorisation


def reject(tx: Transaction, device: Device, officer: Person | None, code: str, reason: str = "") -> Authorisation:
    """Reject one device for a reason of the catalogue; `other` needs words."""
    _may_decide(tx, device, officer)
    if code not in CHOICES:
        raise InvalidValue(
            "Elija un motivo de la lista.", "Choose a reason from the list.", code="E_REASON", field="code"
        )
    words = text.line(reason, "reason", most=500, required=code == "other")
    authorisation = _fresh(tx.session, device)
    if authorisation.state == quota.REJECTED:
        return authorisation
    _expect(authorisation, quota.REQUESTED, quota.AWAITING_BINDING)
    if authorisation.state == quota.REQUESTED:
        _at_decision(device)
    return refuse(tx, device, code, words)


def refuse(tx: Transaction, device: Device, code: str, words: str) -> Authorisation:
    """Store a refusal whose right and reason were checked by the caller."""
    authorisation = device.authorisation
    before = authorisation.state
    authorisation.state, authorisation.reason_code, authorisation.reason = quota.REJECTED, code, words
    _decided(tx, authorisation)
    tx.record(
        events.DeviceRejected(
            device=device.id,
            folio=_folio(device),
            code=code,
            reason=words,
            before={"state": before},
            after={"state": quota.REJECTED},
        )
    )
    return authorisation


def bind(tx: Transaction, device: Device, mac: str, medium: str, evidence: str) -> Authorisation:
    """Bind an approved computer to the address it was found to have, with the evidence; then it may pass."""
    address = MacAddress.registrable(mac)
    proof = text.line(evidence, "evidence", most=200)
    if medium not in ("wifi", "ethernet"):
        raise InvalidValue("Elija wifi o ethernet.", "Choose wifi or ethernet.", code="E_MEDIUM", field="medium")
    authorisation = _fresh(tx.session, device)
    if device.kind != "computer":
        raise InvalidValue("Sólo se vinculan computadoras.", "Only computers are bound.", code="E_KIND", field="device")
    _expect(authorisation, quota.AWAITING_BINDING, quota.PUSHING, quota.ACTIVE)
    _refuse_live_elsewhere(tx.session, address)
    tx.session.add(
        Interface(device=device, device_kind="computer", mac=str(address), medium=medium, live=True, evidence=proof)
    )
    authorisation.state = quota.PUSHING
    _flush(tx.session)
    tx.record(events.DeviceBound(device=device.id, mac=str(address), evidence=proof))
    return authorisation


def register_infrastructure(tx: Transaction, area: Area, mac: str, name: str) -> Device:
    """A printer, camera or access point: no letter, no slot, and no longer a rogue."""
    address = MacAddress.registrable(mac)
    _refuse_live_elsewhere(tx.session, address)
    device = Device(kind="infrastructure", area=area, holder=text.line(name, "name"), model=text.line(name, "name"))
    device.interfaces = [Interface(device_kind="infrastructure", mac=str(address), medium="ethernet", live=True)]
    tx.session.add(device)
    tx.session.flush()
    tx.session.add(
        Authorisation(
            device_id=device.id,
            kind=device.kind,
            area_id=area.id,
            quota_unit_id=area.quota_unit_id,
            state=quota.PUSHING,
            decided=now(),
            decided_by=tx.actor,
        )
    )
    _flush(tx.session)
    tx.record(events.DeviceRegistered(device=device.id, mac=str(address), area=area.code))
    return device


def suspend(tx: Transaction, device: Device, reason: str) -> Authorisation:
    """Out of every allowlist at once; the slot stays taken (lost, abuse, incident)."""
    words = text.line(reason, "reason", most=500)
    authorisation = _change(tx, device, quota.SUSPENDED, quota.PUSHING, quota.ACTIVE)
    tx.record(events.DeviceSuspended(device=device.id, reason=words))
    return authorisation


def restore(tx: Transaction, device: Device, reason: str) -> Authorisation:
    """Lift a suspension: the device goes to the points again."""
    words = text.line(reason, "reason", most=500)
    authorisation = _change(tx, device, quota.PUSHING, quota.SUSPENDED)
    tx.record(events.DeviceRestored(device=device.id, reason=words))
    return authorisation


def remove(tx: Transaction, device: Device, reason: str) -> Authorisation:
    """Order the removal. The slot stays taken until every point was read back without the address."""
    words = text.line(reason, "reason", most=500)
    before = _fresh(tx.session, device).state
    if before in (quota.REMOVING, quota.REMOVED):
        return device.authorisation
    authorisation = _change(tx, device, quota.REMOVING, quota.PUSHING, quota.ACTIVE, quota.SUSPENDED)
    authorisation.removal_ordered = now()
    tx.record(events.RemovalOrdered(device=device.id, reason=words, before={"state": before}))
    return authorisation


def settle(tx: Transaction) -> None:
    """Draw the conclusions of the last verified lists: what every point confirms is active, or removed.

    With no point at all nothing is confirmed. A removal waits for every point to be read anew, also for those that
    are down: a push that failed half way may have left the address there, and they come back with their old list.
    """
    points = tx.session.scalars(select(Point)).all()
    if not points:
        return
    lists = [{mac for mac, _label in point.verified or []} for point in points]
    everywhere, somewhere = set.intersection(*lists), set.union(*lists)
    waiting = select(Authorisation).where(Authorisation.state.in_((quota.PUSHING, quota.REMOVING)))
    for authorisation in tx.session.scalars(waiting).all():
        macs = {interface.mac for interface in authorisation.device.interfaces if interface.live}
        if authorisation.state == quota.PUSHING and macs and macs <= everywhere:
            authorisation.state = quota.ACTIVE
            tx.record(events.DeviceActivated(device=authorisation.device_id))
            close_answered(tx, macs)
        elif authorisation.state == quota.REMOVING and not macs & somewhere and _read_since(points, authorisation):
            freed = _let_go(tx.session, authorisation)
            tx.record(events.DeviceRemoved(device=authorisation.device_id))
            _hand_on(tx, authorisation.device_id, freed)


def _read_since(points: Sequence[Point], authorisation: Authorisation) -> bool:
    """Whether every point was read back after the removal was ordered."""
    ordered = authorisation.removal_ordered
    return ordered is not None and all(point.verified_at and point.verified_at >= ordered for point in points)


def _replaced(session: Session, authorisation: Authorisation) -> Device | None:
    """The phone that still has the slot to be inherited; one that is gone by now left it to anybody."""
    if authorisation.replaces_id is None:
        return None
    old = session.get_one(Device, authorisation.replaces_id)
    return old if _fresh(session, old).state in quota.LIVE else None


def _wait_for_slot(tx: Transaction, device: Device, authorisation: Authorisation, old: Device) -> None:
    """A swap: the old phone goes out and keeps its slot until it is gone everywhere; the new one waits for that slot.

    Never four phones that can connect, and never an empty slot that somebody else could take in between.
    """
    for interface in device.interfaces:
        _refuse_live_elsewhere(tx.session, MacAddress(interface.mac))
    authorisation.state = quota.WAITING_SWAP
    _flush(tx.session)
    remove(tx, old, f"Sustitución, folio {_folio(device)}")


def _hand_on(tx: Transaction, gone: int, slot: int | None) -> None:
    """Give the slot of a phone that is gone to the one that waits for it, in this very transaction."""
    waiting = select(Authorisation).where(Authorisation.replaces_id == gone, Authorisation.state == quota.WAITING_SWAP)
    heir = tx.session.scalar(waiting)
    if heir is None or slot is None:
        return
    heir.slot, heir.state = slot, quota.PUSHING
    for interface in heir.device.interfaces:
        interface.live = True
    _flush(tx.session)
    tx.record(events.SlotInherited(device=heir.device_id, slot=slot, replaced=gone))


def _let_go(session: Session, authorisation: Authorisation) -> int | None:
    """Removed; the slot it had."""
    freed = authorisation.slot
    authorisation.state, authorisation.slot, authorisation.removed = quota.REMOVED, None, now()
    for interface in authorisation.device.interfaces:
        interface.live = False
    session.flush()
    return freed


def _make_live(session: Session, device: Device, authorisation: Authorisation, unit: QuotaUnit) -> None:
    for interface in device.interfaces:
        _refuse_live_elsewhere(session, MacAddress(interface.mac))
    authorisation.slot = _take_slot(session, unit)
    authorisation.state = quota.PUSHING
    for interface in device.interfaces:
        interface.live = True
    _flush(session)


def _take_slot(session: Session, unit: QuotaUnit) -> int:
    owners = session.execute(
        select(Authorisation.slot, Authorisation.decided, Ticket.folio)
        .join(Device, Device.id == Authorisation.device_id)
        .outerjoin(Ticket, Ticket.id == Device.ticket_id)
        .where(Authorisation.quota_unit_id == unit.id, Authorisation.slot.is_not(None))
        .order_by(Authorisation.decided.desc())
    ).all()
    slot = quota.free_slot(owner.slot for owner in owners)
    if slot is None:
        last = owners[0]
        raise QuotaFull(
            f"Cupo lleno: el área ya tiene {quota.PHONES_PER_AREA} teléfonos; el último lugar se asignó en el folio "
            f"{last.folio or 'sin folio'}.",
            f"Full: the area already has {quota.PHONES_PER_AREA} phones; the last slot went to "
            f"{last.folio or 'no folio'}.",
            hint="Rechace por cupo o dé de baja otro teléfono del área. No se guardó ni se envió nada.",
            hint_en="Reject it for quota, or remove another phone of the area. Nothing was stored or pushed.",
            field="mac",
        )
    return slot


def _locked_unit(session: Session, area: Area) -> QuotaUnit:
    """The quota unit, locked: on PostgreSQL officers queue here; on SQLite the transaction already has the lock."""
    return session.scalars(select(QuotaUnit).where(QuotaUnit.id == area.quota_unit_id).with_for_update()).one()


def _refuse_live_elsewhere(session: Session, mac: MacAddress) -> None:
    if session.scalar(select(Interface.id).where(Interface.mac == str(mac), Interface.live)) is not None:
        raise DuplicateMac(
            "Esa dirección ya está autorizada en otro equipo.",
            "That address is already authorised for another device.",
            hint="Dé de baja el otro equipo primero. No se guardó ni se envió nada.",
            hint_en="Remove the other device first. Nothing was stored or pushed.",
            field="mac",
        )


def _flush(session: Session) -> None:
    """Store now, so that the indexes speak while we can still answer in words."""
    try:
        session.flush()
    except IntegrityError as error:
        raise ConcurrentChange(
            "Otra persona cambió estos datos al mismo tiempo; no se guardó nada.",
            "Somebody else changed this at the same time; nothing was stored.",
            hint="Vuelva a abrir la página y decida de nuevo.",
            hint_en="Open the page again and decide anew.",
        ) from error


def _fresh(session: Session, device: Device) -> Authorisation:
    session.refresh(device, ["authorisation"])
    session.refresh(device.authorisation)
    return device.authorisation


def _change(tx: Transaction, device: Device, to: str, *allowed: str) -> Authorisation:
    authorisation = _fresh(tx.session, device)
    _expect(authorisation, *allowed)
    authorisation.state = to
    tx.session.flush()
    return authorisation


def _expect(authorisation: Authorisation, *states: str) -> None:
    if authorisation.state not in states:
        raise ConcurrentChange(
            f"El equipo está en estado «{authorisation.state}»; no se cambió nada.",
            f"The device is in state “{authorisation.state}”; nothing was changed.",
            hint="Vuelva a abrir la página.",
            hint_en="Open the page again.",
        )


def _may_decide(tx: Transaction, device: Device, officer: Person | None) -> None:
    """IT decides, and nobody what they asked for or will use; None is the operator at the server's own console."""
    if officer is None:
        return
    if not roles.may(held(tx.session, officer, tx.today), "requests.decide"):
        raise NotAllowed("Decide el Área de Informática.", "The IT area decides.", code="not_your_step")
    applicant = device.ticket.applicant_id if device.ticket else None
    if officer.id == applicant or officer.name.casefold() == device.holder.casefold():
        raise NotAllowed(
            "Nadie decide lo que pidió ni lo que va a usar.",
            "Nobody decides what they asked for or will use.",
            hint="Pida a otra persona de Informática que decida.",
            hint_en="Ask another person of IT to decide.",
        )


def _folio(device: Device) -> str:
    return device.ticket.reference if device.ticket else ""


def _at_decision(device: Device) -> None:
    """IT decides once the coordinator has turned the request over, and not before (manual, line 535)."""
    if device.ticket is not None and device.ticket.status != DECIDING:
        raise NotAllowed(
            f"La solicitud {device.ticket.reference} no está en revisión de Informática; no se decidió nada.",
            f"Request {device.ticket.reference} is not with IT for review; nothing was decided.",
            code="not_turned_over",
            hint="Se decide cuando la Coordinación la turna.",
            hint_en="It is decided once the coordinator has turned it over.",
        )


def _decided(tx: Transaction, authorisation: Authorisation) -> None:
    authorisation.decided, authorisation.decided_by = now(), tx.actor
    tx.session.flush()
