"""Figures that are asked for again: what ended is worked out once, and anew as soon as something happens to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from netreg.procedures import calendars, reporting
from netreg.procedures.counting import Case, Month
from netreg.procedures.desk import reopening
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.commands import areas
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, CARLA
from tests.portal.house import furnished_house
from tests.portal.lived_in import World


@pytest.fixture
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, World]]:
    with furnished_house(tmp_path_factory.mktemp("house")) as (_settings, store, world):
        yield store, world


def present(store: Store) -> list[Case]:
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        return list(reporting.present(session, Scope(), calendar, now()))


def anew(store: Store) -> list[Case]:
    with store.reading() as session:
        return list(reporting.cases(session, None, calendars.current(session, store.office), now()))


def case(store: Store, folio: str) -> Case:
    return next(one for one in present(store) if one.folio == folio)


def test_what_is_remembered_is_what_would_be_counted_now(lived_in: tuple[Store, World]) -> None:
    store, world = lived_in
    assert present(store) == present(store) == anew(store)
    with store.transaction(CARLA.email) as tx:
        ticket = queries.ticket(tx.session, world.withdrawn)
        reopening.reopen(tx, ticket, queries.person(tx.session, CARLA.email), "El área aún lo necesita")
    assert case(store, world.withdrawn).reopened
    assert present(store) == anew(store)
    with store.transaction(ACTOR) as tx:
        areas.rename(tx, queries.area(tx.session, "OBRAS"), "Obras y Servicios")
    assert case(store, world.answered).area == "Obras y Servicios"
    assert present(store) == anew(store)


def test_only_what_is_open_or_was_touched_is_read_again(
    lived_in: tuple[Store, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _world = lived_in
    present(store)
    read: list[int] = []
    whole = reporting._counted
    monkeypatch.setattr(reporting, "_counted", lambda session, numbers, *rest: (
        read.extend(numbers) or whole(session, numbers, *rest)
    ))  # fmt: skip
    present(store)
    with store.reading() as session:
        closed = {one.id for one in session.query(Ticket).where(Ticket.closed.is_not(None))}
    assert closed and read and not closed & set(read)


def test_the_past_is_never_told_by_what_was_found_later(lived_in: tuple[Store, World]) -> None:
    store, _world = lived_in
    present(store)
    earlier = now() - timedelta(days=29, hours=12)
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        then = list(reporting.present(session, Scope(), calendar, earlier))
        assert then == list(reporting.cases(session, None, calendar, earlier))
        assert len(then) < len(anew(store))


def test_who_is_writing_remembers_nothing_that_may_be_taken_back(lived_in: tuple[Store, World]) -> None:
    store, world = lived_in
    before = case(store, world.answered)
    with pytest.raises(RuntimeError), store.transaction(ACTOR) as tx:
        areas.rename(tx, queries.area(tx.session, "OBRAS"), "Un nombre que no queda")
        calendar = calendars.current(tx.session, store.office)
        told = {one.folio: one.area for one in reporting.present(tx.session, Scope(), calendar, now())}
        assert told[world.answered] == "Un nombre que no queda"
        raise RuntimeError
    assert case(store, world.answered) == before


def test_an_overview_asked_for_again_is_the_same_until_something_happens(lived_in: tuple[Store, World]) -> None:
    store, _world = lived_in
    at = now()
    with store.reading() as session:
        month = Month.of(at, store.office.zone)
        first = reporting.overview(session, Scope(), month, store.office, at)
        assert reporting.overview(session, Scope(), month, store.office, at) is first
    with store.transaction(ACTOR) as tx:
        areas.rename(tx, queries.area(tx.session, "DIF"), "DIF Municipal")
    with store.reading() as session:
        assert reporting.overview(session, Scope(), month, store.office, at) is not first
