"""The three places of an area as cards: who has each, what replaces it, and the phones that have none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_security import current_user

from netreg.policy.quota import REPLACEABLE, SLOTS
from netreg.policy.roles import OF_AN_AREA
from netreg.registry import slots
from netreg.registry.commands import areas, endings
from netreg.registry.models import Area, Device
from portal.access import may, my_roles
from portal.rows import reading


class Place(NamedTuple):
    """One of the three: its phone, and the one that was asked for in its stead."""

    number: int
    device: Device | None
    heir: Device | None
    # Whether the reader may know more of it than that it is taken: a sub-area counts on the same three.
    known: bool
    replaceable: bool


class Slots(NamedTuple):
    """An area's phones: in their places, beyond the three after a merger, and its devices that want a decision."""

    area: Area
    places: list[Place]
    excess: Sequence[Device]
    flagged: Sequence[Device]
    own: bool

    @property
    def used(self) -> int:
        return sum(place.device is not None for place in self.places)

    @property
    def most(self) -> int:
        return len(self.places)


def slots_of(area: Area) -> Slots:
    """The places of an area as the person signed in may see them."""
    session = reading()
    owners = {one.authorisation.slot: one for one in slots.slot_owners(session, area.quota_unit_id)}
    heirs = slots.heirs(session, [one.id for one in owners.values()])
    own = current_user.area_id == area.id and bool(set(OF_AN_AREA) & set(my_roles()))
    return Slots(
        area,
        [_place(number, owners.get(number), heirs, area, asks=own and area.closed is None) for number in SLOTS],
        [one for one in areas.excess(session, area.quota_unit_id) if one.area_id == area.id],
        [one for one in endings.waiting(session) if one.area_id == area.id],
        own and area.closed is None,
    )


def _place(number: int, device: Device | None, heirs: dict[int, Device], area: Area, *, asks: bool) -> Place:
    if device is None:
        return Place(number, None, None, known=True, replaceable=False)
    heir = heirs.get(device.id)
    known = device.area_id == area.id or may("areas.all")
    free = device.authorisation.state in REPLACEABLE and heir is None
    return Place(number, device, heir, known, replaceable=asks and free and device.area_id == area.id)
