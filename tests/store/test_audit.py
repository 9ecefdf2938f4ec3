"""The audit log takes new rows and nothing else, and whoever changes one behind its back is found."""

from __future__ import annotations

from string import Formatter

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from netreg.events import CATALOGUE
from netreg.registry import queries
from netreg.store.audit import GENESIS, AuditEvent, ChainCheck, verify, verify_store
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
