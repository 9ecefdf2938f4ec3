"""What a look is judged by, out of the tables: who was here lately, with which IP, what they said, who they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from netreg.detection.claims import NAMES
from netreg.detection.clone import ONE_SEGMENT
from netreg.detection.facts import Known, OneWire, OpenAlert, Pair, Scene, by_mac
from netreg.detection.sighting import Heard, IpUse, Said, Sighting
from netreg.detection.wires import at_both, one_wire
from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import models, queries
from netreg.registry.commands.sightings import LEASES, those
from netreg.registry.hashing import AddressHash
from netreg.registry.models import (
    Authorisation,
    Device,
    FormerAddress,
    Interface,
    IpStay,
    Stay,
    Trait,
    Verdict,
)
from netreg.store.chunks import chunks
from netreg.store.transaction import Transaction

# How far back one look goes: long enough for two sources to meet, short enough to speak of now.
RECENT = timedelta(minutes=15)
# How many phones an alert suggests at most, and how long before it they may have left: holidays end within a month.
CANDIDATES, LEFT_WITHIN = 10, timedelta(days=30)
_BEARER = [
    joinedload(Interface.device).options(
        joinedload(Device.authorisation), joinedload(Device.area), joinedload(Device.ticket)
    )
]


def of(tx: Transaction, heard: Sequence[Heard], at: datetime, ignored: Iterable[MacAddress]) -> Scene:
    """The scene around what was heard just now: these devices, and whoever came up in the last minutes.

    `ignored` are the addresses that the settings protect or set aside.
    """
    session, since = tx.session, at - RECENT
    macs = {str(one.mac) for one in heard} | newcomers(session, at - tx.office.detection.storm_window)
    sightings = tuple(_sighting(row) for row in those(session, Stay, Stay.mac, macs, Stay.until >= since))
    counts = or_(Trait.accepted, Trait.last_seen >= since)
    said = tuple(_said(row) for row in those(session, Trait, Trait.mac, macs, counts))
    uses = _uses(session, macs, {one.ip for one in heard if one.ip}, since)
    there = {one.mac for one in sightings} | {one.mac for one in uses}
    known = known_of(tx, there, (one.value for one in said if one.kind in NAMES), ignored)
    opened = tuple(OpenAlert(one.key, one.first_seen, one.last_seen, one.count) for one in queries.alerts(session))
    wires = _one_wires(session, sightings, since, tx.office.detection.clone_window)
    return Scene(sightings, uses, said, known, opened, one_wire=wires)


def _uses(session: Session, macs: Collection[str], ips: Iterable[str], since: datetime) -> tuple[IpUse, ...]:
    """Which IP these had, who else had one of those, and what else they had: who answers for many is nobody's rival."""
    sharing = {row.mac for row in those(session, IpStay, IpStay.ip, ips, IpStay.until >= since)}
    rows = those(session, IpStay, IpStay.mac, {*macs, *sharing}, IpStay.until >= since)
    return tuple(_ip_use(row) for row in rows)


def _one_wires(
    session: Session, sightings: Iterable[Sighting], since: datetime, near: timedelta
) -> tuple[OneWire, ...]:
    """The segments that are one wire, among those where anybody of these was at once: usually there are none."""
    suspects = {places for trail in by_mac(sightings).values() for places in at_both(trail, near)}
    found = (one_wire(places, _heard_at(session, places, since), near) for places in sorted(suspects))
    return tuple(one for one in found if one is not None)


def _heard_at(session: Session, places: Pair, since: datetime) -> Mapping[MacAddress, Sequence[Sighting]]:
    here = select(Stay).where(Stay.source.in_(ONE_SEGMENT), Stay.place.in_(places), Stay.until >= since)
    return by_mac(_sighting(row) for row in session.scalars(here))


def _sighting(row: Stay) -> Sighting:
    return Sighting(
        MacAddress(row.mac), row.source, row.place, row.until, row.ip, row.since, row.port, row.count, row.before
    )  # fmt: skip


def _said(row: Trait) -> Said:
    return Said(MacAddress(row.mac), row.kind, row.value, row.last_seen, row.accepted)


def _ip_use(row: IpStay) -> IpUse:
    return IpUse(row.ip, MacAddress(row.mac), row.place, row.since, row.until)


# --- strangers ------------------------------------------------------------------------------------------------------


def newcomers(session: Session, since: datetime) -> set[str]:
    """The addresses that were never seen before this instant."""
    row, earlier = models.Sighting, aliased(models.Sighting)
    before = select(earlier.id).where(earlier.mac == row.mac, earlier.first_seen < since).exists()
    # Who came up since was seen since, and for that there is an index.
    return set(session.scalars(select(row.mac).where(row.last_seen >= since, row.first_seen >= since, ~before)))


def never_seen(session: Session, macs: Iterable[MacAddress]) -> frozenset[MacAddress]:
    """Those of these addresses that nobody registered and no source saw before."""
    texts = sorted({str(mac) for mac in macs})
    asked = (
        select(column).where(column.in_(some)).distinct()
        for some in chunks(texts) for column in (models.Sighting.mac, Interface.mac)
    )  # fmt: skip
    known = {mac for query in asked for mac in session.scalars(query)}
    return frozenset(MacAddress(mac) for mac in texts if mac not in known)


class Gone(NamedTuple):
    """A phone that is let in and was last heard at a place at `left`."""

    device: Device
    left: datetime


def candidates(session: Session, mac: MacAddress, place: str, since: datetime) -> list[Gone]:
    """The phones that may be behind a random address: of that place, let in, and not seen since it appeared.

    Who left last before it appeared comes first, and no more than `CANDIDATES`: a phone's own address is gone when its
    private one comes. A suggestion: nobody is let in, or held to account, for it (core workflow, section 10, scenario
    30).
    """
    if not mac.is_random:
        return []
    # An alert names the port besides, where the source knows it.
    here = Stay.place == place.partition(" · ")[0], Stay.until >= since - LEFT_WITHIN, Stay.until < since
    gone = select(Stay.mac, func.max(Stay.until).label("left")).where(*here).group_by(Stay.mac).subquery()
    seen = select(models.Sighting.id).where(
        models.Sighting.source != LEASES, models.Sighting.mac == gone.c.mac, models.Sighting.last_seen >= since
    )
    rows = session.execute(
        select(Device, gone.c.left)
        .join(Interface, Interface.device_id == Device.id)
        .join(gone, gone.c.mac == Interface.mac)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(Interface.live, Device.kind == "phone", Authorisation.state == quota.ACTIVE, ~seen.exists())
        .order_by(gone.c.left.desc(), Device.id)
        .limit(CANDIDATES)
    )
    return [Gone(device, left) for device, left in rows]


# --- what is known of them ------------------------------------------------------------------------------------------


def known_of(
    tx: Transaction, macs: Iterable[MacAddress], names: Iterable[str], ignored: Iterable[MacAddress]
) -> tuple[Known, ...]:
    """Whom the registry knows of these addresses and of these computers' names, who is never to be touched, what a
    person decided, and what is remembered of those seen and forgotten."""
    seen = {str(mac) for mac in macs}
    known = [*_registered(tx.session, seen, names), *_decided(tx.session, seen)]
    known += [Known(mac, "active", kind="protected") for mac in ignored]
    unknown = {MacAddress(mac) for mac in seen} - {one.mac for one in known}
    return tuple(known + _forgotten(tx, unknown))


def _registered(session: Session, macs: set[str], names: Iterable[str]) -> list[Known]:
    folded = {name.lower() for name in names}
    called = select(Interface.mac).join(Device, Device.id == Interface.device_id)
    called = called.where(Interface.live, func.lower(Device.computer_name).in_(folded))
    wanted = macs | (set(session.scalars(called)) if folded else set())
    rows = those(session, Interface, Interface.mac, wanted, eager=_BEARER)
    return [_claim(MacAddress(row.mac), row.device, row.device.computer_name or "") for row in rows]


def _decided(session: Session, macs: set[str]) -> list[Known]:
    """What a person decided about addresses nobody registered; a verdict that was lifted is none."""
    rows = those(session, Verdict, Verdict.mac, macs, Verdict.lifted.is_(None))
    return [Known(MacAddress(row.mac), row.kind, ignored_until=row.until) for row in rows]


def _forgotten(tx: Transaction, unknown: set[MacAddress]) -> list[Known]:
    """What the registry still says of addresses that are hashes by now; nothing where the key is not there."""
    if not unknown or tx.session.scalar(select(FormerAddress.id).limit(1)) is None:
        return []
    try:
        hashed = AddressHash.of_store(tx.session, tx.office.retention_key)
    except ConfigError:
        return []
    by_hash = {hashed.of(mac): mac for mac in unknown}
    rows = those(tx.session, FormerAddress, FormerAddress.hash, by_hash)
    return [_claim(by_hash[row.hash], row.device) for row in rows]


def _claim(mac: MacAddress, device: Device, host: str = "") -> Known:
    folio = device.ticket.reference if device.ticket else ""
    state, area = device.authorisation.state, device.area.code
    return Known(mac, state, area, device.kind, f"#{device.id}", folio, device.id, host=host)
