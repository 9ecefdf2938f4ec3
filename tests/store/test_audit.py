"""The audit log takes new rows and nothing else, and whoever changes one behind its back is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from netreg.events import CATALOGUE
from netreg.registry import queries
from netreg.store.audit import (
    GENESIS,
    NOT_BEGUN,
    AuditEvent,
    ChainCheck,
    newest,
    verify,
    verify_in_pieces,
    verify_piece,
    verify_store,
)
from netreg.store.transaction import Store
from tests.people import phones
from tests.processes import ask_for, together

TRIGGERS = {
    "sqlite": ("audit_event_no_update", "audit_event_no_delete", "audit_event_no_replace"),
    "postgresql": ("audit_event_no_change", "audit_event_no_truncate"),
}


def run(store: Store, statement: str) -> int:
    with store.engine.begin() as connection:
        return connection.execute(text(statement)).rowcount


def behind_the_triggers(store: Store, statement: str) -> None:
    """What somebody with the database's password could do."""
    on = "" if store.engine.dialect.name == "sqlite" else " ON audit_event"
    for trigger in TRIGGERS[store.engine.dialect.name]:
        run(store, f"DROP TRIGGER {trigger}{on}")
    assert run(store, statement) > 0


def check(store: Store) -> ChainCheck:
    with store.reading() as session:
        return verify_store(session)


COPY = "SELECT seq, at, actor, name, subject, data, request_id, previous, hash FROM audit_event"

REFUSED = {
    "update": "UPDATE audit_event SET actor = 'nobody' WHERE seq = 2",
    "delete": "DELETE FROM audit_event WHERE seq = 2",
    "delete the newest": "DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)",
}
REFUSED_BY_SQLITE = {
    "insert or replace": f"INSERT OR REPLACE INTO audit_event {COPY} WHERE seq = 2",
    "replace": f"REPLACE INTO audit_event {COPY} WHERE seq = 2",
    "upsert": f"INSERT INTO audit_event {COPY} WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET actor = 'nobody'",
    "update or replace": "UPDATE OR REPLACE audit_event SET seq = 3 WHERE seq = 2",
}
REFUSED_BY_POSTGRES = {
    "truncate": "TRUNCATE audit_event",
    "truncate cascade": "TRUNCATE audit_event CASCADE",
    "upsert": f"INSERT INTO audit_event {COPY} WHERE seq = 2 ON CONFLICT (seq) DO UPDATE SET actor = 'nobody'",
}


def test_a_row_of_the_audit_log_is_neither_changed_nor_taken_out(store: Store) -> None:
    phones(store, 1)
    before = check(store)
    own = REFUSED_BY_SQLITE if store.engine.dialect.name == "sqlite" else REFUSED_BY_POSTGRES
    for name, statement in {**REFUSED, **own}.items():
        with pytest.raises(DBAPIError, match="append-only"):
            run(store, statement)
            pytest.fail(f"{name} was stored")
    assert check(store) == before and before.broken_at is None


TAMPERINGS = {
    "an altered actor": ("UPDATE audit_event SET actor = 'nobody' WHERE seq = 3", 3, "altered"),
    "an altered document": ("UPDATE audit_event SET data = '{}' WHERE seq = 3", 3, "altered"),
    "an altered time": ("UPDATE audit_event SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 4", 4, "altered"),
    "an altered hash": (f"UPDATE audit_event SET hash = '{GENESIS}' WHERE seq = 2", 2, "altered"),
    "a row re-linked": (f"UPDATE audit_event SET previous = '{GENESIS}' WHERE seq = 5", 5, "does not follow"),
    "a row taken out": ("DELETE FROM audit_event WHERE seq = 3", 3, "missing"),
    "the first taken out": ("DELETE FROM audit_event WHERE seq = 1", 1, "missing"),
    "all renumbered": ("UPDATE audit_event SET seq = seq - 100", 1, "missing"),
    "a row put in": (
        f"INSERT INTO audit_event {COPY.replace('SELECT seq', 'SELECT seq + 2')} "
        "WHERE seq = (SELECT max(seq) FROM audit_event)",
        9,
        "missing",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_first_row_that_was_tampered_with_is_named(store: Store, name: str) -> None:
    statement, broken_at, problem = TAMPERINGS[name]
    phones(store, 1)
    rows = check(store).rows
    behind_the_triggers(store, statement)
    found = check(store)
    assert found.broken_at == (rows + 1 if name == "a row put in" else broken_at)
    assert problem in found.problem and str(found.broken_at) in found.problem


def test_a_row_rewritten_with_its_own_hash_is_found_at_the_row_after_it(sqlite_store: Store) -> None:
    phones(sqlite_store, 1)
    with sqlite_store.reading() as session:
        row = session.get(AuditEvent, 3)
        assert row is not None
        row.actor = "nobody"
        forged = row.digest()
    behind_the_triggers(sqlite_store, f"UPDATE audit_event SET actor = 'nobody', hash = '{forged}' WHERE seq = 3")
    assert check(sqlite_store).broken_at == 4


def test_an_empty_log_is_whole() -> None:
    assert verify([]) == ChainCheck(0, GENESIS)


def test_a_whole_log_is_told_by_its_length_and_its_last_hash(store: Store) -> None:
    phones(store, 1)
    with store.reading() as session:
        last = queries.audit(session, most=1)[0]
        assert verify_store(session) == ChainCheck(last.seq, last.hash)


# --- a piece at a time ---


@pytest.mark.parametrize("name", TAMPERINGS)
def test_in_pieces_of_any_size_the_same_is_found_as_in_one_walk(store: Store, name: str) -> None:
    phones(store, 1)
    whole = check(store)
    assert [one for size in range(1, whole.rows + 2) for one in _told(store, size)[-1:]] == [whole] * (whole.rows + 1)
    behind_the_triggers(store, TAMPERINGS[name][0])
    found = check(store)
    assert found.broken_at is not None
    for size in range(1, whole.rows + 2):
        assert _told(store, size)[-1] == found, size


def _told(store: Store, size: int) -> list[ChainCheck]:
    with store.reading() as session:
        return list(verify_in_pieces(session, size))


def test_each_piece_tells_how_far_it_came_and_the_last_that_nothing_comes_after(store: Store) -> None:
    phones(store, 1)
    rows = check(store).rows
    assert [one.rows for one in _told(store, 3)] == [*range(3, rows + 1, 3), rows]
    with store.reading() as session:
        assert newest(session) == rows
        assert verify_piece(session, NOT_BEGUN, rows + 1) == (check(store), False)


Row = dict[str, Any]


def _chain(length: int) -> list[Row]:
    rows = [
        {"seq": n, "at": "2026-11-20", "actor": "ines", "name": "x", "subject": "y", "data": "{}", "request_id": ""}
        for n in range(1, length + 1)
    ]
    return _linked(rows, 0)


def _linked(rows: list[Row], since: int) -> list[Row]:
    """The rows from this one on with hashes of their own, as somebody with the database's password could do it."""
    for n in range(since, len(rows)):
        rows[n]["previous"] = rows[n - 1]["hash"] if n else GENESIS
        rows[n]["hash"] = AuditEvent(**rows[n] | {"hash": ""}).digest()
    return rows


def _rehashed(rows: list[Row], n: int) -> list[Row]:
    rows[n]["actor"] = "nobody"
    rows[n]["hash"] = AuditEvent(**rows[n]).digest()
    return rows


FORGERIES: dict[str, Callable[[list[Row], int], list[Row]]] = {
    "an altered row": lambda rows, n: [row | {"actor": "nobody"} if at == n else row for at, row in enumerate(rows)],
    "an altered hash": lambda rows, n: [row | {"hash": GENESIS} if at == n else row for at, row in enumerate(rows)],
    "a row rewritten with its own hash": _rehashed,
    "a row re-linked": lambda rows, n: [
        row | {"previous": "f" * 64} if at == n else row for at, row in enumerate(rows)
    ],
    "a row taken out": lambda rows, n: rows[:n] + rows[n + 1 :],
    "the end cut off": lambda rows, n: rows[:n],
    "all renumbered": lambda rows, n: [row | {"seq": row["seq"] - n - 1} for row in rows],
    "one put in before the first": lambda rows, n: [rows[n] | {"seq": -n}, *rows],
    "one put in after a gap": lambda rows, n: [*rows, rows[n] | {"seq": len(rows) + 2}],
    "all computed anew from there": lambda rows, n: _linked(_rehashed(rows, n), n + 1),
}


@contextmanager
def _written(rows: list[Row]) -> Iterator[Session]:
    """A log of these rows and nothing else; no trigger guards it."""
    engine = create_engine("sqlite://")
    AuditEvent.metadata.create_all(engine, [AuditEvent.metadata.tables["audit_event"]])
    with Session(engine) as session:
        if rows:
            session.execute(insert(AuditEvent), rows)
        yield session
    engine.dispose()


@given(
    length=st.integers(1, 12),
    names=st.lists(st.sampled_from(sorted(FORGERIES)), max_size=3),
    size=st.integers(1, 14),
    seed=st.integers(0, 11),
)
def test_whatever_was_forged_pieces_find_it_where_one_walk_finds_it(
    length: int, names: list[str], size: int, seed: int
) -> None:
    rows = _chain(length)
    for name in names:
        rows = FORGERIES[name](rows, seed % len(rows)) if rows else rows
    numbers = {row["seq"]: row for row in rows}  # a table holds each number once
    with _written(list(numbers.values())) as session:
        assert list(verify_in_pieces(session, size))[-1] == verify_store(session)


@pytest.mark.parametrize("name", sorted({*FORGERIES} - {"one put in before the first", "one put in after a gap"}))
@pytest.mark.parametrize("length", [4, 7], ids=["at the end", "in the middle"])
def test_who_touches_the_row_that_a_check_stopped_at_is_found_when_it_goes_on(name: str, length: int) -> None:
    """Also where one walk would find a chain that is whole, because all after it was computed anew."""
    with _written(_chain(length)) as session:
        begun, goes_on = verify_piece(session, NOT_BEGUN, 4)
        assert goes_on and begun.rows == 4
    with _written(FORGERIES[name](_chain(length), 3)) as session:
        found, goes_on = verify_piece(session, begun, 4)
        assert (found.broken_at, goes_on) == (4, False) and "row 4" in found.problem


def test_rows_that_come_during_a_check_are_checked_too(store: Store) -> None:
    phones(store, 1)
    with store.reading() as session:
        begun, goes_on = verify_piece(session, NOT_BEGUN, newest(session))
        assert goes_on
    phones(store, 1, first=2)
    behind_the_triggers(store, f"UPDATE audit_event SET actor = 'nobody' WHERE seq = {begun.rows + 2}")
    with store.reading() as session:
        assert verify_piece(session, begun, 1000)[0] == verify_store(session)


def test_writers_at_the_same_time_keep_one_chain_and_folios_without_a_gap(database: str, store: Store) -> None:
    calls = [(database, [10 * writer + n for n in range(5)]) for writer in range(8)]
    answers = together(ask_for, calls)
    folios = sorted(folio for answer in answers for folio in answer)
    assert [folio[-5:] for folio in folios] == [f"{n:05d}" for n in range(1, 41)]
    found = check(store)
    assert found.broken_at is None and found.rows >= 40


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_event_says_its_sentence_in_both_languages_with_its_own_fields(name: str) -> None:
    event = CATALOGUE[name]
    fields = set(event.__dataclass_fields__) - {"before", "after", "reason"}
    for template in (event.says, event.says_en, event.about):
        assert {field for _, field, _, _ in Formatter().parse(template) if field} <= fields | {"actor"}


def test_an_event_this_version_does_not_know_is_still_shown() -> None:
    row = AuditEvent(actor="ines", name="letter.burnt", data="{}")
    assert row.sentence() == "ines: letter.burnt"
