"""Devices that may connect and were not seen for 90 days: a suggestion, and never more (core workflow, section 8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from netreg.policy import quota
from netreg.registry.commands.sightings import LEASES, LONGEST_GAP
from netreg.registry.models import Authorisation, Interface, Sighting, Source, StateChange

DORMANT = timedelta(days=90)


def dormant(session: Session, at: datetime, among: Collection[int] | None = None) -> frozenset[int]:
    """The numbers of the devices that have been active for 90 days and were not seen in them, of all or of these.

    Empty unless some source has looked all that time: one that was blind, or is new, says nothing of anybody. Whom only
    such sources ever saw may be there still.
    """
    since = at - DORMANT
    if not _somebody_looked(session, since, at):
        return frozenset()
    blind = list(session.scalars(select(Source.name).where(Source.ended.is_(None), ~_looked(since, at))))
    later = select(StateChange.id).where(
        StateChange.authorisation_id == Authorisation.id, StateChange.state == quota.ACTIVE, StateChange.at > since
    )
    # One address at a time, by its own index: a register is small beside what is on the air in 90 days.
    heard = select(Sighting.id).where(Sighting.mac == Interface.mac, Sighting.source != LEASES)
    by_blind = (Sighting.source + ":" + Sighting.place).in_(blind)
    lately = heard.where(Sighting.last_seen > since).exists()
    nobody_can_say = and_(heard.where(by_blind).exists(), ~heard.where(~by_blind).exists())
    there = exists().where(Interface.device_id == Authorisation.device_id, or_(lately, nobody_can_say))
    rows = select(Authorisation.device_id).where(Authorisation.state == quota.ACTIVE, ~later.exists(), ~there)
    if among is not None:
        rows = rows.where(Authorisation.device_id.in_(among))
    return frozenset(session.scalars(rows))


def _somebody_looked(session: Session, since: datetime, at: datetime) -> bool:
    looked = select(Source.name).where(_looked(since, at), ~Source.name.startswith(f"{LEASES}:"))
    return session.scalar(looked.limit(1)) is not None


def _looked(since: datetime, at: datetime) -> ColumnElement[bool]:
    """Whether a source has seen without a long gap since; also where it never saw this is true or false, not NULL."""
    return and_(
        Source.good_since.is_not(None),
        Source.last_good.is_not(None),
        Source.good_since <= since,
        Source.last_good >= at - LONGEST_GAP,
    )
