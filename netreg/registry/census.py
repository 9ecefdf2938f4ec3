"""The first census beside what the network shows: registered and seen, registered and not seen, seen or let in and not
registered.

It compares and decides nothing. "Not seen" says little where nobody looked: `looking` is who did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import discovery, queries
from netreg.registry.commands.sightings import LEASES
from netreg.registry.models import Authorisation, Device, Interface, Sighting, Stray, Ticket, Verdict
from netreg.registry.models.common import STRAY_OPEN

DAYS, MOST_DAYS = 14, 90
SEEN, UNSEEN, STRANGERS, LET_IN = "seen", "unseen", "strangers", "let-in"
LISTS = (SEEN, UNSEEN, STRANGERS, LET_IN)


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
    """The four lists, since when sightings count, and how many sources and points could say anything."""

    since: datetime
    lists: Mapping[str, Sequence[Line]]
    looking: int
    read_back: int
    points: int


@dataclass(slots=True)
class _Heard:
    places: dict[str, None]
    first: datetime
    last: datetime
    name: str


def take(
    session: Session, at: datetime, days: int, *, expected: Collection[MacAddress] = (), blind_after: timedelta
) -> Census:
    """Compare the register with the sightings of the last `days` days and the last read-back of every point."""
    since = at - timedelta(days=days)
    heard, known = _heard(session), _registered(session)
    lately = {mac: one for mac, one in heard.items() if one.last >= since}
    let_in = _let_in(session, known.keys())
    asked, verdicts = _asked(session), _verdicts(session, at)
    quiet = {str(one) for one in expected}
    strangers = [mac for mac in lately if mac not in known and mac not in quiet and not MacAddress(mac).is_group]

    def line(mac: str) -> Line:
        return _line(
            mac, known.get(mac), heard.get(mac), let_in.get(mac, ()), asked.get(mac, ""), verdicts.get(mac, "")
        )

    points = [point for point in queries.points(session) if point.enabled]
    return Census(
        since,
        {
            SEEN: [line(mac) for mac in known if mac in lately],
            UNSEEN: [line(mac) for mac in known if mac not in lately],
            STRANGERS: sorted((line(mac) for mac in strangers), key=_latest),
            LET_IN: [line(mac) for mac in let_in],
        },
        sum(one.state == "sees" for one in discovery.look(session, at, blind_after)),
        sum(point.verified is not None for point in points),
        len(points),
    )


def _latest(one: Line) -> tuple[float, MacAddress]:
    return (-one.last.timestamp() if one.last else 0.0, one.mac)


def _registered(session: Session) -> dict[str, Device]:
    """Who has a right to be there, or is being taken out, by address; area by area."""
    query = (
        select(Interface.mac, Device)
        .join(Device, Device.id == Interface.device_id)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(Interface.live, Authorisation.state.in_(quota.LIVE))
        .order_by(Device.area_id, Device.id, Interface.id)
    )
    return {mac: device for mac, device in session.execute(query)}


def _heard(session: Session) -> dict[str, _Heard]:
    """What was ever seen and is kept, by address. A lease is a promise of an address, and nobody's presence."""
    found: dict[str, _Heard] = {}
    query = select(Sighting).where(Sighting.source != LEASES).order_by(Sighting.last_seen.desc())
    for row in session.scalars(query):
        where = f"{row.place} ({row.port})" if row.port else row.place
        one = found.setdefault(row.mac, _Heard({}, row.first_seen, row.last_seen, ""))
        one.places.setdefault(where)
        one.first, one.last = min(one.first, row.first_seen), max(one.last, row.last_seen)
        one.name = one.name or row.name or ""
    return found


def _let_in(session: Session, known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What points let in and nobody registered: of the last read-back, and what somebody put there by hand."""
    registered, found = set(known), dict[str, dict[str, None]]()
    for point in queries.points(session):
        for mac, _label in point.verified or ():
            found.setdefault(mac, {}).setdefault(point.name)
    for row in session.scalars(select(Stray).where(Stray.state.in_(STRAY_OPEN))):
        found.setdefault(row.mac, {}).setdefault(row.point.name)
    return {mac: tuple(points) for mac, points in sorted(found.items()) if mac not in registered}


def _asked(session: Session) -> dict[str, str]:
    """The request under way for an address, also one that a computer is said to have."""
    waiting = Authorisation.state.in_((quota.REQUESTED, quota.AWAITING_BINDING, quota.WAITING_SWAP))
    rows = select(Device, Interface.mac).join(Authorisation, Authorisation.device_id == Device.id)
    rows = rows.outerjoin(Interface, Interface.device_id == Device.id).where(waiting, Device.ticket_id.is_not(None))
    found = {}
    for device, mac in session.execute(rows.join(Ticket, Ticket.id == Device.ticket_id)):
        for one in (mac, device.claimed_mac):
            if one and device.ticket:
                found[one] = device.ticket.reference
    return found


def _verdicts(session: Session, at: datetime) -> dict[str, str]:
    rows = session.scalars(select(Verdict).where(Verdict.lifted.is_(None)))
    return {one.mac: one.kind for one in rows if one.until is None or one.until > at}


def _line(
    mac: str, device: Device | None, heard: _Heard | None, points: tuple[str, ...], asked: str, verdict: str
) -> Line:
    seen = Line(MacAddress(mac), points=points, asked=asked, verdict=verdict)
    if heard is not None:
        seen = replace(seen, places=tuple(heard.places), first=heard.first, last=heard.last, name=heard.name)
    if device is None:
        return seen
    return replace(
        seen, device=device.id, label=device.label, holder=device.holder, area=device.area.code, kind=device.kind,
        state=device.authorisation.state,
    )  # fmt: skip
