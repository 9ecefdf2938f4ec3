"""What every command on a device's right stands on: read it anew, take a slot, let the indexes speak in words."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, QuotaFull
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry.models import Authorisation, Device, Interface, QuotaUnit, Ticket
from netreg.registry.verdicts import refuse_blocked
from netreg.store.transaction import Transaction


def take_slot(session: Session, unit: QuotaUnit) -> int:
    """The lowest slot nobody of the unit owns; raises QuotaFull naming the folio that took the last one."""
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


def locked_unit(session: Session, unit_id: int) -> QuotaUnit:
    """The quota unit, locked: on PostgreSQL officers queue here; on SQLite the transaction already has the lock."""
    return session.scalars(select(QuotaUnit).where(QuotaUnit.id == unit_id).with_for_update()).one()


def expect_free(session: Session, mac: MacAddress) -> None:
    """Raises DuplicateMac when a device that may connect, or return, bears this address; InvalidValue for one that is
    blocked."""
    refuse_blocked(session, str(mac))
    if session.scalar(select(Interface.id).where(Interface.mac == str(mac), Interface.live)) is not None:
        raise DuplicateMac(
            "Esa dirección ya está autorizada en otro equipo.",
            "That address is already authorised for another device.",
            hint="Dé de baja el otro equipo primero. No se guardó ni se envió nada.",
            hint_en="Remove the other device first. Nothing was stored or pushed.",
            field="mac",
        )


def flush(session: Session) -> None:
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


def fresh(session: Session, device: Device) -> Authorisation:
    """A device's right as it is stored now, and not as this session read it before."""
    session.refresh(device, ["authorisation"])
    session.refresh(device.authorisation)
    return device.authorisation


def change(tx: Transaction, device: Device, to: str, *allowed: str) -> Authorisation:
    """Put a right from one of the `allowed` states into `to`; raises ConcurrentChange from any other."""
    authorisation = fresh(tx.session, device)
    expect(authorisation, *allowed)
    authorisation.state = to
    tx.session.flush()
    return authorisation


def expect(authorisation: Authorisation, *states: str) -> None:
    """Raises ConcurrentChange unless the right is in one of these states."""
    if authorisation.state not in states:
        raise ConcurrentChange(
            f"El equipo está en estado «{authorisation.state}»; no se cambió nada.",
            f"The device is in state “{authorisation.state}”; nothing was changed.",
            hint="Vuelva a abrir la página.",
            hint_en="Open the page again.",
        )


def claim_name(session: Session, device: Device) -> None:
    """Keep a computer's name for it while it may connect; refuses one that another live computer has."""
    taken = select(Authorisation.id).where(
        Authorisation.live_name == device.computer_name, Authorisation.device_id != device.id
    )
    if session.scalar(taken) is not None:
        raise InvalidValue(
            "Ya hay una computadora autorizada con ese nombre.",
            "There is an authorised computer with that name already.",
            code="name_active_elsewhere",
            hint="Pida al área que cambie el nombre de una de las dos.",
            hint_en="Ask the area to rename one of the two.",
            field="computer_name",
        )
    device.authorisation.live_name = device.computer_name
