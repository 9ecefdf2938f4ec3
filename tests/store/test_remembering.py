"""What is remembered holds until something happens that it may rest on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Executable, text, update

from netreg import events
from netreg.events import CATALOGUE
from netreg.registry import queries
from netreg.registry.commands import areas, people
from netreg.registry.models import Area
from netreg.store.base import Base
from netreg.store.remembering import QUIET, Memory, last_event
from netreg.store.transaction import Store
from tests.databases import database, store
from tests.people import ACTOR, phones
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


@pytest.fixture
def look(store: Store) -> Callable[[], int]:
    """Looks at what is remembered of the areas: how often it was worked out before."""
    memory: Memory[int] = Memory(Area)
    worked: list[int] = []

    def work() -> int:
        worked.append(len(worked))
        return worked[-1]

    def look(*, least: int = 0) -> int:
        with store.reading() as session:
            return memory.current(session, work, lambda kept: kept >= least)

    return look


def test_what_is_current_is_worked_out_once_until_its_tables_change_or_something_else_is_asked(
    store: Store, look: Callable[..., int]
) -> None:
    assert [look(), look()] == [0, 0] and look(least=1) == 1
    phones(store, 1)
    assert look() == 1, "a device changes no area"
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "AGUA", "Agua Potable")
    assert [look(), look()] == [2, 2]
    with store.transaction(ACTOR) as tx:
        areas.rename(tx, queries.area(tx.session, "AGUA"), "Agua y Drenaje")
    assert look() == 3


def test_who_writes_works_it_out_and_keeps_nothing(store: Store) -> None:
    memory: Memory[str] = Memory(Area)
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "AGUA", "Agua Potable")
        assert memory.current(tx.session, lambda: "not yet true") == "not yet true"
    with store.reading() as session:
        assert memory.current(session, lambda: "true") == "true"


def test_what_was_thrown_away_changed_nothing(store: Store, look: Callable[[], int]) -> None:
    assert look() == 0
    with pytest.raises(ZeroDivisionError), store.transaction(ACTOR) as tx:
        people.add_area(tx, "AGUA", "Agua Potable")
        tx.session.flush()
        raise ZeroDivisionError
    assert look() == 0


IN_SQL = "UPDATE area SET site = 'Palacio'"
# What these are about nobody looks for: they change whatever there is.
BY_A_DETOUR, HINTED = f"WITH one AS (SELECT 1) {IN_SQL}", "UPDATE OR ROLLBACK area SET site = 'Palacio'"


@pytest.mark.parametrize("how", [update(Area).values(site="Palacio"), text(IN_SQL), text(BY_A_DETOUR)])
def test_statements_change_tables_as_well(store: Store, look: Callable[[], int], how: Executable) -> None:
    assert look() == 0
    with store.transaction(ACTOR) as tx:
        tx.session.execute(how)
        tx.record(events.BackupFailed(problem="prueba"))
    assert [look(), look()] == [1, 1]


def test_a_statement_whose_table_is_not_plain_to_see_changes_all(sqlite_store: Store) -> None:
    memory: Memory[int] = Memory(Area)
    worked = iter(range(9))
    with sqlite_store.reading() as session:
        assert memory.current(session, lambda: next(worked)) == 0
    with sqlite_store.transaction(ACTOR) as tx:
        tx.session.execute(text(HINTED))
        tx.record(events.BackupFailed(problem="prueba"))
    with sqlite_store.reading() as session:
        assert memory.current(session, lambda: next(worked)) == 1


def test_no_row_takes_rows_along_that_anything_is_worked_out_of() -> None:
    bookkeeping = {one.class_.__tablename__ for one in Base.registry.mappers if one.class_.bookkeeping}
    taken = {table.name for table in Base.metadata.tables.values() if any(key.ondelete for key in table.foreign_keys)}
    assert taken <= bookkeeping, "their own change would be noted nowhere"
