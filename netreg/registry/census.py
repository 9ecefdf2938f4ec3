"""The first census beside what the network shows: registered and seen, registered and not seen, seen or let in and not
registered.

It compares and decides nothing. "Not seen" says little where nobody looked: `looking` is who did. A town hall hears far
more devices than it has, so that the lists are counted, and only the part of a list that is shown is put together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import discovery, heard, queries
from netreg.registry.heard import Heard
from netreg.registry.models import Area, Authorisation, Device, Interface, Point, Stray, Ticket, Verdict
from netreg.registry.models.common import STRAY_OPEN
from netreg.store.chunks import chunks
from netreg.store.remembering import Memory, stretch

DAYS, MOST_DAYS = 14, 90
MANY = 5_000
_HOLDS_MINUTES = 5
SEEN, UNSEEN, STRANGERS, LET_IN = "seen", "unseen", "strangers", "let-in"
LISTS = (SEEN, UNSEEN, STRANGERS, LET_IN)
LetIn = Mapping[str, tuple[str, ...]]


class _Asked(NamedTuple):
    """Since when sightings count, and who is expected."""

    since: datetime
    expected: frozenset[MacAddress]


class _Counts(NamedTuple):
    """How many addresses are registered, how many of them were heard, and how many others were."""

    asked: _Asked
    everybody: int
    seen: int
    strangers: int


_LET_IN: Memory[LetIn] = Memory(Point, Stray, Interface, Authorisation)
_COUNTS: Memory[_Counts] = Memory(Interface, Authorisation)


@dataclass(frozen=True, slots=True)
class Line:
    """One address: what the register says of it, and where and when it was there last.

    `points` are those that let it in without its being registered; `asked` the request under way for it.
    """

    mac: MacAddress
    device: int | None = None
    label: str = ""
    holder: str = ""
    area: str = ""
    kind: str = ""
    state: str = ""
    places: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    name: str = ""
    points: tuple[str, ...] = ()
    asked: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Census:
    """How long the four lists are, since when sightings count, and how many sources and points could say anything.

    Of the strangers no more than MANY are counted, and one.
    """

    since: datetime
    counts: Mapping[str, int]
    looking: int
    read_back: int
    points: int

    @property
    def is_more(self) -> bool:
        """Whether there are more strangers than anybody works through."""
        return self.counts[STRANGERS] > MANY


def take(
    session: Session, at: datetime, days: int, *, expected: Collection[MacAddress] = (), blind_after: timedelta
) -> Census:
    """Count the register against the sightings of the last `days` days and the last read-back of every point.

    The days begin with whole five minutes: what is heard meanwhile is counted with the next ones, and what changes in
    the register at once.
    """
    since = stretch(at - timedelta(days=days), _HOLDS_MINUTES)
    counts = _counts(session, _Asked(since, frozenset(expected)))
    points = [point for point in queries.points(session) if point.enabled]
    return Census(
        since,
        {
            SEEN: counts.seen,
            UNSEEN: counts.everybody - counts.seen,
            STRANGERS: counts.strangers,
            LET_IN: len(_let_in(session)),
        },
        discovery.looking(session, at, blind_after),
        sum(point.verified_at is not None for point in points),
        len(points),
    )


def lines(
    session: Session, at: datetime, days: int, name: str, *,
    expected: Collection[MacAddress] = (), most: int | None = None, after: int = 0,
) -> list[Line]:  # fmt: skip
    """One of LISTS in its order; `most` lines of it, `after` so many. Who was heard last is the first of strangers."""
    let_in = {} if name in (SEEN, UNSEEN) else _let_in(session)
    if name == LET_IN:
        macs = list(let_in)[after:][:most]
    else:
        macs = list(session.scalars(_listed(name, at - timedelta(days=days), expected).limit(most).offset(after)))
    return [*_dressed(session, at, macs, let_in)]


def _listed(name: str, since: datetime, expected: Collection[MacAddress]) -> Select[str]:
    if name == STRANGERS:
        return heard.newest_first(since, expected, _registered())
    lately = heard.lately(Interface.mac, since)
    query = _registered(lately if name == SEEN else ~lately)
    return query.join(Device, Device.id == Interface.device_id).order_by(Device.area_id, Device.id, Interface.id)


# Who has a right to be there, or is being taken out.
_HAS_RIGHT = (
    Interface.live, Authorisation.device_id == Interface.device_id, Authorisation.state.in_(quota.LIVE)
)  # fmt: skip


def _registered(*conditions: ColumnElement[bool]) -> Select[str]:
    return select(Interface.mac).where(*_HAS_RIGHT, *conditions)


def _counts(session: Session, asked: _Asked) -> _Counts:
    return _COUNTS.current(session, lambda: _counted(session, asked), lambda kept: kept.asked == asked)


def _counted(session: Session, asked: _Asked) -> _Counts:
    is_seen = case((heard.lately(Interface.mac, asked.since), 1))
    everybody, seen = session.execute(_registered().with_only_columns(func.count(), func.count(is_seen))).one()
    strangers = heard.count(session, asked.since, asked.expected, _registered(), MANY + 1)
    return _Counts(asked, everybody, seen, strangers)


def _let_in(session: Session) -> LetIn:
    """What points let in and nobody registered: of the last read-back, and what somebody put there by hand."""
    return _LET_IN.current(session, lambda: _found_let_in(session))


def _found_let_in(session: Session) -> LetIn:
    registered, found = set(session.scalars(_registered())), dict[str, dict[str, None]]()
    for mac, point in _entries(session):
        if mac not in registered:
            found.setdefault(mac, {}).setdefault(point)
    return {mac: tuple(points) for mac, points in sorted(found.items())}


def _entries(session: Session) -> Iterator[tuple[str, str]]:
    for name, verified in session.execute(select(Point.name, Point.verified).order_by(Point.name)):
        for mac, _label in verified or ():
            yield mac, name
    strays = select(Stray.mac, Point.name).join(Point, Point.id == Stray.point_id)
    for mac, name in session.execute(strays.where(Stray.state.in_(STRAY_OPEN)).order_by(Stray.id)):
        yield mac, name


# --- what a line says -----------------------------------------------------------------------------------------------


def _dressed(session: Session, at: datetime, macs: Sequence[str], let_in: LetIn) -> Iterator[Line]:
    for some in chunks(macs):
        known, seen = _devices(session, some), heard.of(session, some)
        asked, verdicts = _asked(session, some), _verdicts(session, some, at)
        for mac in some:
            yield _line(
                mac, known.get(mac, {}), seen.get(mac), let_in.get(mac, ()), asked.get(mac, ""), verdicts.get(mac, "")
            )


def _devices(session: Session, macs: Sequence[str]) -> dict[str, dict[str, object]]:
    rows = session.execute(
        select(Interface.mac, Device, Area.code, Authorisation.state)
        .join(Device, Device.id == Interface.device_id)
        .join(Area, Area.id == Device.area_id)
        .where(*_HAS_RIGHT, Interface.mac.in_(macs))
    )
    return {
        mac: {
            "device": one.id, "label": one.label, "holder": one.holder, "area": area, "kind": one.kind, "state": state
        }
        for mac, one, area, state in rows
    }  # fmt: skip


def _asked(session: Session, macs: Sequence[str]) -> dict[str, str]:
    """The request under way for an address, also one that a computer is said to have; the newest of several."""
    waiting = Authorisation.state.in_((quota.REQUESTED, quota.AWAITING_BINDING, quota.WAITING_SWAP))
    rows = select(Ticket, Interface.mac, Device.claimed_mac).join(Device, Device.ticket_id == Ticket.id)
    rows = rows.join(Authorisation, Authorisation.device_id == Device.id).where(waiting)
    named = union(
        select(Interface.device_id).where(Interface.mac.in_(macs)),
        select(Device.id).where(Device.claimed_mac.in_(macs)),
    )
    rows = rows.outerjoin(Interface, Interface.device_id == Device.id).where(Device.id.in_(named)).order_by(Device.id)
    return {mac: ticket.reference for ticket, *named in session.execute(rows) for mac in named if mac}


def _verdicts(session: Session, macs: Sequence[str], at: datetime) -> dict[str, str]:
    holds = or_(Verdict.until.is_(None), Verdict.until > at)
    rows = session.execute(
        select(Verdict.mac, Verdict.kind).where(Verdict.mac.in_(macs), Verdict.lifted.is_(None), holds)
    )
    return {mac: kind for mac, kind in rows}


def _line(
    mac: str, device: Mapping[str, object], seen: Heard | None, points: tuple[str, ...], asked: str, verdict: str
) -> Line:
    there = {"places": seen.places, "first": seen.first, "last": seen.last, "name": seen.name} if seen else {}
    return Line(MacAddress(mac), points=points, asked=asked, verdict=verdict, **there, **device)  # type: ignore[arg-type]
