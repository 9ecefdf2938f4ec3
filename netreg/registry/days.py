"""How many devices were there on each day, registered and not. A day is one of the office, midnight to midnight."""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy.week import Days
from netreg.registry import heard
from netreg.registry.memory import Register
from netreg.registry.models import DayFigure, Stay
from netreg.store.chunks import chunks

_ONE_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class Figure(NamedTuple):
    """How many were registered, how many were not, and how many of those had an address the device made up."""

    known: int
    unknown: int
    random: int


def missing(session: Session, zone: tzinfo, at: datetime) -> tuple[date, date] | None:
    """The first and the last past day not counted yet; None when there is none.

    Before the first stay there was nobody to count: such a day has no figure, and not one of zero.
    """
    newest = session.scalar(select(func.max(DayFigure.day)))
    if newest is None:
        oldest = session.scalar(select(func.min(Stay.since)))
        first = oldest.astimezone(zone).date() if oldest else None
    else:
        first = newest + _ONE_DAY
    last = at.astimezone(zone).date() - _ONE_DAY
    return (first, last) if first is not None and first <= last else None


def count(
    session: Session, first: date, last: date, zone: tzinfo, expected: Collection[MacAddress] = ()
) -> dict[date, Figure]:
    """The figure of each of these days on which anybody was heard.

    Registered is who was so when last heard on the day.
    """
    days = Days.of(first, last, zone)
    register = Register.of(session, expected, since=days.starts[0])
    found: dict[date, Figure] = {}
    for day, (start, end) in zip(days.dates, pairwise(days.starts), strict=True):
        if macs := frozenset(session.scalars(_there(start, end))):
            found[day] = _figure(macs, _unknown(session, macs, register, start, end))
    return found


def _there(start: datetime, end: datetime) -> Select[str]:
    """The addresses of the stays of this time, be their end after it; group addresses are no devices."""
    return select(Stay.mac).where(Stay.until >= start, Stay.since < end, ~heard.is_group(Stay.mac))


def _unknown(session: Session, macs: Set[str], register: Register, start: datetime, end: datetime) -> Set[str]:
    """Those that were not registered when they were last heard in this time.

    When that was matters only where the register changed its mind.
    """
    unknown = macs - register.always
    changed = [mac for mac in unknown if mac in register.courses]
    last: dict[str, datetime] = {}
    for some in chunks(changed):
        rows = _there(start, end).add_columns(func.max(Stay.until)).where(Stay.mac.in_(some))
        last |= {mac: until for mac, until in session.execute(rows.group_by(Stay.mac))}
    return unknown - {mac for mac, until in last.items() if register.knew(mac, min(until, end - _INSTANT))}


def _figure(macs: Set[str], unknown: Set[str]) -> Figure:
    return Figure(len(macs) - len(unknown), len(unknown), sum(MacAddress(mac).is_random for mac in unknown))


def figures(
    session: Session, days: int, zone: tzinfo, at: datetime, expected: Collection[MacAddress] = ()
) -> dict[date, Figure | None]:
    """The last `days` days in order, today counted as it is so far; None for a day nobody was heard on."""
    today = at.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    rows = session.scalars(select(DayFigure).where(DayFigure.day >= first, DayFigure.day < today))
    found = {row.day: Figure(row.known, row.unknown, row.random) for row in rows}
    found |= count(session, today, today, zone, expected)
    return {day: found.get(day) for day in Days.of(first, today, zone).dates}
