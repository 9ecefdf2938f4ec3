"""Areas: who asks, and how many of their three phones are in use."""

from __future__ import annotations

from datetime import date

from flask import Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.policy.quota import PHONES_PER_AREA
from netreg.registry import queries, slots
from netreg.registry.commands import areas, people
from netreg.registry.models import Area as Row
from netreg.store.transaction import Transaction
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading

api = resource("areas", "Organisational units. A sub-area counts its phones on its parent.")


class Area(Document):
    code: str
    name: str
    counts_on: str = Field(description="The area whose three phones these are; mostly its own.")
    phones_used: int
    phones_most: int
    site: str
    closed: date | None


class Areas(Page):
    items: list[Area]


class AreaPath(Document):
    code: str = Field(max_length=40)


class NewArea(Document):
    code: str = Field(max_length=40)
    name: str = Field(max_length=200)
    parent: str = Field("", max_length=40, description="The code of the area whose phones it shares.")


class AreaChange(Document):
    name: str | None = Field(None, max_length=200)
    site: str | None = Field(None, max_length=80)


def area(session: Session, row: Row) -> Area:
    """An area as the API tells it."""
    unit = queries.quota_unit(session, row.quota_unit_id)
    return Area(
        code=row.code,
        name=row.name,
        counts_on=unit.code,
        phones_used=slots.phones_in_use(session, row.quota_unit_id),
        phones_most=PHONES_PER_AREA,
        site=row.site,
        closed=row.closed,
    )


@reads(api, "/areas", permission="areas.see", gives=Areas)
def list_areas(query: Listing) -> Areas:
    """Every area, also those that are closed, in the order they were made."""
    return Areas(**page(query, select(Row), Row.id, lambda row: area(reading(), row), newest_first=False))


@reads(api, "/areas/<code>", permission="areas.see", gives=Area)
def get_area(path: AreaPath) -> Area:
    """One area."""
    return area(reading(), queries.area(reading(), path.code))


@changes(api, "/areas", permission="areas.change", gives=Area, status=201)
def add_area(body: NewArea) -> Response:
    """Add an area."""

    def do(tx: Transaction) -> Area:
        parent = queries.area(tx.session, body.parent) if body.parent else None
        return area(tx.session, people.add_area(tx, body.code, body.name, parent))

    return change(do, status=201, location=lambda made: f"/api/v1/areas/{made.code}")


@changes(api, "/areas/<code>", permission="areas.change", gives=Area, method="patch")
def change_area(path: AreaPath, body: AreaChange) -> Response:
    """Rename an area, or say at which site its people work."""

    def do(tx: Transaction) -> Area:
        row = queries.area(tx.session, path.code)
        if body.name is not None:
            areas.rename(tx, row, body.name)
        if body.site is not None:
            areas.set_site(tx, row, body.site)
        return area(tx.session, row)

    return change(do, of=lambda session: area(session, queries.area(session, path.code)))
