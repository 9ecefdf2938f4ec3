"""Questions to the registry. They read and never write; what does not exist and what is not yours look the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from netreg.enforcement.breaker import Breaker
from netreg.errors import NotFound
from netreg.mac import MacAddress
from netreg.policy import quota, roles
from netreg.registry.hashing import AddressHash
from netreg.registry.models import (
    Alert,
    Area,
    Authorisation,
    Device,
    FormerAddress,
    Interface,
    Operation,
    Person,
    Point,
    QuotaUnit,
    RecoveryCode,
    Role,
    SecondFactor,
    Sighting,
    Substitution,
    Ticket,
)
from netreg.store.audit import AuditEvent
from netreg.store.outbox import Delivery
from netreg.store.remembering import SNAPSHOT, Memory

_owed = select(Delivery.target).where(Delivery.state.in_(("waiting", "running")))
# In `info` of a session that only reads: what `held` found, which a page asks for at each thing it may offer.
_HELD = "netreg.held"
# Before the receipt there is no folio; E12 is the sending with number 12.
_SENT = re.compile(r"E([1-9][0-9]{0,8})", re.ASCII)


def _missing(what: str, english: str) -> NotFound:
    return NotFound(f"No existe {what}.", f"There is no {english}.")


def area(session: Session, code: str) -> Area:
    row = session.scalar(select(Area).where(func.lower(Area.code) == code.lower()))
    if row is None:
        raise _missing("esa área", "such area")
    return row


def quota_unit(session: Session, number: int) -> QuotaUnit:
    """What an area counts its phones on."""
    return session.get_one(QuotaUnit, number)


def areas(session: Session) -> Sequence[Area]:
    return session.scalars(areas_by_name()).all()


def areas_by_name() -> Select[Area]:
    """The query for them, to narrow down."""
    return select(Area).order_by(Area.name)


class AreaName(NamedTuple):
    """What a form offers of an area."""

    code: str
    name: str


def area_names(session: Session) -> Sequence[AreaName]:
    """Every area there is or was, to choose from."""
    return _NAMED.current(session, lambda: tuple(AreaName(*row) for row in session.execute(_NAMES)))


def open_areas(session: Session) -> list[AreaName]:
    """Every area that still exists, to choose from."""
    return [AreaName(*row) for row in session.execute(_NAMES.where(Area.closed.is_(None)))]


_NAMES = select(Area.code, Area.name).order_by(Area.name)
_NAMED: Memory[tuple[AreaName, ...]] = Memory(Area)


def person(session: Session, email: str) -> Person | None:
    """The person who acts, or None for an agent."""
    return session.scalar(select(Person).where(Person.email == email))


def known_person(session: Session, email: str) -> Person:
    """The person with this e-mail; raises NotFound."""
    found = person(session, email)
    if found is None:
        raise NotFound("No existe esa persona.", "There is no such person.", field="as")
    return found


def person_numbered(session: Session, number: int) -> Person:
    """The person with this number; raises NotFound."""
    found = session.get(Person, number)
    if found is None:
        raise _missing("esa persona", "such person")
    return found


def second_factor(session: Session, person_id: int) -> SecondFactor | None:
    return session.get(SecondFactor, person_id)


def unused_recovery_codes(session: Session, person_id: int) -> int:
    """How many of a person's recovery codes are still good."""
    unused = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used.is_(None))
    return session.scalar(unused) or 0


def substitutions(session: Session, person_id: int, today: date) -> Sequence[Substitution]:
    """Where a person stands in or is stood in for, today or later, by the first day."""
    concerned = (Substitution.person_id == person_id) | (Substitution.absent_id == person_id)
    query = select(Substitution).where(concerned, Substitution.last >= today)
    return session.scalars(query.order_by(Substitution.first, Substitution.id)).all()


def substitution(session: Session, number: int) -> Substitution:
    found = session.get(Substitution, number)
    if found is None:
        raise _missing("esa suplencia", "such substitution")
    return found


def held(session: Session, person: Person, today: date) -> dict[str, str]:
    """Every role a person may act in today, with whom they stand in for (empty: their own)."""
    if SNAPSHOT not in session.info:
        return _held(session, person, today)
    known: dict[tuple[int, date], dict[str, str]] = session.info.setdefault(_HELD, {})
    if (person.id, today) not in known:
        known[person.id, today] = _held(session, person, today)
    return known[person.id, today]


def _held(session: Session, person: Person, today: date) -> dict[str, str]:
    current = _substitutions(today).where(Substitution.person_id == person.id)
    return {row.role: row.absent.name for row in session.scalars(current)} | {role.name: "" for role in person.roles}


def held_by(session: Session, people: Sequence[Person], today: date) -> dict[int, dict[str, str]]:
    """The same of each of many people, by their number."""
    found: dict[int, dict[str, str]] = {person.id: {} for person in people}
    for row in session.scalars(_substitutions(today).options(joinedload(Substitution.absent))):
        found.setdefault(row.person_id, {})[row.role] = row.absent.name
    return {person.id: found[person.id] | {role.name: "" for role in person.roles} for person in people}


def _substitutions(today: date) -> Select[Substitution]:
    return select(Substitution).where(Substitution.first <= today, Substitution.last >= today)


def people(session: Session) -> Sequence[Person]:
    return session.scalars(people_by_mail().options(selectinload(Person.roles))).all()


def people_by_mail() -> Select[Person]:
    """The query for everybody, to narrow down."""
    return select(Person).order_by(Person.email)


def people_numbered(session: Session, numbers: Sequence[int]) -> list[Person]:
    """The people with these numbers and what a list shows of them, in this order."""
    query = select(Person).where(Person.id.in_(numbers))
    rows = session.scalars(query.options(selectinload(Person.roles), selectinload(Person.area)))
    return sorted(rows, key=lambda one: numbers.index(one.id))


class PersonName(NamedTuple):
    """What a form offers of a person."""

    email: str
    name: str


def colleagues(session: Session, but: Iterable[int]) -> list[PersonName]:
    """Everybody with an open account but these, to choose from."""
    query = select(Person.email, Person.name).where(Person.active, Person.id.not_in(but)).order_by(Person.email)
    return [PersonName(*row) for row in session.execute(query)]


def people_who_may(session: Session, permission: str, today: date) -> list[Person]:
    """Everybody with an open account who may do this today, by name."""
    rows = session.scalars(select(Substitution).where(Substitution.first <= today, Substitution.last >= today))
    standing_in = {row.person_id for row in rows if roles.may([row.role], permission)}
    allowed = Person.roles.any(Role.name.in_(roles.PERMISSIONS.get(permission, ())))
    query = people_by_mail().where(Person.active, or_(allowed, Person.id.in_(standing_in)))
    return sorted(session.scalars(query.options(selectinload(Person.roles))), key=lambda one: one.name)


# What lists and searches show of a device besides its own columns.
_WHOLE = (selectinload(Device.interfaces), selectinload(Device.authorisation), selectinload(Device.area))


def device(session: Session, number: int) -> Device:
    row = session.get(Device, number)
    if row is None:
        raise _missing("ese equipo", "such device")
    return row


def devices(session: Session, area_id: int | None = None, state: str | None = None) -> Sequence[Device]:
    """Devices with their authorisation and addresses, newest first."""
    return session.scalars(devices_of(area_id, state).options(*_WHOLE)).all()


def devices_of(area_id: int | None = None, state: str | None = None) -> Select[Device]:
    """The query for them, to narrow down."""
    query = select(Device).join(Authorisation, Authorisation.device_id == Device.id).order_by(Device.id.desc())
    if area_id is not None:
        query = query.where(Device.area_id == area_id)
    if state is not None:
        query = query.where(Authorisation.state == state)
    return query


def devices_numbered(session: Session, numbers: Sequence[int]) -> list[Device]:
    """The devices with these numbers and what a list shows of them, in this order."""
    rows = session.scalars(select(Device).where(Device.id.in_(numbers)).options(*_WHOLE))
    return sorted(rows, key=lambda one: numbers.index(one.id))


def device_by_mac(session: Session, mac: MacAddress) -> Device | None:
    """The device that bears this address now, or bore it last."""
    row = session.scalar(
        select(Interface).where(Interface.mac == str(mac)).order_by(Interface.live.desc(), Interface.id.desc()).limit(1)
    )
    return row.device if row else None


def bearers(session: Session, mac: MacAddress, key_file: Path) -> Sequence[Device]:
    """Every device that bears this address or bore it, the newest first, also those whose address is a hash by now.

    The key is read only where there are hashes; raises ConfigError when it is missing then, or is another one.
    """
    wanted = [Device.id.in_(select(Interface.device_id).where(Interface.mac == str(mac)))]
    if session.scalar(select(FormerAddress.id).limit(1)) is not None:
        hashed = AddressHash.of_store(session, key_file).of(mac)
        wanted.append(Device.id.in_(select(FormerAddress.device_id).where(FormerAddress.hash == hashed)))
    query = select(Device).where(or_(*wanted)).order_by(Device.id.desc())
    return session.scalars(query.options(selectinload(Device.authorisation), selectinload(Device.area))).all()


def last_seen(session: Session, mac: str) -> datetime | None:
    """When an address was last seen anywhere."""
    return session.scalar(select(func.max(Sighting.last_seen)).where(Sighting.mac == mac))


def sightings_of(session: Session, mac: str, most: int = 6) -> Sequence[Sighting]:
    """Where an address was seen last, the newest first."""
    query = select(Sighting).where(Sighting.mac == mac).order_by(Sighting.last_seen.desc(), Sighting.id).limit(most)
    return session.scalars(query).all()


def asking_for(session: Session, mac: str) -> Sequence[Ticket]:
    """The requests under way for an address, also one that a computer is said to have."""
    named = select(Interface.device_id).where(Interface.mac == mac)
    wanted = (
        select(Device.ticket_id)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .where(or_(Device.id.in_(named), Device.claimed_mac == mac))
        .where(Authorisation.state.not_in((quota.REJECTED, quota.REMOVED)))
    )
    query = select(Ticket).where(Ticket.id.in_(wanted), Ticket.closed.is_(None))
    return session.scalars(query.order_by(Ticket.id)).all()


def ticket(session: Session, reference: str, area_id: int | None = None) -> Ticket:
    """The request with this folio or number of sending; for a liaison only if it is of their area or referred to it."""
    sent = _SENT.fullmatch(reference)
    wanted = Ticket.id == int(sent[1]) if sent else Ticket.folio == reference
    row = session.scalar(select(Ticket).where(wanted))
    if row is None or (area_id is not None and area_id not in (row.area_id, row.referred_id)):
        raise _missing("ese folio", "such request")
    return row


# What a list shows of a request besides its own columns.
TICKETS_LISTED = (
    selectinload(Ticket.devices), selectinload(Ticket.area),
    selectinload(Ticket.operations).selectinload(Operation.device).selectinload(Device.authorisation),
)  # fmt: skip


def tickets(session: Session, area_id: int | None = None, status: str | None = None) -> Sequence[Ticket]:
    """Requests: those under way by when they are due, then the closed ones, the newest first."""
    return session.scalars(tickets_of(area_id, status)).all()


def tickets_of(area_id: int | None = None, status: str | None = None) -> Select[Ticket]:
    """The query for them, to narrow down."""
    due = case((Ticket.closed.is_(None), Ticket.due))
    query = select(Ticket).order_by(Ticket.closed.is_not(None), due.is_(None), due, Ticket.closed.desc(), Ticket.id)
    if area_id is not None:
        query = query.where(or_(Ticket.area_id == area_id, Ticket.referred_id == area_id))
    if status is not None:
        query = query.where(Ticket.status == status)
    return query


def tickets_numbered(session: Session, numbers: Sequence[int]) -> list[Ticket]:
    """The requests with these numbers and what a list shows of them, in this order."""
    rows = session.scalars(select(Ticket).where(Ticket.id.in_(numbers)).options(*TICKETS_LISTED))
    return sorted(rows, key=lambda one: numbers.index(one.id))


def point(session: Session, name: str) -> Point:
    row = session.scalar(select(Point).where(Point.name == name).options(undefer(Point.verified)))
    if row is None:
        raise _missing("ese punto", "such point")
    return row


def points(session: Session) -> Sequence[Point]:
    return session.scalars(select(Point).order_by(Point.name)).all()


def points_to_ask(session: Session) -> list[Point]:
    """The points whose tables are read: those in service whose key is known."""
    return [one for one in points(session) if one.enabled and one.host_key]


def breakers(session: Session) -> dict[str, Breaker]:
    """The points that are left alone for a while, or are to be tried once, with their breakers."""
    return {one.name: one.breaker for one in session.scalars(select(Point).where(Point.retry_at.is_not(None)))}


def is_owed(session: Session, name: str) -> bool:
    """Whether work for this point waits or is under way."""
    return session.scalar(_owed.where(Delivery.target == name).limit(1)) is not None


def owed(session: Session) -> frozenset[str]:
    """What work waits for, or is under way: points and other targets, by name."""
    return frozenset(session.scalars(_owed.distinct()))


def is_under_way(session: Session, name: str, at: datetime) -> bool:
    """Whether a worker stands on this point, or work for it is due; what waits for its next attempt, or for the end of
    the point's pause, does not count.
    """
    pause = select(Point.id).where(Point.name == name, Point.retry_at > at)
    due = (Delivery.state == "waiting") & (Delivery.due <= at) & ~pause.exists()
    active = select(Delivery.id).where(Delivery.target == name, due | (Delivery.state == "running")).limit(1)
    return session.scalar(active) is not None


def alert(session: Session, number: int) -> Alert:
    row = session.get(Alert, number)
    if row is None:
        raise _missing("esa alerta", "such alert")
    return row


def open_alerts(session: Session) -> int:
    """How many alerts nobody has acknowledged, put aside or closed."""
    return session.scalar(select(func.count()).select_from(Alert).where(Alert.state == "open")) or 0


def alerts(session: Session, states: Iterable[str] = ("open", "acknowledged", "snoozed")) -> Sequence[Alert]:
    """Alerts that are not closed, the open ones first."""
    query = select(Alert).where(Alert.state.in_(tuple(states)))
    return session.scalars(query.order_by((Alert.state != "open"), Alert.last_seen.desc())).all()


def audit(
    session: Session, subject: str | None = None, *, before: int | None = None, most: int = 50
) -> Sequence[AuditEvent]:
    """The newest events, of one subject if given; `before` pages backwards by number."""
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(most)
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    if before is not None:
        query = query.where(AuditEvent.seq < before)
    return session.scalars(query).all()


def story(session: Session, subjects: Iterable[str]) -> Sequence[AuditEvent]:
    """Everything that happened to these subjects, in order: how one folio tells its whole story."""
    return session.scalars(
        select(AuditEvent).where(AuditEvent.subject.in_(tuple(subjects))).order_by(AuditEvent.seq)
    ).all()
