"""Enforcement points: what they should let through, what was read back there, and the pushes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.registry import allowlists, point_views, queries
from netreg.registry.commands import points
from netreg.registry.models import Pass
from netreg.registry.strays import next_plan
from netreg.store.transaction import Transaction
from portal.access import address, shown
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading
from portal.tracing import trace_reading

api = resource("points", "Firewalls, access points and servers that let devices in by a list.")


class Point(Document):
    name: str
    profile: str
    network: str
    sites: list[str]
    enabled: bool
    status: str
    desired: int
    verified: int
    to_add: int
    to_remove: int
    verified_at: datetime | None
    host_key: str | None = Field(description="The fingerprint that is pinned.")
    problem: str
    failures: int
    retry_at: datetime | None
    refused_plan: str | None = Field(description="The checksum of the plan that the guard stopped.")


class Points(Document):
    items: list[Point]


class PointPath(Document):
    name: str = Field(max_length=80)


class Plan(Document):
    """What a push would do, against what was last read back."""

    adds: list[str]
    removes: list[str]
    checksum: str
    stopped: bool = Field(description="Whether the guard wants a person to confirm it.")


class Push(Document):
    number: int
    at: datetime
    outcome: str
    added: list[str]
    removed: list[str]
    seconds: float | None
    steps: list[str]
    times: int
    problem: str


class Pushes(Page):
    items: list[Push]


class Confirmation(Document):
    checksum: str = Field(min_length=1, max_length=64)
    reason: str = Field("", max_length=500)


class Entry(Document):
    mac: str
    label: str


class Entries(Document):
    items: list[Entry]
    checksum: str


class EntriesOf(Document):
    point: str = Field("", max_length=80, description="Only what this point takes.")


def point(view: point_views.PointView) -> Point:
    """A point as the API tells it."""
    row = view.point
    return Point(
        name=row.name,
        profile=row.profile,
        network=row.network,
        sites=row.sites,
        enabled=row.enabled,
        status=view.status,
        desired=view.desired,
        verified=view.verified,
        to_add=view.to_add,
        to_remove=view.to_remove,
        verified_at=row.verified_at,
        host_key=points.fingerprint(row.host_key) if row.host_key else None,
        problem=row.problem,
        failures=row.failures,
        retry_at=row.retry_at,
        refused_plan=row.refused_plan,
    )


def _point(session: Session, name: str) -> Point:
    return point(point_views.of(session, queries.point(session, name)))


@reads(api, "/points", permission="points.see", gives=Points)
def list_points() -> Points:
    """Every point."""
    return Points(items=[point(view) for view in point_views.every(reading())])


@reads(api, "/points/<name>", permission="points.see", gives=Point)
def get_point(path: PointPath) -> Point:
    """One point."""
    return _point(reading(), path.name)


@reads(api, "/points/<name>/plan", permission="points.see", gives=Plan)
def get_plan(path: PointPath) -> Plan:
    """What the next push would do at a point, if it stands as last read back."""
    trace_reading("points")
    row = queries.point(reading(), path.name)
    plan = next_plan(reading(), row)
    if plan is None:
        raise NotFound("Ese punto no se ha leído todavía.", "That point was not read yet.", code="never_read")
    return Plan(
        adds=_shown(entry.mac for entry in plan.adds),
        removes=_shown(entry.mac for entry in plan.removes),
        checksum=plan.checksum,
        stopped=plan.checksum == row.refused_plan,
    )


@reads(api, "/points/<name>/pushes", permission="points.see", gives=Pushes)
def list_pushes(path: PointPath, query: Listing) -> Pushes:
    """The last pushes to a point, the newest first."""
    trace_reading("points")
    row = queries.point(reading(), path.name)
    return Pushes(**page(query, select(Pass).where(Pass.point_id == row.id), Pass.id, _push))


def _push(row: Pass) -> Push:
    return Push(
        number=row.id,
        at=row.at,
        outcome=row.outcome,
        added=_shown(mac for mac, _label in row.added),
        removed=_shown(mac for mac, _label in row.removed),
        seconds=row.seconds,
        steps=row.steps,
        times=row.times,
        problem=shown(row.problem),
    )


def _shown(macs: Iterable[object]) -> list[str]:
    return [text for mac in macs if (text := address(str(mac)))]


@changes(api, "/points/<name>/push", permission="points.change", gives=Point, status=202)
def push(path: PointPath) -> Response:
    """Have a point looked at and brought up to date now; follow it under `pushes`."""

    def do(tx: Transaction) -> Point:
        points.ask_push(tx, queries.point(tx.session, path.name))
        return _point(tx.session, path.name)

    return change(do, of=lambda session: _point(session, path.name), status=202)


@changes(api, "/points/<name>/confirm", permission="points.change", gives=Point)
def confirm_plan(path: PointPath, body: Confirmation) -> Response:
    """Confirm the very plan that the guard stopped, by its checksum."""

    def do(tx: Transaction) -> Point:
        points.confirm_plan(tx, queries.point(tx.session, path.name), body.checksum, body.reason)
        return _point(tx.session, path.name)

    return change(do, of=lambda session: _point(session, path.name))


@reads(api, "/allowlist", permission="points.see", gives=Entries)
def get_allowlist(query: EntriesOf) -> Entries:
    """What policy wants let through, everywhere or at one point."""
    trace_reading("allowlist")
    wanted = allowlists.desired(reading(), queries.point(reading(), query.point) if query.point else None)
    items = [Entry(mac=address(str(entry.mac)), label=entry.label) for entry in wanted]
    return Entries(items=items, checksum=wanted.checksum)
