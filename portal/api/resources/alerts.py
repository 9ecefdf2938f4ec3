"""Alerts: what a person should look at, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from flask import Response
from pydantic import AwareDatetime, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.registry import answering, queries
from netreg.registry.commands import alerts, verdicts
from netreg.registry.models import ALERT_STATES, DECISIONS
from netreg.registry.models import Alert as Row
from netreg.store.transaction import Transaction
from portal.access import address, shown
from portal.api.changing import change
from portal.api.describing import Document, changes, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading

api = resource("alerts", "One for each thing, however often it is seen again.")


class Alert(Document):
    number: int
    kind: str
    state: str
    mac: str
    vendor: str
    place: str
    explanation_es: str
    explanation_en: str
    sources: list[str]
    urgent: bool
    first_seen: datetime
    last_seen: datetime
    count: int
    snoozed_until: datetime | None
    assigned_to: str
    decision: str


class Alerts(Page):
    items: list[Alert]


class AlertPath(Document):
    number: int = Field(ge=1, le=2**31 - 1)


class AlertListing(Listing):
    state: Literal[("", *ALERT_STATES)] = ""  # type: ignore[valid-type]
    kind: str = Field("", max_length=40)
    assigned: str = Field("", max_length=254)


class Note(Document):
    note: str = Field("", max_length=500)


class Snooze(Document):
    until: AwareDatetime
    note: str = Field(min_length=1, max_length=500)


class Closing(Document):
    note: str = Field(min_length=1, max_length=500)
    decision: Literal[tuple(DECISIONS)] = ""  # type: ignore[valid-type]


class Assignment(Document):
    email: str = Field("", max_length=254, description="Empty: nobody.")


class Registration(Document):
    area: str = Field(max_length=40)
    name: str = Field(max_length=80)
    location: str = Field(max_length=200)


class Block(Document):
    reason: str = Field(min_length=1, max_length=500)


def alert(row: Row) -> Alert:
    """An alert as the API tells it."""
    return Alert(
        number=row.id,
        kind=row.kind,
        state=row.state,
        mac=address(row.mac),
        vendor=row.vendor,
        place=row.place,
        explanation_es=shown(row.explanation),
        explanation_en=shown(row.explanation_en),
        sources=row.sources,
        urgent=row.urgent,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        count=row.count,
        snoozed_until=row.snoozed_until,
        assigned_to=row.assigned_to,
        decision=row.decision,
    )


@reads(api, "/alerts", permission="alerts.see", gives=Alerts)
def list_alerts(query: AlertListing) -> Alerts:
    """Alerts, the newest first; by state, kind or whose they are to deal with."""
    sought = select(Row)
    for column, value in ((Row.state, query.state), (Row.kind, query.kind), (Row.assigned_to, query.assigned)):
        if value:
            sought = sought.where(column == value)
    return Alerts(**page(query, sought, Row.id, alert))


@reads(api, "/alerts/<int:number>", permission="alerts.see", gives=Alert)
def get_alert(path: AlertPath) -> Alert:
    """One alert."""
    return alert(queries.alert(reading(), path.number))


@changes(api, "/alerts/<int:number>/ack", permission="alerts.handle", gives=Alert)
def acknowledge_alert(path: AlertPath, body: Note) -> Response:
    """Say that somebody is on it."""
    return _change(path, lambda tx, row: alerts.acknowledge(tx, row, body.note))


@changes(api, "/alerts/<int:number>/assign", permission="alerts.handle", gives=Alert)
def assign_alert(path: AlertPath, body: Assignment) -> Response:
    """Say whose it is to deal with."""

    def do(tx: Transaction, row: Row) -> None:
        alerts.assign(tx, row, queries.known_person(tx.session, body.email) if body.email else None)

    return _change(path, do)


@changes(api, "/alerts/<int:number>/snooze", permission="alerts.handle", gives=Alert)
def snooze_alert(path: AlertPath, body: Snooze) -> Response:
    """Keep quiet about it until a moment."""
    return _change(path, lambda tx, row: alerts.snooze(tx, row, body.until, body.note))


@changes(api, "/alerts/<int:number>/close", permission="alerts.handle", gives=Alert)
def close_alert(path: AlertPath, body: Closing) -> Response:
    """Done with; a later sighting opens a new one."""
    return _change(path, lambda tx, row: alerts.close(tx, row, body.note, body.decision))


@changes(api, "/alerts/<int:number>/reopen", permission="alerts.handle", gives=Alert)
def reopen_alert(path: AlertPath, body: Block) -> Response:
    """Take back what was decided about it."""
    return _change(path, lambda tx, row: alerts.reopen(tx, row, body.reason))


@changes(api, "/alerts/<int:number>/register", permission="devices.infrastructure", gives=Alert)
def register_alert(path: AlertPath, body: Registration) -> Response:
    """Register the device as infrastructure of an area; the alert closes by itself."""

    def do(tx: Transaction, row: Row) -> None:
        answering.register(tx, row, queries.area(tx.session, body.area), body.name, body.location)

    return _change(path, do)


@changes(api, "/alerts/<int:number>/block", permission="alerts.handle", gives=Alert)
def block_alert(path: AlertPath, body: Block) -> Response:
    """Keep the address of the alert out of every list, and off the air where a point can do that."""

    return _change(path, lambda tx, row: verdicts.block(tx, row.mac, body.reason))


def _change(path: AlertPath, command: Callable[[Transaction, Row], object]) -> Response:
    def do(tx: Transaction) -> Alert:
        row = queries.alert(tx.session, path.number)
        command(tx, row)
        return alert(row)

    return change(do, of=lambda session: _alert(session, path.number))


def _alert(session: Session, number: int) -> Alert:
    return alert(queries.alert(session, number))
