"""What is kept no longer than it may be: addresses become hashes, old alerts lose theirs, sightings go.

Letters, requests and the audit log stay: they follow the municipality's own catalogue of disposition of documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.mac import MacAddress, masked_in
from netreg.office import Office
from netreg.policy import quota
from netreg.registry.hashing import AddressHash
from netreg.registry.models import (
    STRAY_OPEN,
    Alert,
    Authorisation,
    Device,
    FormerAddress,
    Interface,
    IpStay,
    Pass,
    Sighting,
    Source,
    Stay,
    Stray,
    Trait,
    Verdict,
)
from netreg.store.transaction import Transaction

# Rows in one transaction: the write lock is held for some milliseconds, also after a year without a run.
BATCH = 500
# The one row that is left of a registered device's sightings, at no place and by no source in particular.
LAST_SEEN = "last_seen"
ERASED = (
    "La dirección y el lugar se borraron al cumplirse su plazo de conservación.",
    "The address and the place were erased when their term ended.",
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much a run forgets: devices; addresses of theirs, of hand-made entries and of decisions about strangers;
    alerts; rows of sightings."""

    devices: int = 0
    addresses: int = 0
    alerts: int = 0
    sightings: int = 0

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten(
            self.devices + other.devices,
            self.addresses + other.addresses,
            self.alerts + other.alerts,
            self.sightings + other.sightings,
        )


# --- what is due ----------------------------------------------------------------------------------------------------


def due(session: Session, office: Office, at: datetime) -> Forgotten:
    """What a run at this instant would forget."""
    devices = _devices_due(office, at)
    numbers = devices.with_only_columns(Authorisation.device_id)
    return Forgotten(
        devices=_count(session, devices),
        addresses=_count(session, select(Interface.id).where(Interface.device_id.in_(numbers)))
        + _count(session, _strays_due(office, at))
        + _count(session, _verdicts_due(office, at)),
        alerts=_count(session, _alerts_due(office, at)),
        sightings=_count(session, _strangers_due(office, at)) + _count(session, _trails_due(office, at)),
    )


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _devices_due(office: Office, at: datetime) -> Select[Authorisation]:
    """Those removed, or refused and never let in, for the whole term."""
    until = office.retention.removals_until(at.astimezone(office.zone))
    removed = and_(Authorisation.state == quota.REMOVED, Authorisation.removed <= until)
    refused = and_(Authorisation.state == quota.REJECTED, Authorisation.decided <= until)
    return select(Authorisation).where(Authorisation.forgotten.is_(None), or_(removed, refused))


def _alerts_due(office: Office, at: datetime) -> Select[Alert]:
    """Closed ones about an address not seen for the term. An open one is a matter somebody still has to answer."""
    until = office.retention.sightings_until(at)
    names_one = or_(Alert.mac != "", and_(Alert.kind == "drift", Alert.explanation != ERASED[0]))
    return select(Alert).where(Alert.state == "closed", names_one, Alert.last_seen < until)


def _strays_due(office: Office, at: datetime) -> Select[int]:
    """Hand-made entries that are settled, and were not seen on their point for the term."""
    until = office.retention.sightings_until(at)
    return select(Stray.id).where(Stray.state.not_in(STRAY_OPEN), Stray.last_seen < until)


def _verdicts_due(office: Office, at: datetime) -> Select[int]:
    """What was decided about an address, and lifted or run out for the term."""
    until = office.retention.sightings_until(at)
    return select(Verdict.id).where(or_(Verdict.lifted < until, Verdict.until < until))


def _strangers_due(office: Office, at: datetime) -> Select[int]:
    until = office.retention.sightings_until(at)
    return select(Sighting.id).where(~_is_live(Sighting.mac), Sighting.last_seen < until)


def _trails_due(office: Office, at: datetime) -> Select[int]:
    stale = Sighting.last_seen < office.retention.trails_until(at)
    return select(Sighting.id).where(_is_live(Sighting.mac), stale, Sighting.source != LAST_SEEN)


def _is_live(mac: Any) -> ColumnElement[bool]:
    return select(Interface.id).where(Interface.mac == mac, Interface.live).exists()


# --- sightings ------------------------------------------------------------------------------------------------------


def drop_strangers(tx: Transaction, at: datetime) -> int:
    """Delete sightings of unregistered addresses past their term; how many, at most a batch.

    The history of pushes names addresses too, and goes after the same term; so does a source that ended, whose
    sightings are all gone by then.
    """
    until = tx.office.retention.sightings_until(at)
    tx.session.execute(delete(Pass).where(Pass.at < until))
    tx.session.execute(delete(Source).where(Source.ended < until))
    return _delete(tx.session, list(tx.session.scalars(_strangers_due(tx.office, at).limit(BATCH))))


def fold_trails(tx: Transaction, at: datetime) -> int:
    """Of registered devices keep, after the term, when they were last seen; how many rows went, at most a batch."""
    rows = tx.session.scalars(
        select(Sighting).where(Sighting.id.in_(_trails_due(tx.office, at).limit(BATCH))).with_for_update()
    ).all()
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[row.mac] = max(row.last_seen, newest.get(row.mac, row.last_seen))
    gone = _delete(tx.session, [row.id for row in rows])
    for mac, seen in newest.items():
        _note_last_seen(tx.session, mac, seen)
    return gone


def drop_history(tx: Transaction, at: datetime) -> int:
    """Delete where devices were, and with which IP, past the term of each; how many rows went, at most a batch of each.

    What a registered device says of itself stays as long as it is registered: a copy of it is known by that.
    """
    kept = tx.office.retention
    strangers, trails = kept.sightings_until(at), kept.trails_until(at)
    gone = 0
    for table, mac, until in ((Stay, Stay.mac, Stay.until), (IpStay, IpStay.mac, IpStay.until)):
        over = or_(and_(_is_live(mac), until < trails), and_(~_is_live(mac), until < strangers))
        gone += _drop(tx.session, table, select(table.id).where(over))
    return gone + _drop(tx.session, Trait, select(Trait.id).where(~_is_live(Trait.mac), Trait.last_seen < strangers))


def _drop(session: Session, table: type[Stay | IpStay | Trait], due: Select[int]) -> int:
    numbers = session.scalars(due.limit(BATCH)).all()
    if numbers:
        session.execute(delete(table).where(table.id.in_(numbers)))
    return len(numbers)


def _delete(session: Session, numbers: list[int]) -> int:
    if numbers:
        session.execute(delete(Sighting).where(Sighting.id.in_(numbers)))
    return len(numbers)


def _note_last_seen(session: Session, mac: str, seen: datetime) -> None:
    row = session.scalar(select(Sighting).where(Sighting.mac == mac, Sighting.source == LAST_SEEN))
    if row is None:
        row = Sighting(mac=mac, source=LAST_SEEN, place="", first_seen=seen, last_seen=seen)
        session.add(row)
    row.first_seen = row.last_seen = max(seen, row.last_seen)


# --- addresses ------------------------------------------------------------------------------------------------------


def forget(tx: Transaction, at: datetime, hashed: AddressHash, *, sightings: int = 0) -> Forgotten:
    """Forget at most a batch of devices and a batch of alerts, and record it with the `sightings` that went before.

    Nothing to forget is no event.
    """
    rights = tx.session.scalars(_devices_due(tx.office, at).limit(BATCH).with_for_update(skip_locked=True)).all()
    addresses = sum(_forget_device(tx.session, right, at, hashed) for right in rights)
    strays = tx.session.scalars(_strays_due(tx.office, at).limit(BATCH)).all()
    if strays:
        tx.session.execute(delete(Stray).where(Stray.id.in_(strays)))
    verdicts = tx.session.scalars(_verdicts_due(tx.office, at).limit(BATCH)).all()
    if verdicts:
        tx.session.execute(delete(Verdict).where(Verdict.id.in_(verdicts)))
    alerts = tx.session.scalars(_alerts_due(tx.office, at).limit(BATCH)).all()
    for alert in alerts:
        _erase(alert)
    done = Forgotten(len(rights), addresses + len(strays) + len(verdicts), len(alerts), sightings)
    if done != Forgotten():
        tx.record(
            events.RetentionApplied(
                devices=done.devices, addresses=done.addresses, alerts=done.alerts, sightings=done.sightings
            )
        )
    return done


def _forget_device(session: Session, right: Authorisation, at: datetime, hashed: AddressHash) -> int:
    """Put hashes in the place of a device's addresses; how many there were."""
    device = session.get_one(Device, right.device_id)
    # Whoever refused it may have written the address into the reason.
    right.forgotten, right.reason, device.claimed_mac = at, masked_in(right.reason), ""
    old = list(device.interfaces)
    for interface in old:
        mac = MacAddress(interface.mac)
        device.former.append(FormerAddress(hash=hashed.of(mac), medium=interface.medium, hashed=at))
        session.delete(interface)
    session.flush()
    session.expire(device, ["interfaces"])
    for interface in old:
        _forget_elsewhere(session, interface.mac)
    return len(old)


def _forget_elsewhere(session: Session, mac: str) -> None:
    """An address that no device bears any more leaves sightings and closed alerts too, whatever their own term."""
    if session.scalar(select(Interface.id).where(Interface.mac == mac).limit(1)) is not None:
        return
    for table in (Sighting, Stay, IpStay, Trait):
        session.execute(delete(table).where(table.mac == mac))
    session.execute(delete(Stray).where(Stray.mac == mac, Stray.state.not_in(STRAY_OPEN)))
    names_it = or_(Alert.mac == mac, Alert.explanation.contains(mac))
    for alert in session.scalars(select(Alert).where(names_it, Alert.state == "closed")):
        _erase(alert)


def _erase(alert: Alert) -> None:
    """What is left counts and dates, and names no device."""
    alert.key, alert.mac, alert.place = f"{alert.kind}:erased:{alert.id}", "", ""
    alert.explanation, alert.explanation_en = ERASED
    alert.evidence = []
