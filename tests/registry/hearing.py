"""What sources heard, for tests of who is where: a moment to count from, and a few words to say it with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from netreg.detection.sighting import Heard
from netreg.mac import MacAddress
from netreg.registry.commands import sightings
from netreg.store.transaction import Store
from tests.people import mac

# A Monday, nine in the morning at the office.
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ROGUE, RANDOM = MacAddress(mac(0x99)), MacAddress("da:a1:19:00:00:07")


def later(minutes: float = 0, *, days: float = 0) -> datetime:
    return NOW + timedelta(minutes=minutes, days=days)


def hear(store: Store, *heard: Heard, at: datetime = NOW, source: str = "sweep", place: str = "palacio") -> None:
    """A source heard these at a place, and worked."""
    with store.transaction("agent:scan") as tx:
        sightings.note(tx.session, source, place, heard, at)
        sightings.note_source(tx.session, f"{source}:{place}", at, saw=bool(heard))


def hear_for(store: Store, heard: Heard, first: datetime, last: datetime, **where: str) -> None:
    """One stay from the first to the last moment."""
    while first < last:
        hear(store, heard, at=first, **where)  # type: ignore[arg-type]
        first += sightings.GAP
    hear(store, heard, at=last, **where)  # type: ignore[arg-type]
