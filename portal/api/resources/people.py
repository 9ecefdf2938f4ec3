"""People: who has an account, and in which roles. No password and no second factor is ever told or set here."""

from __future__ import annotations

from flask import Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.models import Person as Row
from netreg.store.transaction import Transaction
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading

api = resource("people", "Accounts and their roles.")


class Person(Document):
    number: int
    email: str
    name: str
    area: str | None
    roles: list[str]
    active: bool


class People(Page):
    items: list[Person]


class PersonPath(Document):
    number: int = Field(ge=1, le=2**31 - 1)


class NewPerson(Document):
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    roles: list[str] = Field(min_length=1, max_length=11)
    area: str = Field("", max_length=40, description="The code of their area; a liaison or head needs one.")


class PersonChange(Document):
    roles: list[str] | None = Field(None, min_length=1, max_length=11)
    area: str | None = Field(None, max_length=40)
    active: bool | None = None


def person(row: Row) -> Person:
    """A person as the API tells it."""
    return Person(
        number=row.id, email=row.email, name=row.name, area=row.area.code if row.area else None,
        roles=[role.name for role in row.roles], active=row.active,
    )  # fmt: skip


def _person(session: Session, number: int) -> Person:
    return person(queries.person_numbered(session, number))


@reads(api, "/people", permission="people.keep", gives=People)
def list_people(query: Listing) -> People:
    """Everybody with an account."""
    told = select(Row).options(selectinload(Row.area), selectinload(Row.roles))
    return People(**page(query, told, Row.id, person, newest_first=False))


@reads(api, "/people/<int:number>", permission="people.keep", gives=Person)
def get_person(path: PersonPath) -> Person:
    """One person."""
    return _person(reading(), path.number)


@changes(api, "/people", permission="people.keep", gives=Person, status=201)
def add_person(body: NewPerson) -> Response:
    """Add an account.

    It has no password: where the office sends mail, its owner is invited to choose one.
    """

    def do(tx: Transaction) -> Person:
        area = queries.area(tx.session, body.area) if body.area else None
        made = people.add_person(tx, body.email, body.name, tuple(body.roles), None, area)
        if tx.office.mail:
            people.invite(tx, made)
        return person(made)

    return change(do, status=201, location=lambda made: f"/api/v1/people/{made.number}")


@changes(api, "/people/<int:number>", permission="people.keep", gives=Person, method="patch")
def change_person(path: PersonPath, body: PersonChange) -> Response:
    """Give a person other roles, another area, or close and open their account."""

    def do(tx: Transaction) -> Person:
        row = queries.person_numbered(tx.session, path.number)
        if body.area is not None:
            people.set_area(tx, row, queries.area(tx.session, body.area) if body.area else None)
        if body.roles is not None:
            people.set_roles(tx, row, tuple(body.roles))
        if body.active is not None:
            people.set_active(tx, row, body.active)
        return person(row)

    return change(do, of=lambda session: _person(session, path.number))
