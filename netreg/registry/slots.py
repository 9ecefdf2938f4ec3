"""The three slots of a quota unit: how many phones have one, which, and who waits for the place of another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.policy import quota
from netreg.registry.models import Authorisation, Device


def phones_of_units(session: Session, units: Iterable[int]) -> dict[int, tuple[int, int]]:
    """How many phones of each of these quota units have one of the three slots, and how many are there beyond them."""
    counted = select(
        Authorisation.quota_unit_id, func.count(Authorisation.slot), func.count(Authorisation.grandfathered_until)
    )
    rows = session.execute(counted.where(Authorisation.quota_unit_id.in_(units)).group_by(Authorisation.quota_unit_id))
    return {unit: (slots, beyond) for unit, slots, beyond in rows}


def phones_in_use(session: Session, unit_id: int) -> int:
    """How many of the three slots of a quota unit are taken."""
    taken = select(func.count()).where(Authorisation.quota_unit_id == unit_id, Authorisation.slot.is_not(None))
    return session.scalar(taken) or 0


def slot_owners(session: Session, unit_id: int) -> Sequence[Device]:
    """The phones that own a slot of a quota unit, by slot."""
    return session.scalars(
        select(Device)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(Authorisation.quota_unit_id == unit_id, Authorisation.slot.is_not(None))
        .order_by(Authorisation.slot)
    ).all()


def heirs(session: Session, numbers: Iterable[int]) -> dict[int, Device]:
    """The phones asked for in the place of these, by the number of the one each replaces."""
    rows = session.scalars(
        select(Device)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(
            Authorisation.replaces_id.in_(tuple(numbers)),
            Authorisation.state.in_((quota.REQUESTED, quota.WAITING_SWAP)),
        )
        .order_by(Device.id)
    )
    return {one.authorisation.replaces_id: one for one in rows if one.authorisation.replaces_id is not None}
