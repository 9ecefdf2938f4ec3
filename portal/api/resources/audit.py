"""The audit log: who did what, when, chained so that nobody can change what was."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import select

from netreg.store.audit import AuditEvent as Row
from netreg.store.audit import verify_store
from portal.access import shown
from portal.api.describing import Document, reads, resource
from portal.api.paging import Listing, Page, page
from portal.rows import reading
from portal.tracing import trace_reading

api = resource("audit", "Every change, in order. Each event bears the hash of the one before.")


class Event(Document):
    seq: int
    at: datetime
    actor: str
    name: str
    subject: str
    says_es: str
    says_en: str
    request_id: str
    previous: str
    hash: str


class Events(Page):
    items: list[Event]


class EventListing(Listing):
    subject: str = Field("", max_length=200, description="Such as `ticket 12` or `point edge`.")
    name: str = Field("", max_length=60)
    actor: str = Field("", max_length=254)


class Verdict(Document):
    checked: int
    broken_at: int | None
    head: str


def _event(row: Row) -> Event:
    return Event(
        seq=row.seq,
        at=row.when,
        actor=row.actor,
        name=row.name,
        subject=shown(row.subject),
        says_es=shown(row.sentence("es")),
        says_en=shown(row.sentence("en")),
        request_id=row.request_id,
        previous=row.previous,
        hash=row.hash,
    )


@reads(api, "/audit", permission="audit.see", gives=Events)
def list_events(query: EventListing) -> Events:
    """Events, the newest first; by subject, name or actor."""
    trace_reading("audit")
    sought = select(Row)
    for column, value in ((Row.subject, query.subject), (Row.name, query.name), (Row.actor, query.actor)):
        if value:
            sought = sought.where(column == value)
    return Events(**page(query, sought, Row.seq, _event))


@reads(api, "/audit/verify", permission="audit.see", gives=Verdict)
def verify_chain() -> Verdict:
    """Walk the whole chain."""
    found = verify_store(reading())
    return Verdict(checked=found.rows, broken_at=found.broken_at, head=found.head)
