"""What was seen on the network: by which source, where, when."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field
from sqlalchemy import select

from netreg.mac import MacAddress
from netreg.registry.models import Sighting as Row
from netreg.registry.models import Source as SourceRow
from portal.access import address, may
from portal.api.describing import Document, reads, resource
from portal.api.paging import MAC, Listing, Page, page
from portal.rows import reading
from portal.tracing import trace_reading

api = resource("sightings", "One row for each address, source and place, with the first and the last time.")


class Sighting(Document):
    number: int
    mac: str
    source: str
    place: str
    port: str | None
    ip: str | None
    name: str | None = Field(description="What the device says it is called: a claim.")
    first_seen: datetime
    last_seen: datetime
    count: int


class Sightings(Page):
    items: list[Sighting]


class SightingListing(Listing):
    mac: str = Field("", pattern=MAC, description="In any notation; wants `addresses:read`.")
    source: str = Field("", max_length=40)
    since: AwareDatetime | None = Field(None, description="Seen at this moment or later, with a time zone.")


class Source(Document):
    name: str
    last_good: datetime | None
    last_tried: datetime
    ended: datetime | None
    error: str


class Sources(Document):
    items: list[Source]


def _sighting(row: Row) -> Sighting:
    return Sighting(
        number=row.id, mac=address(row.mac), source=row.source, place=row.place, port=row.port,
        # An address of IPv6 may hold the MAC, and a name the person: they go with the right to see whole addresses.
        ip=row.ip if may("addresses.whole") else None, name=row.name if may("addresses.whole") else None,
        first_seen=row.first_seen, last_seen=row.last_seen, count=row.count,
    )  # fmt: skip


@reads(api, "/sightings", permission="presence.see", gives=Sightings)
def list_sightings(query: SightingListing) -> Sightings:
    """Sightings; by address, source, or since when."""
    trace_reading("presence")
    sought = select(Row)
    if query.mac:
        sought = sought.where(Row.mac == (str(MacAddress.parse(query.mac)) if may("addresses.whole") else ""))
    if query.source:
        sought = sought.where(Row.source == query.source)
    if query.since is not None:
        sought = sought.where(Row.last_seen >= query.since)
    return Sightings(**page(query, sought, Row.id, _sighting))


@reads(api, "/sources", permission="presence.see", gives=Sources)
def list_sources() -> Sources:
    """What looks at the network, and when each saw something last."""
    rows = reading().scalars(select(SourceRow).order_by(SourceRow.name))
    return Sources(
        items=[
            Source(name=row.name, last_good=row.last_good, last_tried=row.last_tried, ended=row.ended, error=row.error)
            for row in rows
        ]
    )
