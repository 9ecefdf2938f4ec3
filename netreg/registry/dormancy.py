"""Devices that may connect and were not seen for 90 days: a suggestion, and never more (core workflow, section 8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.policy import quota
from netreg.registry.commands.sightings import LEASES, LONGEST_GAP
from netreg.registry.models import Authorisation, Interface, Sighting, Source, StateChange

DORMANT = timedelta(days=90)


def dormant(session: Session, at: datetime) -> frozenset[int]:
    """The numbers of the devices that have been active for 90 days and were not seen in them.

    Empty unless some source has looked all that time: one that was blind, or is new, says nothing of anybody.
    """
    since = at - DORMANT
    if not _somebody_looked(session, since, at):
        return frozenset()
    active = select(StateChange.authorisation_id).group_by(StateChange.authorisation_id)
    active = active.where(StateChange.state == quota.ACTIVE).having(func.max(StateChange.at) <= since)
    seen = select(Interface.device_id).join(Sighting, Sighting.mac == Interface.mac)
    seen = seen.where(Sighting.last_seen > since, Sighting.source != LEASES)
    rows = select(Authorisation.device_id).where(
        Authorisation.state == quota.ACTIVE, Authorisation.id.in_(active), Authorisation.device_id.not_in(seen)
    )
    return frozenset(session.scalars(rows))


def _somebody_looked(session: Session, since: datetime, at: datetime) -> bool:
    looked = select(Source.name).where(
        Source.good_since <= since, Source.last_good >= at - LONGEST_GAP, ~Source.name.startswith(f"{LEASES}:")
    )
    return session.scalar(looked.limit(1)) is not None
