"""Devices that may connect and were not seen for 90 days: a suggestion, and never more (core workflow, section 8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from netreg.policy import quota
from netreg.registry.commands.sightings import LEASES, LONGEST_GAP
from netreg.registry.models import Authorisation, Interface, Sighting, Source, StateChange

DORMANT = timedelta(days=90)


def dormant(session: Session, at: datetime, among: Collection[int] | None = None) -> frozenset[int]:
    """The numbers of the devices that have been active for 90 days and were not seen in them, of all or of these.

    Empty unless some source has looked all that time: one that was blind, or is new, says nothing of anybody.
    """
    since = at - DORMANT
    if not _somebody_looked(session, since, at):
        return frozenset()
    later = select(StateChange.id).where(
        StateChange.authorisation_id == Authorisation.id, StateChange.state == quota.ACTIVE, StateChange.at > since
    )
    # One address at a time, by its own index: a register is small beside what is on the air in 90 days.
    seen = select(Sighting.id).where(Sighting.last_seen > since, Sighting.source != LEASES)
    heard = exists().where(
        Interface.device_id == Authorisation.device_id, seen.where(Sighting.mac == Interface.mac).exists()
    )
    rows = select(Authorisation.device_id).where(Authorisation.state == quota.ACTIVE, ~later.exists(), ~heard)
    if among is not None:
        rows = rows.where(Authorisation.device_id.in_(among))
    return frozenset(session.scalars(rows))


def _somebody_looked(session: Session, since: datetime, at: datetime) -> bool:
    looked = select(Source.name).where(
        Source.good_since <= since, Source.last_good >= at - LONGEST_GAP, ~Source.name.startswith(f"{LEASES}:")
    )
    return session.scalar(looked.limit(1)) is not None
