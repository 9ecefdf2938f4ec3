"""What the office has agreed to be at: in order, with what meets, and as a calendar that no title can break."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from netreg.office import Office
from netreg.procedures import agenda, catalogue, tickets
from netreg.procedures.agenda import Entry, told_apart
from netreg.procedures.catalogue import Catalogue
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA
from tests.procedures.test_block_rules import at
from tests.procedures.walking import leave

COVERAGE = catalogue.procedure("GCH-CCS-P01")
DAY = datetime(2027, 3, 1, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(files=tmp_path / "files", catalogue=Catalogue(enabled=tuple(catalogue.procedures())))
    yield


def covered(store: Store, when: str) -> int:
    number = at(store, "GCH-CCS-P01", 7)
    leave(store, COVERAGE, number, values={"agenda_on": when, "covered_by": "Irma Soto"})
    return number


def found(store: Store) -> list[Entry]:
    with store.reading() as session:
        return agenda.entries(session, store.office.catalogue, DAY - timedelta(days=1), DAY + timedelta(days=30))


def test_appointments_stand_in_order_and_those_that_meet_name_each_other(sqlite_store: Store) -> None:
    for when in ("2027-03-01 11:30", "2027-03-01 10:00", "2027-03-02 10:00"):
        covered(sqlite_store, when)
    first, second, third = found(sqlite_store)
    assert first.at < second.at < third.at
    assert (first.clashes, second.clashes, third.clashes) == ((second.folio,), (first.folio,), ())
    assert first.who == "Irma Soto" and first.folio.startswith("GCH-CCS-P01-")


def test_what_was_withdrawn_is_on_no_agenda(sqlite_store: Store) -> None:
    number = at(sqlite_store, "GCH-CCS-P01", 7)
    with sqlite_store.transaction(ANA.email) as tx:
        person = queries.known_person(tx.session, ANA.email)
        tickets.extend(tx, tx.session.get_one(Ticket, number), person, "withdraw", "Se canceló el evento")
    assert found(sqlite_store) == []


@given(st.lists(st.text(max_size=30), max_size=4))
def test_whatever_a_title_says_the_calendar_has_one_event_for_each(titles: list[str]) -> None:
    entries = [Entry(DAY, title, title, title, f"F-{number}") for number, title in enumerate(titles)]
    read = Calendar.from_ical(agenda.to_ics(entries, "http://127.0.0.1:8080", now()))
    assert [str(event["uid"]) for event in read.walk("VEVENT")] == [
        f"F-{number}@netreg" for number in range(len(titles))
    ]


@given(st.lists(st.integers(0, 2000), max_size=12))
def test_two_meet_or_neither_does(minutes: list[int]) -> None:
    entries = [Entry(DAY + timedelta(minutes=one), "", "", "", f"F-{number}") for number, one in enumerate(minutes)]
    meets = {one.folio: set(one.clashes) for one in told_apart(entries)}
    assert all(folio in meets[other] for folio, others in meets.items() for other in others)
