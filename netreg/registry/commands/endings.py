"""Rights that end on a day: a holder leaves, a temporary right runs out, a device gets another holder.

`ends_on` is the last day on which the device may connect; the timetable orders the removal on the day after. Nothing
here expires by itself unless a person wrote the date down (core workflow, sections 7, 8 and 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue
from netreg.policy import quota
from netreg.registry import text
from netreg.registry.commands import devices
from netreg.registry.commands.rights import fresh
from netreg.registry.models import Area, Authorisation, Device
from netreg.store.transaction import Transaction

LEFT, TEMPORARY = "left", "temporary_ended"
REASSIGN = "reassign"
# What a holder has: let in, on hold, or waiting for its address or its slot.
HELD = (*quota.REPLACEABLE, quota.AWAITING_BINDING, quota.WAITING_SWAP)
# The columns of a device that a letter of the area may change; another address or name is another device.
CHANGEABLE = {"holder": 120, "model": 80, "inventory_no": 40}


def leave(tx: Transaction, area: Area, holder: str, last_day: date) -> list[Device]:
    """A person leaves the area: personal devices go out on that day, municipal ones wait for a new holder.

    Returns the devices concerned. Raises InvalidValue when the person holds none there. A person who moves to another
    area leaves this one: nothing is carried over.
    """
    found = held_by(tx.session, area, text.line(holder, "holder"))
    if not found:
        raise InvalidValue(
            "Esa persona no tiene equipos en el área.",
            "That person holds no device of the area.",
            code="holds_nothing",
            field="holder",
        )
    for device in found:
        if device.ownership == "municipal":
            flag(tx, device, REASSIGN)
        else:
            end_after(tx, device, last_day - timedelta(days=1), LEFT)
    run(tx)
    return found


def held_by(session: Session, area: Area, holder: str) -> list[Device]:
    """The devices of an area that this person uses, by name, without regard to case and accents."""
    rows = session.scalars(
        select(Device).join(Authorisation, Authorisation.device_id == Device.id)
        .where(Device.area_id == area.id, Authorisation.state.in_(HELD)).order_by(Device.id)
    )  # fmt: skip
    return [device for device in rows if text.folded(device.holder) == text.folded(holder)]


def flag(tx: Transaction, device: Device, what: str) -> None:
    """Put a device before a person for a decision; it goes on working until then."""
    if device.flag != what:
        device.flag = what
        tx.record(events.DeviceFlagged(device=device.id, flag=what))


def end_after(tx: Transaction, device: Device, day: date, because: str) -> None:
    """Write down the last day on which the device may connect, and why (a code of `devices.REMOVALS`)."""
    right = fresh(tx.session, device)
    before = right.ends_on
    right.ends_on, right.ends_because = day, because
    tx.record(
        events.EndSet(
            device=device.id,
            day=day.isoformat(),
            because=because,
            before={"ends_on": before.isoformat() if before else None},
        )
    )


def run(tx: Transaction) -> list[Device]:
    """Order the removal of everything whose last day has passed; the devices. Doing it twice does nothing more."""
    over = _over(tx.session, tx.today)
    for device in over:
        words = devices.REMOVALS[device.authorisation.ends_because][0]
        devices.remove(tx, device, words, device.authorisation.ends_because)
    return over


def due(session: Session, today: date) -> bool:
    """Whether there is anything for `run` to do."""
    return bool(_over(session, today))


def _over(session: Session, today: date) -> list[Device]:
    ended = (
        select(Device).join(Authorisation, Authorisation.device_id == Device.id)
        .where(Authorisation.ends_on < today, Authorisation.state.in_(HELD)).order_by(Device.id)
    )  # fmt: skip
    return list(session.scalars(ended))


def change(tx: Transaction, device: Device, values: dict[str, str]) -> Device:
    """Change a device's data: its holder, model or inventory number. Its address, slot and area stay as they are."""
    if set(values) - set(CHANGEABLE):
        raise ValueError(f"not to be changed: {sorted(set(values) - set(CHANGEABLE))}")
    new = {key: text.line(said, key, most=CHANGEABLE[key]) for key, said in values.items()}
    before = {key: getattr(device, key) for key in new}
    if new == before:
        return device
    for key, said in new.items():
        setattr(device, key, said)
    if "holder" in new and device.flag == REASSIGN:
        device.flag = ""
    tx.record(events.DeviceChanged(device=device.id, fields=", ".join(sorted(new)), before=before, after=dict(new)))
    return device


def waiting(session: Session) -> Sequence[Device]:
    """The devices that wait for a person's decision, whose right still stands."""
    return session.scalars(
        select(Device).join(Authorisation, Authorisation.device_id == Device.id)
        .where(Device.flag != "", Authorisation.state.in_(HELD)).order_by(Device.id)
    ).all()  # fmt: skip
