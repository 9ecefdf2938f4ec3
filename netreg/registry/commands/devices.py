"""Decisions about devices: approve, reject, bind, suspend, restore, remove; and what a read-back settles.

Every path that makes a phone live goes through `_take_slot`; the indexes of `models.py` are the judge.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.mac import MacAddress
from netreg.policy import binding, quota, roles
from netreg.registry import reasons, text
from netreg.registry.binding import candidates
from netreg.registry.commands.rights import (
    change,
    claim_name,
    expect,
    expect_free,
    flush,
    fresh,
    locked_unit,
    take_slot,
)
from netreg.registry.histories import older_requests
from netreg.registry.models import Area, Authorisation, Device, Interface, Person, QuotaUnit
from netreg.registry.queries import held, person
from netreg.registry.verdicts import refuse_blocked_device
from netreg.store.base import now
from netreg.store.transaction import Transaction

# The status in which a request's devices are decided (ADJ-P03, step 4).
DECIDING = "en_revision"

# code -> Spanish, English (core workflow, section 5)
REASONS = reasons.names("rejection")
REMOVABLE = (*quota.REPLACEABLE, quota.AWAITING_BINDING, quota.WAITING_SWAP)
# What an officer may choose from.
CHOICES = reasons.offered("rejection")

# Why a device goes out (core workflow, section 7).
REMOVALS = {
    "asked": ("La pidió el área", "The area asked for it"),
    "replaced": ("Sustituido por otro equipo", "Replaced by another device"),
    "left": ("La persona dejó el área", "The holder left the area"),
    "lost": ("Extraviado o robado", "Lost or stolen"),
    "misuse": ("Mal uso", "Misuse"),
    "dormant": ("Sin uso", "Not in use"),
    "not_revalidated": ("No se revalidó", "Not revalidated"),
    "area_closed": ("El área dejó de existir", "The area does not exist any more"),
    "temporary_ended": ("Terminó el plazo temporal", "The temporary term ended"),
    "error": ("Se registró por error", "Registered by mistake"),
}

# Why a device is put on hold (core workflow, section 7): the first asks its area for a letter, the others the
# coordinator for a review.
SUSPENSIONS = {
    "lost": ("Extraviado o robado", "Lost or stolen"),
    "misuse": ("Mal uso", "Misuse"),
    "incident": ("Incidente de seguridad", "Security incident"),
    "other": ("Otra causa", "Another reason"),
}


def approve(tx: Transaction, device: Device, officer: Person | None) -> Authorisation:
    """Approve one device: a phone takes its slot and goes to the points; a computer waits for its address.

    Approving again gives the same answer and takes no second slot. Raises QuotaFull, DuplicateMac,
    NotAllowed (one's own request), InvalidValue (a blocked address) or ConcurrentChange, with nothing stored.
    """
    _may_decide(tx, device, officer)
    unit = locked_unit(tx.session, device.area.quota_unit_id)
    authorisation = fresh(tx.session, device)
    if authorisation.state in (*quota.LIVE, quota.AWAITING_BINDING, quota.WAITING_SWAP):
        return authorisation
    expect(authorisation, quota.REQUESTED)
    _at_decision(device)
    refuse_blocked_device(tx.session, device)
    replaced = _replaced(tx.session, authorisation)
    if device.kind == "computer":
        claim_name(tx.session, device)
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
            seat=f", lugar {authorisation.slot}" if authorisation.slot else "",
            seat_en=f", slot {authorisation.slot}" if authorisation.slot else "",
            before={"state": quota.REQUESTED},
            after={"state": authorisation.state, "macs": [i.mac for i in device.interfaces]} | _passed_over(tx, device),
        )
    )
    return authorisation


def _passed_over(tx: Transaction, device: Device) -> dict[str, list[str]]:
    """The older requests of the area that still wait: the officer saw them, and chose this one (section 6)."""
    older = [one.reference for one in older_requests(tx.session, device.ticket)] if device.ticket else []
    return {"passed_over": older} if older else {}


def reject(tx: Transaction, device: Device, officer: Person | None, code: str, reason: str = "") -> Authorisation:
    """Reject one device for a reason of the catalogue; `other` needs words."""
    _may_decide(tx, device, officer)
    if code not in CHOICES:
        raise InvalidValue(
            "Elija un motivo de la lista.", "Choose a reason from the list.", code="E_REASON", field="code"
        )
    words = text.line(reason, "reason", most=500, required=code == "other")
    authorisation = fresh(tx.session, device)
    if authorisation.state == quota.REJECTED:
        return authorisation
    expect(authorisation, quota.REQUESTED, quota.AWAITING_BINDING)
    if authorisation.state == quota.REQUESTED:
        _at_decision(device)
    return refuse(tx, device, code, words)


def refuse(tx: Transaction, device: Device, code: str, words: str) -> Authorisation:
    """Store a refusal whose right and reason were checked by the caller."""
    authorisation = device.authorisation
    before = authorisation.state
    authorisation.state, authorisation.reason_code, authorisation.reason = quota.REJECTED, code, words
    authorisation.live_name = None
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


def ask_again(tx: Transaction, device: Device) -> None:
    """A device that was refused only because its request ended is to be decided again; any other stays as it is."""
    authorisation = fresh(tx.session, device)
    if authorisation.state != quota.REJECTED or authorisation.reason_code in CHOICES:
        return
    code = authorisation.reason_code
    authorisation.state, authorisation.reason_code, authorisation.reason = quota.REQUESTED, "", ""
    authorisation.decided, authorisation.decided_by = None, ""
    tx.record(
        events.DeviceAskedAgain(
            device=device.id,
            folio=_folio(device),
            before={"state": quota.REJECTED, "code": code},
            after={"state": quota.REQUESTED},
        )
    )


def bind(
    tx: Transaction, device: Device, mac: str, medium: str, evidence: str, kind: str = binding.INSPECTION
) -> Authorisation:
    """Bind an approved computer to the address it was found to have, with the evidence; then it may pass.

    `kind` is one of `binding.EVIDENCE`. What rests on the name alone (a lease, a lookup) binds only the one address
    that bears it; where several do, or none, the computer has to be looked at.
    """
    address = MacAddress.registrable(mac)
    proof = text.line(evidence, "evidence", most=200)
    if medium not in ("wifi", "ethernet"):
        raise InvalidValue("Elija wifi o ethernet.", "Choose wifi or ethernet.", code="E_MEDIUM", field="medium")
    authorisation = fresh(tx.session, device)
    if device.kind != "computer":
        raise InvalidValue("Sólo se vinculan computadoras.", "Only computers are bound.", code="E_KIND", field="device")
    expect(authorisation, quota.AWAITING_BINDING, quota.PUSHING, quota.ACTIVE)
    _check_evidence(tx.session, device, address, kind)
    expect_free(tx.session, address)
    tx.session.add(
        Interface(
            device=device,
            device_kind="computer",
            mac=str(address),
            medium=medium,
            live=True,
            evidence_kind=kind,
            evidence=proof,
        )
    )
    authorisation.state = quota.PUSHING
    flush(tx.session)
    tx.record(events.DeviceBound(device=device.id, mac=str(address), evidence=proof))
    return authorisation


def _check_evidence(session: Session, device: Device, address: MacAddress, kind: str) -> None:
    if kind not in binding.EVIDENCE:
        raise InvalidValue("Elija cómo se comprobó.", "Choose how it was checked.", code="E_EVIDENCE", field="kind")
    if kind not in binding.BY_NAME:
        return
    name, found = device.computer_name or "", candidates(session, device)
    one = binding.suggestion(name, found)
    if one is None or one.mac != address:
        raise InvalidValue(
            "El nombre no basta para saber qué dirección es la suya.",
            "The name is not enough to tell which address is its own.",
            code="inspection_required",
            field="mac",
            hint="Vea la computadora y vincúlela por inspección.",
            hint_en="Look at the computer and bind it by inspection.",
        )


def accept_private(tx: Transaction, device: Device, mac: str, reason: str) -> Device:
    """Take a private but fixed address for a phone that is still to be decided, with the reason why.

    Only where the office allows it; a reminder to look at it again comes every 30 days (core workflow, section 10).
    """
    if not tx.office.private_addresses:
        raise NotAllowed("Aquí no se aceptan direcciones privadas.", "Private addresses are not accepted here.")
    words, address = text.line(reason, "reason", most=300), MacAddress.registrable(mac, allow_random=True)
    expect(fresh(tx.session, device), quota.REQUESTED)
    if device.kind != "phone" or not address.is_random:
        raise InvalidValue(
            "Esto es para la dirección privada de un teléfono.",
            "This is for the private address of a phone.",
            code="E_NOT_PRIVATE",
            field="mac",
        )
    expect_free(tx.session, address)
    (interface,) = device.interfaces
    before = interface.mac
    interface.mac, interface.private_reason, interface.private_checked = str(address), words, now()
    tx.record(
        events.PrivateAccepted(
            device=device.id, mac=str(address), reason=words, before={"mac": before}, after={"mac": str(address)}
        )
    )
    return device


def register_infrastructure(
    tx: Transaction, area: Area, mac: str, name: str, location: str, *, instruction: str = "", shared: bool = False
) -> Device:
    """A printer, camera or access point: no letter, no slot, and no longer a rogue.

    IT registers it on the coordinator's `instruction`. A `shared` dock or adapter belongs to its area and tells nothing
    of the computer behind it (core workflow, sections 9 and 13).
    """
    address, called, place = MacAddress.registrable(mac), text.line(name, "name"), text.line(location, "location")
    said = text.line(instruction, "instruction", most=300, required=False)
    expect_free(tx.session, address)
    device = Device(
        kind="infrastructure",
        area=area,
        holder=called,
        model=called,
        location=place,
        shared_adapter=shared,
    )
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
    flush(tx.session)
    tx.record(
        events.DeviceRegistered(
            device=device.id, mac=str(address), area=area.code, reason=said, after={"location": device.location}
        )
    )
    return device


def suspend(tx: Transaction, device: Device, reason: str = "", code: str = "other") -> Authorisation:
    """Out of every allowlist at once; the slot stays taken. `code` is one of SUSPENSIONS; `other` needs words.

    What the coordinator suspends is reviewed with that.
    """
    if code not in SUSPENSIONS:
        raise InvalidValue(
            "Elija un motivo de la lista.", "Choose a reason from the list.", code="E_REASON", field="code"
        )
    words = text.line(reason, "reason", most=500, required=code == "other")
    authorisation = change(tx, device, quota.SUSPENDED, quota.PUSHING, quota.ACTIVE)
    officer = person(tx.session, tx.actor)
    own = officer is not None and roles.may(held(tx.session, officer, tx.today), "devices.release")
    authorisation.suspended, authorisation.suspended_for = now(), code
    authorisation.suspension_reviewed = now() if own else None
    tx.record(events.DeviceSuspended(device=device.id, code=code, reason=words))
    return authorisation


def confirm_suspension(tx: Transaction, device: Device, note: str) -> Authorisation:
    """The coordinator has reviewed a suspension and lets it stand."""
    words = text.line(note, "note", most=500)
    authorisation = fresh(tx.session, device)
    expect(authorisation, quota.SUSPENDED)
    authorisation.suspension_reviewed = now()
    tx.record(events.SuspensionReviewed(device=device.id, reason=words))
    return authorisation


def restore(tx: Transaction, device: Device, reason: str) -> Authorisation:
    """Lift a suspension: the device goes to the points again."""
    words = text.line(reason, "reason", most=500)
    authorisation = change(tx, device, quota.PUSHING, quota.SUSPENDED)
    tx.record(events.DeviceRestored(device=device.id, reason=words))
    return authorisation


def remove(tx: Transaction, device: Device, reason: str, code: str = "asked") -> Authorisation:
    """Order the removal. The slot stays taken until every point was read back without the address.

    `code` is one of REMOVALS. What was on no list yet (a computer without its address, a phone that waits for the
    slot of another) is out at once.
    """
    words = text.line(reason, "reason", most=500)
    if code not in REMOVALS:
        raise InvalidValue("Elija un motivo de baja.", "Choose a reason for removal.", code="E_REASON", field="code")
    before = fresh(tx.session, device).state
    if before in (quota.REMOVING, quota.REMOVED):
        return device.authorisation
    authorisation = fresh(tx.session, device)
    expect(authorisation, *REMOVABLE)
    authorisation.removal_ordered, authorisation.reason_code, authorisation.reason = now(), code, words
    on_no_list = before in (quota.AWAITING_BINDING, quota.WAITING_SWAP)
    authorisation.state = quota.REMOVED if on_no_list else quota.REMOVING
    if on_no_list:
        authorisation.live_name, authorisation.removed = None, now()
    tx.record(events.RemovalOrdered(device=device.id, reason=words, before={"state": before}, after={"code": code}))
    if on_no_list:
        tx.record(events.DeviceRemoved(device=device.id))
    return authorisation


def _replaced(session: Session, authorisation: Authorisation) -> Device | None:
    """The phone that still has the slot to be inherited; one that is gone by now left it to anybody."""
    if authorisation.replaces_id is None:
        return None
    old = session.get_one(Device, authorisation.replaces_id)
    return old if fresh(session, old).state in quota.LIVE else None


def _wait_for_slot(tx: Transaction, device: Device, authorisation: Authorisation, old: Device) -> None:
    """A swap: the old phone goes out and keeps its slot until it is gone everywhere; the new one waits for that slot.

    Never four phones that can connect, and never an empty slot that somebody else could take in between.
    """
    for interface in device.interfaces:
        expect_free(tx.session, MacAddress(interface.mac))
    authorisation.state = quota.WAITING_SWAP
    flush(tx.session)
    remove(tx, old, f"Sustitución, folio {_folio(device)}", "replaced")


def _make_live(session: Session, device: Device, authorisation: Authorisation, unit: QuotaUnit) -> None:
    for interface in device.interfaces:
        expect_free(session, MacAddress(interface.mac))
    authorisation.slot = take_slot(session, unit)
    authorisation.state = quota.PUSHING
    for interface in device.interfaces:
        interface.live = True
    flush(session)


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
