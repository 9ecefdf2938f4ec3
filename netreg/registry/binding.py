"""What the registry knows of the addresses that a computer's name was seen with."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy import binding
from netreg.policy.binding import Candidate, Heard
from netreg.registry.commands.sightings import LEASES
from netreg.registry.models import Device, Interface, Sighting

# A source of sightings -> what kind of evidence its names are. Others tell no names.
KINDS = {LEASES: binding.LEASE, "lookup": binding.LOOKUP}


def candidates(session: Session, device: Device) -> tuple[Candidate, ...]:
    """The addresses that may be this computer's, with their trust; those that are live with a device are left out."""
    name = device.computer_name or ""
    taken = set(session.scalars(select(Interface.mac).where(Interface.live)))
    return tuple(one for one in binding.candidates(name, _heard(session, device)) if str(one.mac) not in taken)


def _heard(session: Session, device: Device) -> Iterator[Heard]:
    name = device.computer_name or ""
    rows = session.scalars(
        select(Sighting).where(func.lower(Sighting.name) == name.lower(), Sighting.source.in_(KINDS))
    )
    for row in rows:
        yield Heard(MacAddress(row.mac), row.name or "", KINDS[row.source], row.last_seen)
    if device.claimed_mac:
        yield Heard(MacAddress(device.claimed_mac), name, binding.CLAIM)
