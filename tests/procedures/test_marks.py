"""What waits is grouped by marks that are kept for a minute: they are what would be read now, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from netreg.procedures import calendars, queue, tickets, timing
from netreg.procedures.queue import Mark
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.databases import asked
from tests.people import CARLA
from tests.portal.house import furnished_house
from tests.portal.lived_in import World
from tests.procedures.test_tickets import extend


@pytest.fixture
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, World]]:
    with furnished_house(tmp_path_factory.mktemp("house")) as (_settings, store, world):
        yield store, world


def told(store: Store, at: datetime, folios: Sequence[str] = ()) -> tuple[Mapping[str, Mark], Mapping[str, Mark]]:
    """The marks of these requests, or of all that are open: as they are kept, and as they would be read."""
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        rows = session.scalars(select(Ticket).where(Ticket.closed.is_(None)).order_by(Ticket.id)).all()
        those = [one for one in rows if not folios or one.reference in folios]
        kept = queue.marks(session, those, calendar, at, lambda one: tickets.definition(session, one))
        anew = {
            one.reference: Mark(
                timing.reading(one, tickets.definition(session, one), calendar, at), timing.returned(one) is not None
            )
            for one in those
        }
        return {one.reference: kept[one.id] for one in those}, anew


def test_marks_are_what_would_be_read_now(lived_in: tuple[Store, World]) -> None:
    store, world = lived_in
    at = now()
    kept, anew = told(store, at, [world.received])
    assert kept == anew and set(kept) == {world.received}
    kept, anew = told(store, at)
    assert kept == anew and len(kept) > 5 and {mark.returned for mark in kept.values()} == {True, False}
    extend(store, CARLA, world.received, "return_for_correction", "Falta el inventario")
    kept, anew = told(store, at)
    assert kept == anew and kept[world.received].returned
    later = at + timedelta(days=30)
    with time_machine.travel(later):
        kept, anew = told(store, later)
    assert kept == anew and any(mark.clock is not None and mark.clock.late for mark in kept.values())


def test_within_a_minute_nothing_is_read_again(lived_in: tuple[Store, World]) -> None:
    store, _world = lived_in
    at = (now() + timedelta(minutes=1)).replace(second=10)
    told(store, at)
    with asked(store) as statements, store.reading() as session:
        rows = session.scalars(select(Ticket).where(Ticket.closed.is_(None))).all()
        calendar = calendars.current(session, store.office)
        queue.marks(session, rows, calendar, at + timedelta(seconds=40), lambda one: tickets.definition(session, one))
    assert not any("FROM move" in one for one, _values in statements)
