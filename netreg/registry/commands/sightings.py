"""What the sources heard: where a device is, how long it has been there, which IP it has, what it says of itself.

A look of a whole segment is one batch: a handful of queries however many devices there are, because they are written
while everybody else waits for the write lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.base import ExecutableOption

from netreg.detection.sighting import Heard
from netreg.registry.models import IpStay, Sighting, Source, Stay, Trait
from netreg.store.base import Base
from netreg.store.chunks import chunks

Row = TypeVar("Row", bound=Base)
Going = TypeVar("Going", Stay, IpStay)

# A source that saw nothing for longer than this begins anew: nobody may be called absent for what it missed.
LONGEST_GAP = timedelta(days=7)
# Heard again after longer than this it is another stay; three looks of ten minutes, so that a lost frame ends none.
GAP = timedelta(minutes=30)
# The source whose rows tell names and no presence: a lease outlives the visit.
LEASES = "leases"
# Names, or fingerprints, that are kept of one device. Whoever tells more was made to.
_MOST_TRAITS = 24
# Of any other source, what comes together is one look; a bridge is looked at a few times in a row.
_SEVERAL_LOOKS = frozenset({"fdb"})


def note(session: Session, source: str, place: str, heard: Sequence[Heard], at: datetime) -> list[Sighting]:
    """Remember what a source heard at a place; the sightings, one for each address, as they are now.

    `at` is when the source was asked, for what it cannot tell the moment of.
    """
    rows = _note_sightings(session, source, place, heard, at)
    if source != LEASES:
        _note_stays(session, source, place, heard, at)
        _note_ips(session, place, heard, at)
    _note_traits(session, heard, at)
    session.flush()
    return rows


def accept(session: Session, mac: str) -> None:
    """What this device says of itself now is its own: somebody looked, and it is the same one."""
    session.execute(update(Trait).where(Trait.mac == mac).values(accepted=True))


def note_source(session: Session, name: str, at: datetime, *, error: str = "", saw: bool = True) -> None:
    """Remember how a source did: `last_good` moves only when it saw something. One that was ended is asked again."""
    row = session.get(Source, name)
    if row is None:
        row = Source(name=name, last_tried=at, since=at)
        session.add(row)
    if row.ended is not None and at - row.ended > LONGEST_GAP:
        # What it saw before it was ended is no custom of what it sees now.
        row.since, row.last_good = at, None
    row.last_tried, row.error, row.ended = at, error, None
    if saw and not error:
        if row.last_good is None or at - row.last_good > LONGEST_GAP:
            row.good_since = at
        row.last_good = at


def _note_sightings(session: Session, source: str, place: str, heard: Sequence[Heard], at: datetime) -> list[Sighting]:
    here = (Sighting.source == source, Sighting.place == place)
    rows = {row.mac: row for row in those(session, Sighting, Sighting.mac, _macs(heard), *here)}
    looked = dict.fromkeys(_macs(heard))
    for mac in looked.keys() - rows.keys():
        rows[mac] = _added(session, Sighting(mac=mac, source=source, place=place, first_seen=at, last_seen=at, count=0))
    for mac in looked:
        rows[mac].count += 1
    for one in heard:
        _tell(rows[str(one.mac)], one, one.at or at)
    return [rows[mac] for mac in looked]


def _tell(row: Sighting, one: Heard, at: datetime) -> None:
    row.first_seen, row.last_seen = min(at, row.first_seen), max(at, row.last_seen)
    row.ip, row.port = one.ip or row.ip, one.port or row.port
    row.name, row.fingerprint = one.name or row.name or one.announced or None, one.fingerprint or row.fingerprint


def _note_stays(session: Session, source: str, place: str, heard: Sequence[Heard], at: datetime) -> None:
    since = min((one.at or at for one in heard), default=at) - GAP
    here = (Stay.source == source, Stay.place == place, Stay.until >= since)
    known: dict[tuple[str, str], list[Stay]] = {}
    for row in those(session, Stay, Stay.mac, _macs(heard), *here):
        known.setdefault((row.mac, row.port), []).append(row)
    counted: set[tuple[str, str]] = set()
    moved: set[tuple[str, str]] = set()
    for one in heard:
        key, then = (str(one.mac), one.port), one.at or at
        going = _going_on(known.setdefault(key, []), then)
        if going is None:
            going = _added(session, Stay(mac=key[0], source=source, place=place, port=one.port, since=then, until=then))
            going.count = 0
            known[key].append(going)
            moved.add(key)
        elif one.at is not None and one.at > going.until and (key not in moved or source in _SEVERAL_LOOKS):
            going.before = going.until
            moved.add(key)
        going.since, going.until, going.ip = min(then, going.since), max(then, going.until), one.ip or going.ip
        going.count += key not in counted
        counted.add(key)


def _note_ips(session: Session, place: str, heard: Sequence[Heard], at: datetime) -> None:
    with_ip = [(one.ip, str(one.mac), one.at or at) for one in heard if one.ip]
    since = min((then for _, _, then in with_ip), default=at) - GAP
    here = (IpStay.place == place, IpStay.until >= since)
    known: dict[tuple[str, str], list[IpStay]] = {}
    for row in those(session, IpStay, IpStay.ip, [ip for ip, _, _ in with_ip], *here):
        known.setdefault((row.ip, row.mac), []).append(row)
    for ip, mac, then in with_ip:
        going = _going_on(known.setdefault((ip, mac), []), then)
        if going is None:
            going = _added(session, IpStay(ip=ip, mac=mac, place=place, since=then, until=then))
            known[ip, mac].append(going)
        going.since, going.until = min(then, going.since), max(then, going.until)


def _going_on(stays: Iterable[Going], then: datetime) -> Going | None:
    """The stay that a moment belongs to. A slow table tells old moments too: they bridge no time between two stays."""
    return next((one for one in stays if one.since - GAP <= then <= one.until + GAP), None)


def _note_traits(session: Session, heard: Sequence[Heard], at: datetime) -> None:
    said = {trait: at for one in heard for trait in _traits(one)}
    known = those(session, Trait, Trait.mac, (mac for mac, _, _ in said))
    rows = {(row.mac, row.kind, row.value): row for row in known}
    # What a device says first is its own, also where it says two things at once.
    had = frozenset((mac, kind) for mac, kind, _ in rows)
    kept = Counter((mac, kind) for mac, kind, _ in rows)
    for mac, kind, value in said:
        row = rows.get((mac, kind, value))
        if row is None and kept[mac, kind] < _MOST_TRAITS:
            new = Trait(mac=mac, kind=kind, value=value, first_seen=at, accepted=(mac, kind) not in had)
            row = _added(session, new)
            kept[mac, kind] += 1
        if row is not None:
            row.last_seen = at


def _traits(one: Heard) -> Iterator[tuple[str, str, str]]:
    if one.name:
        yield str(one.mac), "name", one.name
    if one.announced:
        yield str(one.mac), "mdns", one.announced
    if one.fingerprint:
        yield str(one.mac), "dhcp", one.fingerprint


def _macs(heard: Iterable[Heard]) -> Iterator[str]:
    return (str(one.mac) for one in heard)


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    return row


def those(
    session: Session,
    table: type[Row],
    column: InstrumentedAttribute[str],
    values: Iterable[str],
    *conditions: ColumnElement[bool],
    eager: Sequence[ExecutableOption] = (),
) -> list[Row]:
    """The rows whose `column` is one of many values, in chunks that any database takes; `eager` is loaded along."""
    wanted = sorted(set(values))
    queries = (select(table).options(*eager).where(column.in_(some), *conditions) for some in chunks(wanted))
    return [row for query in queries for row in session.scalars(query)]
