"""The audit log is searched by what, who, when and words; what a reader sees masked, no search gives away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import NotFound
from netreg.registry import audit_search
from netreg.registry.audit_search import Found, Sought, find, page
from netreg.registry.commands import devices
from netreg.store.transaction import Store
from tests.databases import sqlite_store, store
from tests.people import ANA, INES, ask, do, mac, phone, phones

__all__ = ["sqlite_store", "store"]

ZONE = ZoneInfo("America/Mexico_City")


def names(store: Store, sought: Sought, *, whole: bool = True) -> list[str]:
    with store.reading() as session:
        return [row.name for row in find(session, sought, ZONE, whole=whole)]


def test_each_filter_holds_and_together_they_all_do(store: Store) -> None:
    phones(store, 2)
    every = names(store, Sought())
    assert len(every) > 20 and every[-1].startswith("area.")
    assert set(names(store, Sought(name="device."))) <= {one for one in every if one.startswith("device.")}
    assert names(store, Sought(name="device.")) and names(store, Sought(name="%")) == []
    assert len(names(store, Sought(actor=INES.email.upper()))) == len(names(store, Sought(actor=INES.email))) > 0
    assert names(store, Sought(subject="device 1", actor=ANA.email)) != names(store, Sought(subject="device 1"))
    assert names(store, Sought(subject="device 999")) == []
    assert names(store, Sought(text="OBRAS públicas")) and not names(store, Sought(text="100%_no"))


def test_days_are_the_offices(sqlite_store: Store) -> None:
    late = "2027-03-02T04:30:00Z"  # still the first of March at the office
    with time_machine.travel(late):
        ask(sqlite_store, phone(1))
    first = date(2027, 3, 1)
    assert names(sqlite_store, Sought(since=first, until=first))
    assert not names(sqlite_store, Sought(since=first + timedelta(days=1)))
    assert "device.asked" not in names(sqlite_store, Sought(until=first - timedelta(days=1)))


def test_more_than_one_batch_is_found_and_pages_go_on_below(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones(sqlite_store, 1)
    every = names(sqlite_store, Sought())
    monkeypatch.setattr(audit_search, "_PAGE", 2)
    monkeypatch.setattr(audit_search, "_BATCH", 3)
    assert names(sqlite_store, Sought()) == every
    with sqlite_store.reading() as session:
        assert [row.seq for row in find(session, Sought(), ZONE, whole=True, before=5)] == [4, 3, 2, 1]


def pages(session: Session, sought: Sought) -> Iterator[Found]:
    """All pages of a search, as somebody who goes on to the last reads them."""
    found = page(session, sought, ZONE, whole=True)
    yield found
    while found.older is not None:
        found = page(session, sought, ZONE, whole=True, before=found.older)
        yield found


@pytest.mark.parametrize("reach", [1, 7, 1000])
@pytest.mark.parametrize("sought", [Sought(text="obras"), Sought(actor=INES.email), Sought(name="device."), Sought()])
def test_pages_of_a_search_show_every_event_once_however_little_each_looks_at(
    store: Store, monkeypatch: pytest.MonkeyPatch, sought: Sought, reach: int
) -> None:
    phones(store, 2)
    monkeypatch.setattr(audit_search, "REACH", reach)
    monkeypatch.setattr(audit_search, "_PAGE", 2)
    with store.reading() as session:
        every = [row.seq for row in find(session, sought, ZONE, whole=True)]
        found = list(pages(session, sought))
        assert every and [row.seq for one in found for row in one.events] == every
    assert found[-1].reached is None and all(one.reached or len(one.events) == 2 for one in found[:-1])


def test_a_search_stops_where_its_days_begin_and_looks_from_where_they_end(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        with time_machine.travel(f"2027-03-0{day}T18:00:00Z"):
            ask(sqlite_store, phone(day))
    monkeypatch.setattr(audit_search, "REACH", 2)
    second = date(2027, 3, 2)
    with sqlite_store.reading() as session:
        that_day = list(find(session, Sought(since=second, until=second), ZONE, whole=True))
        found = list(pages(session, Sought(text="no such words", since=second, until=second)))
        assert all(one.reached in (None, *that_day) for one in found), "no page is spent on other days"
    assert len(that_day) > 3 and len(found) == len(that_day) // 2 + 1


def test_what_has_an_index_is_found_on_one_page_however_old(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones(sqlite_store, 3)
    monkeypatch.setattr(audit_search, "REACH", 1)
    with sqlite_store.reading() as session:
        for sought in (Sought(name="area.added"), Sought(subject="device 1", actor=INES.email)):
            (found,) = pages(session, sought)
            assert found.events, sought


def test_no_search_gives_an_address_away_that_its_reader_sees_masked(sqlite_store: Store) -> None:
    phones(sqlite_store, 1)
    whole = mac(1)
    assert names(sqlite_store, Sought(text=whole)), "there is something to find"
    for length in range(3, len(whole) + 1):
        tried = whole[:length]
        assert names(sqlite_store, Sought(text=tried), whole=False) == [], tried
    assert names(sqlite_store, Sought(subject=f"address {whole}"), whole=False) == []
    assert names(sqlite_store, Sought(text="obras"), whole=False) == names(sqlite_store, Sought(text="obras")) != []


def test_an_event_tells_before_and_after_thing_by_thing(sqlite_store: Store) -> None:
    (device,) = phones(sqlite_store, 1)
    do(sqlite_store, devices.suspend, device, "Se extravió")
    with sqlite_store.reading() as session:
        row = next(find(session, Sought(name="device.suspended"), ZONE, whole=True))
        assert row.facts["reason"] == "Se extravió"
        told = {one.name: (one.before, one.after) for one in audit_search.differences(row)}
        assert audit_search.one(session, row.seq).hash == row.hash
        for number in (0, -1, 10**12):
            with pytest.raises(NotFound):
                audit_search.one(session, number)
    assert all(before is not None or after is not None for before, after in told.values())


def test_a_spreadsheet_runs_nothing_of_it_and_shows_what_its_reader_may_see(sqlite_store: Store) -> None:
    phones(sqlite_store, 2)
    for typed in ("=1+1", "@SUM(A1)", "+1", "-1", "\tx", f'=HYPERLINK("{mac(9)}")'):
        with sqlite_store.transaction(INES.email) as tx:
            tx.record(events.AlertNoted(alert=1, reason=typed))
    for whole in (True, False):
        with sqlite_store.reading() as session:
            rows = find(session, Sought(), ZONE, whole=whole)
            content = b"".join(audit_search.to_csv(rows, ZONE, "es", whole=whole)).decode("utf-8-sig")
        table = list(csv.reader(io.StringIO(content, newline="")))
        assert tuple(table[0]) == audit_search.COLUMNS and len(table) > 20
        assert "'=1+1" in {row[6] for row in table}
        assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
        assert (mac(9) in content) is whole
