"""Accounts, their roles, who stands in for whom, and second factors."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Table,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from netreg.registry.models.areas import Area
from netreg.store.base import Base
from netreg.store.folding import Searched

person_role = Table(
    "person_role",
    Base.metadata,
    Column("person_id", ForeignKey("person.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base):
    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)


class Person(Searched, Base):
    """Somebody with an account. The columns after `active` are kept by the sign-in machinery."""

    __tablename__ = "person"
    unaudited = frozenset({"last_login_at", "current_login_at", "last_login_ip", "current_login_ip", "login_count"})

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"))
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    last_login_at: Mapped[datetime | None]
    current_login_at: Mapped[datetime | None]
    last_login_ip: Mapped[str | None] = mapped_column(Text)
    current_login_ip: Mapped[str | None] = mapped_column(Text)
    login_count: Mapped[int | None]
    roles: Mapped[list[Role]] = relationship(secondary=person_role, order_by=Role.id)
    area: Mapped[Area | None] = relationship()

    def says(self) -> tuple[str | None, ...]:
        return self.name, self.email


class Substitution(Base):
    """Somebody stands in for a role between two days, both included, because its holder is absent."""

    __tablename__ = "substitution"
    __table_args__ = (CheckConstraint("first <= last", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(Text)
    absent_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    first: Mapped[date]
    last: Mapped[date]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    absent: Mapped[Person] = relationship(foreign_keys=[absent_id])


class SecondFactor(Base):
    """What proves at sign-in that a person holds their authenticator. `secret` is encrypted.

    `last_counter` is the time step of the last code taken: no code of that step or an earlier one is taken again.
    """

    __tablename__ = "second_factor"
    unaudited = frozenset({"last_counter"})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    last_counter: Mapped[int]


class RecoveryCode(Base):
    """One of a person's ways in without the authenticator: its hash, and when it was used, which is once."""

    __tablename__ = "recovery_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("second_factor.person_id"), primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    used: Mapped[datetime | None]
