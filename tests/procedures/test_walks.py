"""Every procedure from request to close, by its own definition: every transition, every end, nobody else's step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from netreg.errors import InvalidValue, NotAllowed, NotFound
from netreg.notices import NOTICE
from netreg.office import Office
from netreg.procedures import catalogue, registers
from netreg.procedures.catalogue import CORE, Catalogue
from netreg.procedures.procedure import Procedure
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ANA, SOFIA
from tests.procedures import walking
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave, may, opened, others, routes, step_of

ALL = catalogue.procedures()
LIGHT = [one for code, one in ALL.items() if code != CORE]


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    """An office that has adopted every procedure."""
    sqlite_store.office = Office(
        files=tmp_path / "files",
        catalogue=Catalogue(enabled=tuple(ALL)),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ()},
        small=True,
    )
    yield


@pytest.mark.parametrize("procedure", LIGHT, ids=lambda one: one.code)
def test_every_transition_is_walked_to_an_end_and_nobody_else_leaves_a_step(
    sqlite_store: Store, procedure: Procedure
) -> None:
    taken, ends, tried = set(), set(), set()
    for route in routes(procedure):
        number = opened(sqlite_store, procedure)
        taken.add((1, "else"))
        while route and route[0] == (1, "else"):
            route = route[1:]
        while route:
            at, answer = route[0]
            if at == 1:
                # Whoever corrects sends anew at once; from outside it comes back to be sent.
                if step_of(sqlite_store, number) == 1:
                    walking.send(sqlite_store, number, by=walking.applicant(procedure))
                taken.add((1, "else"))
                route = route[1:]
                continue
            step = procedure.step(at)
            assert step_of(sqlite_store, number) == at
            if at not in tried:
                tried.add(at)
                trespassers = [one.name for one in others(procedure, step) if may(sqlite_store, number, one, answer)]
                assert trespassers == [], f"step {at} is {step.role}'s"
            leave(sqlite_store, procedure, number, answer)
            taken.add((at, answer))
            route = route[1:]
            way = step.way(answer)
            while way and route and route[0][0] in way.repeat:  # they are left by themselves
                taken.add(route[0])
                route = route[1:]
        assert step_of(sqlite_store, number) == 0
        with sqlite_store.reading() as session:
            ticket = session.get_one(Ticket, number)
            ends.add(ticket.outcome)
            assert ticket.folio and ticket.moves[-1].to == 0
    assert taken >= {(step.n, way.on) for step in procedure.steps for way in step.transitions}
    assert ends == {step.outcome for step in procedure.steps if step.kind == "end"}


def test_the_definitions_have_171_transitions_in_all() -> None:
    ours = {"product"}
    manual = [way for one in ALL.values() for step in one.steps for way in step.transitions if way.src not in ours]
    assert len(manual) == 171


def test_the_area_that_a_request_was_referred_to_finds_it_and_no_other_does(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P03", 7)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        reference, referred = ticket.reference, queries.area(session, "DIF").id
        assert queries.ticket(session, reference, referred).id == number
        assert ticket in queries.tickets(session, referred)
        with pytest.raises(NotFound):
            queries.ticket(session, reference, referred + 100)


def test_a_letter_that_a_step_issued_stands_in_the_register(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P06", 4)
    with sqlite_store.reading() as session:
        folio = session.get_one(Ticket, number).folio
        rows = [row for row in registers.letters(session, sqlite_store.office) if row[5] == folio]
    assert {row[4] for row in rows} == {"Material gráfico", "Oficio o correo pidiendo complementar: Material gráfico"}


def test_what_goes_to_the_web_site_opens_a_request_of_its_own(sqlite_store: Store) -> None:
    number = opened(sqlite_store, ALL["GCH-CCS-P02"], {"networks": ["website"]})
    for answer in ("yes", "else", "else", "else"):
        leave(sqlite_store, ALL["GCH-CCS-P02"], number, answer)
    with sqlite_store.reading() as session:
        (other,) = session.scalars(select(Ticket).where(Ticket.origin_id == number))
        assert (other.procedure, other.step, other.form["content"]) == (
            "GCH-CCS-P08", 2, session.get_one(Ticket, number).form["content"],
        )  # fmt: skip


def test_the_area_is_mailed_when_it_is_its_turn_and_at_the_end(sqlite_store: Store) -> None:
    sqlite_store.office = replace(sqlite_store.office, mail=True)
    number = at(sqlite_store, "GCH-CCS-P06", 10)
    leave(sqlite_store, ALL["GCH-CCS-P06"], number)
    with sqlite_store.reading() as session:
        owed = session.scalars(select(Delivery.target).where(Delivery.kind == NOTICE).order_by(Delivery.id)).all()
        moves = {str(move.id): (move.left, move.to) for move in session.get_one(Ticket, number).moves}
    assert [moves[one.split(":")[1]] for one in owed] == [(7, 8), (10, 0)]


def test_an_area_does_not_say_when_its_own_request_came(sqlite_store: Store) -> None:
    early = (now() - timedelta(days=30)).strftime("%Y-%m-%d %H:%M")
    number = opened(sqlite_store, ALL["GCH-CCS-P06"], {"came": early})
    with sqlite_store.reading() as session:
        received = session.get_one(Ticket, number).received
        assert received is not None and received > now() - timedelta(minutes=5)


def test_what_a_desk_entered_and_was_returned_came_when_it_came_back(sqlite_store: Store) -> None:
    early = now() - timedelta(days=30)
    came = early.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    number = walking.open_one(sqlite_store, ALL["GCH-CCS-P09"], {"came": came}, by=SOFIA)
    walking.send(sqlite_store, number, by=SOFIA)
    with sqlite_store.reading() as session:
        assert session.get_one(Ticket, number).received == early.replace(microsecond=0)
    for answer in ("no", "else"):
        leave(sqlite_store, ALL["GCH-CCS-P09"], number, answer)
    leave(sqlite_store, ALL["GCH-CCS-P09"], number, by=SOFIA)
    with sqlite_store.reading() as session:
        received = session.get_one(Ticket, number).received
        assert received is not None and received > now() - timedelta(minutes=5)


def test_a_row_points_at_a_file_of_its_own_request(sqlite_store: Store) -> None:
    opened(sqlite_store, ALL["GCH-CCS-P11"])
    number = walking.open_one(sqlite_store, ALL["GCH-CCS-P11"], without="photos")
    with pytest.raises(InvalidValue) as refused:
        walking.send(sqlite_store, number, by=ANA)
    assert refused.value.code == "file_missing"


def test_no_area_asks_in_the_name_of_the_press(sqlite_store: Store) -> None:
    with pytest.raises(NotAllowed):
        walking.open_one(sqlite_store, ALL["GCH-CCS-P03"], by=ANA)
