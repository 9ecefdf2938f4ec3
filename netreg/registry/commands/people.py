"""Areas and people."""

from __future__ import annotations

import secrets
from datetime import date

from sqlalchemy import func, select

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.policy.roles import ADMINISTRATOR, OF_AN_AREA, ROLES, SUBSTITUTED
from netreg.registry import links, text
from netreg.registry.keeping import check_administrator_stays, check_keeper
from netreg.registry.models import Area, Person, QuotaUnit, Role, Substitution
from netreg.registry.passwords import hash_password, matches
from netreg.store.base import now
from netreg.store.transaction import Transaction


def add_area(tx: Transaction, code: str, name: str, parent: Area | None = None) -> Area:
    """A new area, its own quota unit unless it counts on its parent's; refuses a code or name in use."""
    code, name = text.code(code), text.line(name, "name")
    clash = select(Area).where((func.lower(Area.code) == code.lower()) | (Area.name == name))
    if tx.session.scalar(clash) is not None:
        raise InvalidValue(
            "Ya hay un área con esa clave o ese nombre.",
            "There is an area with that code or name already.",
            code="area_exists",
            field="code",
        )
    unit = tx.session.get(QuotaUnit, parent.quota_unit_id) if parent else None
    if unit is None:
        unit = QuotaUnit(code=code)
        tx.session.add(unit)
        tx.session.flush()
    area = Area(code=code, name=name, quota_unit_id=unit.id, created=now())
    tx.session.add(area)
    tx.record(events.AreaAdded(code=code, title=name, after={"quota_unit": unit.code}))
    return area


def add_person(
    tx: Transaction, email: str, name: str, roles: tuple[str, ...], password: str | None, area: Area | None = None
) -> Person:
    """A new account; a liaison needs an area. Refuses an e-mail in use, unknown roles and short passwords.

    Without a password nobody signs in with it until its owner has chosen one: invite them.
    """
    email, name = text.email(email), text.line(name, "name")
    _check_roles(roles, area)
    check_keeper(tx, None, roles)
    if tx.session.scalar(select(Person).where(Person.email == email)) is not None:
        raise InvalidValue(
            "Ya hay una persona con ese correo.",
            "There is a person with that e-mail already.",
            code="person_exists",
            field="email",
        )
    person = Person(
        email=email,
        name=name,
        area=area,
        password=None if password is None else hash_password(password),
        fs_uniquifier=secrets.token_hex(16),
        roles=[_role(tx, role) for role in roles],
    )
    tx.session.add(person)
    tx.record(events.PersonAdded(email=email, roles=", ".join(roles), after={"area": area.code if area else None}))
    return person


def invite(tx: Transaction, person: Person) -> str:
    """Owe the person a link with which to choose a password; what it is for is returned, as in registry/links.py."""
    check_keeper(tx, person)
    if not person.active:
        raise InvalidValue("La cuenta está cerrada.", "The account is closed.", code="account_closed")
    purpose = links.purpose_for(person)
    invited = events.PersonInvited if purpose == links.INVITATION else events.ResetAsked
    tx.record(invited(email=person.email))
    return purpose


def choose_password(tx: Transaction, key: str, token: str, password: str) -> Person:
    """The password that the owner of a link chose. The link, every other one and every session end.

    Raises LinkDead, and InvalidValue for a short password, which leaves the link good.
    """
    hashed = hash_password(password)
    person = links.person_of(tx.session, key, token, lock=True)
    _store_password(person, hashed)
    tx.record(events.PasswordChosen(email=person.email))
    return person


def change_password(tx: Transaction, person: Person, current: str, password: str) -> None:
    """Another password for one's own account, to whoever knows the current one; every session ends."""
    if not matches(person.password, current):
        raise InvalidValue(
            "No es su contraseña actual.", "That is not your current password.", code="E_CURRENT", field="current"
        )
    set_password(tx, person, password)


def set_password(tx: Transaction, person: Person, password: str) -> None:
    """A new password; every session and device the person is signed in with ends."""
    _store_password(person, hash_password(password))
    tx.record(events.PasswordSet(email=person.email))


def _store_password(person: Person, hashed: str) -> None:
    person.password = hashed
    person.fs_uniquifier = secrets.token_hex(16)


def set_active(tx: Transaction, person: Person, active: bool) -> None:
    """Close an account, or open it again. A closed one is signed out everywhere and signs in nowhere."""
    check_keeper(tx, person)
    if person.active == active:
        return
    if not active:
        check_administrator_stays(tx, person)
    person.active = active
    person.fs_uniquifier = secrets.token_hex(16)
    tx.record(events.AccountOpened(email=person.email) if active else events.AccountClosed(email=person.email))


def set_roles(tx: Transaction, person: Person, names: tuple[str, ...]) -> None:
    """The person's roles, from now on exactly these."""
    _check_roles(names, person.area)
    check_keeper(tx, person, names)
    before = sorted(role.name for role in person.roles)
    if before == sorted(set(names)):
        return
    if ADMINISTRATOR in before and ADMINISTRATOR not in names:
        check_administrator_stays(tx, person)
    person.roles = [_role(tx, name) for name in sorted(set(names))]
    tx.session.flush()
    tx.record(events.RolesSet(email=person.email, roles=", ".join(sorted(set(names))), before={"roles": before}))


def set_area(tx: Transaction, person: Person, area: Area | None) -> None:
    """The area the person works in; None for somebody whose roles belong to no area."""
    _check_roles(tuple(role.name for role in person.roles), area)
    check_keeper(tx, person)
    if person.area is area:
        return
    before = {"area": person.area.code if person.area else None}
    person.area = area
    tx.record(events.PersonMoved(email=person.email, area=area.code if area else "—", before=before))


def _check_roles(roles: tuple[str, ...], area: Area | None) -> None:
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise InvalidValue(
            f"Papeles posibles: {', '.join(ROLES)}.",
            f"Possible roles: {', '.join(ROLES)}.",
            code="role_unknown",
            field="roles",
        )
    if set(OF_AN_AREA) & set(roles) and area is None:
        raise InvalidValue(
            "Un enlace o titular pertenece a un área.",
            "A liaison or head belongs to an area.",
            code="area_missing",
            field="area",
        )


def substitute(tx: Transaction, person: Person, role: str, absent: Person, first: date, last: date) -> Substitution:
    """`person` stands in for `absent` as `role` from `first` to `last`, both included."""
    if role not in SUBSTITUTED or role not in {one.name for one in absent.roles} or person.id == absent.id:
        raise InvalidValue(
            "Se suple a otra persona en un papel que ella tiene.",
            "One stands in for another person, in a role that person has.",
            code="E_ROLE",
            field="role",
        )
    if tx.actor == person.email:
        raise NotAllowed(
            "Nadie se nombra suplente.", "Nobody names themselves substitute.", code="own_account",
            hint="Lo hace otra persona.", hint_en="Somebody else does it.",
        )  # fmt: skip
    if last < first:
        raise InvalidValue("Termina antes de empezar.", "It ends before it begins.", code="E_DAYS", field="last")
    row = Substitution(person=person, role=role, absent=absent, first=first, last=last)
    tx.session.add(row)
    tx.record(
        events.SubstituteNamed(
            person=person.email, role=role, absent=absent.email, first=first.isoformat(), last=last.isoformat()
        )
    )
    return row


def withdraw_substitute(tx: Transaction, row: Substitution) -> None:
    """End a substitution now, or before it begins."""
    days = row.first.isoformat(), row.last.isoformat()
    event = events.SubstituteWithdrawn(
        person=row.person.email, absent=row.absent.email, role=row.role, first=days[0], last=days[1]
    )
    tx.session.delete(row)
    tx.record(event)


def _role(tx: Transaction, name: str) -> Role:
    role = tx.session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        tx.session.add(role)
        tx.session.flush()
    return role
