"""What the office has agreed to be at: the entries that steps made, by day, with those that meet each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.procedures import tickets
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.models import Produced
from netreg.registry.models import Ticket

# A request says when an event begins and not how long it takes; so long one is taken to be busy with it.
LENGTH = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment: when, what, where, who goes, and its request. `clashes` names the others at that time."""

    at: datetime
    title: str
    place: str
    who: str
    folio: str
    clashes: tuple[str, ...] = ()


def entries(session: Session, catalogue: Catalogue, first: datetime, last: datetime) -> list[Entry]:
    """The appointments that begin between two instants, in order; of what was put off the newest."""
    names = {one.id for procedure in catalogue.known.values() for one in procedure.documents if one.agenda}
    rows = session.execute(
        select(Produced, Ticket)
        .join(Ticket, Ticket.id == Produced.ticket_id)
        .where(Produced.document.in_(names), Ticket.outcome.not_in(("withdrawn", "rejected", "duplicate")))
        .order_by(Produced.id)
    )
    newest = {(row.ticket_id, row.document): (row, ticket) for row, ticket in rows}
    found = [entry for row, ticket in newest.values() if (entry := _entry(session, row, ticket)) is not None]
    return told_apart([one for one in found if first <= one.at < last])


def _entry(session: Session, row: Produced, ticket: Ticket) -> Entry | None:
    agenda = tickets.definition(session, ticket).document(row.document).agenda
    said = {**ticket.form, **row.said}
    if agenda is None or not said.get(agenda.at):
        return None
    title, place, who = (str(said.get(name, "")) for name in (agenda.title, agenda.place, agenda.who))
    return Entry(datetime.fromisoformat(said[agenda.at]), title, place, who, ticket.reference)


def told_apart(found: Iterable[Entry]) -> list[Entry]:
    """The same in order, each with the folios of those that it meets."""
    ordered = sorted(found, key=lambda one: (one.at, one.folio))
    return [replace(one, clashes=tuple(_meets(one, ordered))) for one in ordered]


def _meets(one: Entry, ordered: Sequence[Entry]) -> list[str]:
    return [other.folio for other in ordered if other.folio != one.folio and abs(other.at - one.at) < LENGTH]


def to_ics(found: Iterable[Entry], address: str, at: datetime) -> bytes:
    """The appointments for the calendar of a phone (RFC 5545); the library escapes what people wrote."""
    from icalendar import Calendar, Event  # a quarter of a second that only this pays

    file = Calendar()
    file.add("prodid", "-//netreg//agenda//ES")
    file.add("version", "2.0")
    for one in found:
        event = Event()
        event.add("uid", f"{one.folio}@netreg")
        event.add("dtstamp", at)
        event.add("dtstart", one.at)
        event.add("dtend", one.at + LENGTH)
        event.add("summary", one.title)
        event.add("location", one.place)
        event.add("description", f"{one.folio} {one.who}\n{address}/requests/{one.folio}")
        file.add_component(event)
    return bytes(file.to_ical())
