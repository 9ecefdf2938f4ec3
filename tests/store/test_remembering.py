"""What is remembered holds until something happens that it may rest on."""

from __future__ import annotations

import pytest

from netreg.events import CATALOGUE
from netreg.registry import queries
from netreg.registry.commands import areas, people
from netreg.store.remembering import QUIET, Memory, last_event
from netreg.store.transaction import Store
from tests.databases import database, store
from tests.people import ACTOR
from tests.portal.conftest import an_alert

__all__ = ["database", "store"]


def test_only_events_that_there_are_count_as_quiet() -> None:
    assert set(CATALOGUE) >= QUIET


@pytest.mark.parametrize("word", ["device.", "request.", "letter.", "area.", "address.", "calendar."])
def test_nothing_that_changes_a_request_a_device_or_a_list_is_quiet(word: str) -> None:
    assert not [name for name in QUIET if name.startswith(word)]


def test_an_alert_is_passed_over_and_a_new_area_is_not(store: Store) -> None:
    with store.reading() as session:
        before = last_event(session)
    an_alert(store)
    with store.reading() as session:
        assert last_event(session) == before
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "AGUA", "Agua Potable")
    with store.reading() as session:
        assert last_event(session) > before


def test_a_database_remembers_its_own_and_who_writes_neither_keeps_nor_sees(store: Store) -> None:
    memory: Memory[str] = Memory()
    with store.reading() as session:
        memory.keep(session, 7, "worked out")
    with store.reading() as session:
        known = memory.recall(session)
        assert known is not None and (known.seq, known.kept) == (7, "worked out")
    with store.transaction(ACTOR) as tx:
        assert memory.recall(tx.session) is None
        memory.keep(tx.session, 9, "not yet true")
        areas.rename(tx, queries.area(tx.session, "DIF"), "DIF Municipal")
    with store.reading() as session:
        known = memory.recall(session)
        assert known is not None and known.kept == "worked out"


def test_what_is_current_is_worked_out_once_until_something_happens_or_something_else_is_asked(store: Store) -> None:
    memory: Memory[int] = Memory()
    worked: list[int] = []

    def work() -> int:
        worked.append(len(worked))
        return worked[-1]

    def look(*, least: int = 0) -> int:
        with store.reading() as session:
            return memory.current(session, work, lambda kept: kept >= least)

    assert [look(), look()] == [0, 0] and look(least=1) == 1
    an_alert(store)
    assert look() == 1, "an alert changes nothing of what is remembered"
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "AGUA", "Agua Potable")
        assert memory.current(tx.session, work) == 2, "who writes works it out, and keeps nothing"
    assert [look(), look()] == [3, 3]
