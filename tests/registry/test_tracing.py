"""Reading whole addresses in bulk leaves a line: once an hour for a list, each time for a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from netreg.registry import queries
from netreg.registry.commands import tracing
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import CARLA, INES, Member


def read(store: Store, who: Member, what: str = "devices") -> None:
    with store.transaction(who.email) as tx:
        tracing.note_reading(tx, what)


def lines(store: Store) -> list[str]:
    with store.reading() as session:
        return [event.actor for event in queries.audit(session) if event.name.startswith("addresses.")]


def test_one_line_an_hour_for_each_person_and_list(store: Store) -> None:
    with time_machine.travel("2026-11-20T18:00:00Z", tick=False) as clock:
        for _time in range(5):
            read(store, INES)
        read(store, CARLA)
        read(store, INES, "alerts")
        assert lines(store) == [INES.email, CARLA.email, INES.email]
        clock.shift(timedelta(minutes=59, seconds=59))
        read(store, INES)
        assert len(lines(store)) == 3
        clock.shift(timedelta(seconds=1))
        with store.reading() as session:
            assert not tracing.is_noted(session, INES.email, "devices", now())
        read(store, INES)
        assert len(lines(store)) == 4


def test_every_file_is_a_line_with_how_many_addresses(store: Store) -> None:
    for _time in range(2):
        with store.transaction(INES.email) as tx:
            tracing.note_export(tx, "device-csv", 41)
    with store.reading() as session:
        first, second = queries.audit(session, most=2)
        assert first.name == second.name == "addresses.exported"
        assert first.sentence() == f"{INES.email} sacó los equipos en CSV, con 41 direcciones completas"
        assert first.sentence("en") == f"{INES.email} took out the devices as CSV, with 41 whole addresses"


@pytest.mark.parametrize("what", tracing.LISTS)
def test_every_list_has_a_name_in_both_languages(sqlite_store: Store, what: str) -> None:
    read(sqlite_store, INES, what)
    with sqlite_store.reading() as session:
        (event,) = queries.audit(session, f"addresses {what}")
        assert event.sentence("es") != event.sentence("en")
