"""Areas and people."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import date

from argon2 import PasswordHasher
from sqlalchemy import func, select

from netreg import events
from netreg.errors import InvalidValue
from netreg.policy.roles import OF_AN_AREA, ROLES, SUBSTITUTED
from netreg.registry import text
from netreg.registry.models import Area, Person, QuotaUnit, Role, Substitution
from netreg.store.base import now
from netreg.store.transaction import Transaction

PASSWORD_LENGTH = 12


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
    tx: Transaction, email: str, name: str, roles: tuple[str, ...], password: str, area: Area | None = None
) -> Person:
    """A new account; a liaison needs an area. Refuses an e-mail in use, unknown roles and short passwords."""
    email, name = text.email(email), text.line(name, "name")
    _check_roles(roles, area)
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
        password=hash_password(password),
        fs_uniquifier=secrets.token_hex(16),
        roles=[_role(tx, role) for role in roles],
    )
    tx.session.add(person)
    tx.record(events.PersonAdded(email=email, roles=", ".join(roles), after={"area": area.code if area else None}))
    return person


def set_password(tx: Transaction, person: Person, password: str) -> None:
    """A new password; every session and device the person is signed in with ends."""
    person.password = hash_password(password)
    person.fs_uniquifier = secrets.token_hex(16)
    tx.record(events.PasswordSet(email=person.email))


def set_active(tx: Transaction, person: Person, active: bool) -> None:
    """Close an account, or open it again. A closed one is signed out everywhere and signs in nowhere."""
    if person.active == active:
        return
    person.active = active
    person.fs_uniquifier = secrets.token_hex(16)
    tx.record(events.AccountOpened(email=person.email) if active else events.AccountClosed(email=person.email))


def set_roles(tx: Transaction, person: Person, names: tuple[str, ...]) -> None:
    """The person's roles, from now on exactly these."""
    _check_roles(names, person.area)
    before = sorted(role.name for role in person.roles)
    if before == sorted(set(names)):
        return
    person.roles = [_role(tx, name) for name in sorted(set(names))]
    tx.session.flush()
    tx.record(events.RolesSet(email=person.email, roles=", ".join(sorted(set(names))), before={"roles": before}))


def hash_password(password: str) -> str:
    """Argon2id of a password of at least 12 characters, in the form the portal's sign-in checks."""
    normal = unicodedata.normalize("NFKC", password)
    if len(normal) < PASSWORD_LENGTH:
        raise InvalidValue(
            f"La contraseña lleva al menos {PASSWORD_LENGTH} caracteres.",
            f"A password has at least {PASSWORD_LENGTH} characters.",
            code="E_PASSWORD",
            field="password",
        )
    return PasswordHasher().hash(normal)


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


def _role(tx: Transaction, name: str) -> Role:
    role = tx.session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        tx.session.add(role)
        tx.session.flush()
    return role
