"""Figures that are asked for again: what ended is worked out once, and anew as soon as something happens to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from netreg import events
from netreg.office import Office
from netreg.procedures import calendars, cases, catalogue, reporting
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.counting import Case, Month
from netreg.procedures.desk import reopening
from netreg.procedures.procedure import Procedure
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.registry.commands import areas, devices
from netreg.registry.deciding import approve
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, BETO, CARLA, INES, ask, computer, do, mac, phone, phones
from tests.portal.house import furnished_house
from tests.portal.lived_in import World
from tests.procedures import walking
from tests.procedures.test_tickets import extend
from tests.procedures.walking import leave, opened, step_of

LIGHT = [one for code, one in catalogue.procedures().items() if code != catalogue.CORE]


@pytest.fixture
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, World]]:
    with furnished_house(tmp_path_factory.mktemp("house")) as (_settings, store, world):
        yield store, world


def present(store: Store) -> list[Case]:
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        return list(cases.present(session, Scope(), calendar, now()))


def anew(store: Store) -> list[Case]:
    with store.reading() as session:
        return list(cases.as_of(session, None, calendars.current(session, store.office), now()))


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


def holds(store: Store) -> None:
    """What is remembered is what would be counted now."""
    assert present(store) == anew(store)


def test_it_holds_after_whatever_becomes_of_a_device(sqlite_store: Store) -> None:
    store = sqlite_store
    first, second, _third = phones(store, 3)
    holds(store)
    with store.transaction(ACTOR) as tx:
        for number in (first, second):
            queries.device(tx.session, number).authorisation.state = "active"
            tx.record(events.DeviceActivated(device=number))
    holds(store)
    do(store, devices.suspend, first, "Se extravió")
    holds(store)
    do(store, devices.remove, second, "Ya no se usa")
    holds(store)
    (rejected,) = ask(store, phone(7), by=BETO)
    holds(store)
    do(store, devices.reject, rejected, None, "unfit_device")
    holds(store)
    (laptop,) = ask(store, computer("OBRAS-PC09"))
    approve(store, INES.email, laptop)
    holds(store)
    with time_machine.travel(now() + timedelta(days=2)):
        do(store, devices.bind, laptop, mac(9), "ethernet", "La trajo el enlace", "inspection")
        holds(store)


@pytest.mark.parametrize(
    "procedure",
    [one for code, one in catalogue.procedures().items() if code != catalogue.CORE],
    ids=lambda one: one.code,
)
def test_it_holds_after_every_step_of_every_procedure(
    sqlite_store: Store, tmp_path: Path, procedure: Procedure
) -> None:
    store = sqlite_store
    store.office = Office(
        files=tmp_path / "files", catalogue=Catalogue(enabled=tuple(catalogue.procedures())),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ()}, small=True,
    )  # fmt: skip
    number, taken = opened(store, procedure), set[tuple[int, str]]()
    holds(store)
    while here := step_of(store, number):
        if here == 1:
            walking.send(store, number, by=walking.applicant(procedure))
        else:
            ways = [way.on for way in procedure.step(here).transitions] or ["else"]
            answer = next((way for way in ways if (here, way) not in taken), ways[-1])
            taken.add((here, answer))
            leave(store, procedure, number, answer)
        holds(store)
    assert len(taken) > 2


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the requests that were read, while the test runs."""
    numbers: list[int] = []
    whole = cases._counted
    monkeypatch.setattr(cases, "_counted", lambda session, those, *rest: (
        numbers.extend(those) or whole(session, those, *rest)
    ))  # fmt: skip
    return numbers


def test_only_what_was_touched_is_read_again(lived_in: tuple[Store, World], read: list[int]) -> None:
    store, world = lived_in
    present(store)
    assert len(read) > 10
    read.clear()
    present(store)
    # What came after hours is received at the next ones.
    with store.reading() as session:
        to_come = set(session.scalars(select(Ticket.id).where(Ticket.received > now())))
        touched = queries.ticket(session, world.received).id
    assert set(read) == to_come
    read.clear()
    extend(store, CARLA, world.received, "return_for_correction", "Falta el inventario")
    assert case(store, world.received).pauses and set(read) == to_come | {touched}
    assert present(store) == anew(store)


def test_of_two_who_ask_at_the_same_moment_the_second_reads_nothing(
    lived_in: tuple[Store, World], read: list[int]
) -> None:
    store, _world = lived_in
    later = now() + timedelta(days=9)
    with time_machine.travel(later):
        present(store)
    read.clear()
    with time_machine.travel(later - timedelta(seconds=5)):
        present(store)
    assert read == []


def test_what_is_written_down_of_an_hour_to_come_counts_from_then_on(
    lived_in: tuple[Store, World], read: list[int]
) -> None:
    store, world = lived_in
    later = now() + timedelta(hours=5)
    with store.transaction(ACTOR) as tx:
        ticket = queries.ticket(tx.session, world.received)
        for move in ticket.moves:
            move.at = later
        tx.record(events.RequestNoted(ticket=ticket.id, reference=world.received, note=1))
    for _again in range(2):
        assert world.received not in {one.folio for one in present(store)} and present(store) == anew(store)
    with time_machine.travel(later + timedelta(days=5)):
        assert case(store, world.received).received == later and present(store) == anew(store)
        read.clear()
        assert present(store) and read == [], "now it has happened"


def test_the_past_is_never_told_by_what_was_found_later(lived_in: tuple[Store, World]) -> None:
    store, _world = lived_in
    present(store)
    earlier = now() - timedelta(days=29, hours=12)
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        then = list(cases.present(session, Scope(), calendar, earlier))
        assert then == list(cases.as_of(session, None, calendar, earlier))
        assert len(then) < len(anew(store))


def test_who_is_writing_remembers_nothing_that_may_be_taken_back(lived_in: tuple[Store, World]) -> None:
    store, world = lived_in
    before = case(store, world.answered)
    with pytest.raises(RuntimeError), store.transaction(ACTOR) as tx:
        areas.rename(tx, queries.area(tx.session, "OBRAS"), "Un nombre que no queda")
        calendar = calendars.current(tx.session, store.office)
        told = {one.folio: one.area for one in cases.present(tx.session, Scope(), calendar, now())}
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
