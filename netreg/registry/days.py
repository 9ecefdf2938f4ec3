"""How many devices were there on each day, registered and not. A day is one of the office, midnight to midnight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy.week import Days
from netreg.registry.memory import Register
from netreg.registry.models import DayFigure, Stay

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
        if heard := _last_heard(session, start, end):
            found[day] = _figure(heard, end - _INSTANT, register)
    return found


def _last_heard(session: Session, start: datetime, end: datetime) -> dict[str, datetime]:
    """Every address that was there in this time, with the moment it was last there, be that after the end."""
    query = select(Stay.mac, Stay.until).where(Stay.until >= start, Stay.since < end)
    # In the order of time, so that of an address the last one stays.
    return {mac: until for mac, until in session.execute(query.order_by(Stay.until))}


def _figure(heard: Mapping[str, datetime], end: datetime, register: Register) -> Figure:
    devices = [mac for mac in heard if not MacAddress(mac).is_group]
    unknown = [mac for mac in devices if not register.knew(mac, min(heard[mac], end))]
    return Figure(len(devices) - len(unknown), len(unknown), sum(MacAddress(mac).is_random for mac in unknown))


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
