"""Rows, audit events and deliveries are stored together or not at all, and an error says what to do."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from netreg.errors import InvalidValue, NetregError, StoreBusy, StoreFull
from netreg.registry import allowlists, queries
from netreg.registry.commands import people, points
from netreg.registry.models import Area, Person, Point, QuotaUnit
from netreg.store.audit import AuditEvent
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store, Transaction, UnrecordedChange
from tests.databases import opened
from tests.people import ACTOR, ANA, INES, ask, phone, phones


def counts(store: Store) -> tuple[int, int, int]:
    """How many areas, audit events and deliveries there are."""
    with store.reading() as session:
        return tuple(len(session.scalars(select(table)).all()) for table in (Area, AuditEvent, Delivery))  # type: ignore[return-value]


def add_point(store: Store, name: str = "palacio") -> None:
    with store.transaction(ACTOR) as tx:
        points.add_point(tx, name, "linux-nftables", "192.0.2.1", 22, "netreg", "key", {})


def ana_name(store: Store) -> str:
    with store.reading() as session:
        person = queries.person(session, ANA.email)
        assert person is not None
        return person.name


# --- a change needs an event ---


def by_object(tx: Transaction) -> None:
    tx.session.scalars(select(Person)).all()[0].name = "Otra"


def by_new_object(tx: Transaction) -> None:
    tx.session.add(QuotaUnit(code="NUEVA"))


def by_orm_statement(tx: Transaction) -> None:
    tx.session.execute(update(Person).values(name="Otra"))


def by_orm_insert(tx: Transaction) -> None:
    tx.session.execute(insert(QuotaUnit), [{"code": "NUEVA"}])


def by_orm_deletion(tx: Transaction) -> None:
    tx.session.execute(delete(Person).where(Person.name == "nadie"))


def by_core_statement(tx: Transaction) -> None:
    tx.session.execute(Person.__table__.update().values(name="Otra"))


def by_raw_statement(tx: Transaction) -> None:
    tx.session.execute(text("UPDATE person SET name = 'Otra'"))


def by_association(tx: Transaction) -> None:
    tx.session.scalars(select(Person)).all()[0].roles = []


CHANGES = (
    by_object, by_new_object, by_orm_statement, by_orm_insert, by_orm_deletion, by_core_statement, by_raw_statement,
    by_association,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_no_event_explains_is_not_stored(sqlite_store: Store, change: object) -> None:
    with pytest.raises(UnrecordedChange), sqlite_store.transaction(ACTOR) as tx:
        change(tx)  # type: ignore[operator]
    assert ana_name(sqlite_store) == ANA.name
    with sqlite_store.reading() as session:
        assert session.scalar(select(QuotaUnit).where(QuotaUnit.code == "NUEVA")) is None


def test_the_refusal_of_an_unexplained_change_names_the_table(sqlite_store: Store) -> None:
    with pytest.raises(UnrecordedChange, match=r"changed person .* nothing was stored"):  # noqa: SIM117
        with sqlite_store.transaction(ACTOR) as tx:
            by_core_statement(tx)


def test_bookkeeping_needs_no_event(store: Store) -> None:
    add_point(store)
    with store.transaction(ACTOR) as tx:
        queries.point(tx.session, "palacio").tried_at = None
        tx.session.execute(update(Delivery).values(error=""))


def test_a_transaction_that_only_reads_needs_no_event(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        tx.session.execute(text("SELECT 1"))
        queries.areas(tx.session)


def test_what_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    with store.reading() as session:
        person = queries.person(session, ANA.email)
        assert person is not None
        person.name = "Otra"
        session.flush()
    assert ana_name(store) == ANA.name


# --- together, or not at all ---


def test_an_approval_stores_its_rows_its_event_and_a_push_for_every_point(store: Store) -> None:
    add_point(store)
    add_point(store, "mercado")
    phones(store, 1)
    with store.reading() as session:
        assert [event.name for event in queries.audit(session, most=2)] == ["request.moved", "device.approved"]
        owed = session.execute(select(Delivery.kind, Delivery.target, Delivery.state).order_by(Delivery.target)).all()
        assert [tuple(row) for row in owed] == [("push", "mercado", "waiting"), ("push", "palacio", "waiting")]
        assert len(allowlists.desired(session)) == 1


def test_an_error_after_the_event_takes_rows_event_and_deliveries_back(store: Store) -> None:
    add_point(store)
    before = counts(store)
    with pytest.raises(ZeroDivisionError), store.transaction(ACTOR) as tx:
        people.add_area(tx, "NUEVA", "Nueva")
        points.ask_push(tx, queries.point(tx.session, "palacio"))
        raise ZeroDivisionError
    assert counts(store) == before


def test_a_second_row_that_fails_takes_the_first_with_it(store: Store) -> None:
    before = counts(store)
    with pytest.raises(IntegrityError), store.transaction(ACTOR) as tx:
        people.add_area(tx, "NUEVA", "Nueva")
        tx.session.add(QuotaUnit(code="NUEVA"))
    assert counts(store) == before


def test_a_request_with_one_bad_device_stores_nothing_and_uses_no_folio(store: Store) -> None:
    before = counts(store)
    with pytest.raises(InvalidValue) as refused:
        ask(store, phone(1), replace(phone(2), mac="nonsense"))
    assert refused.value.field == "mac"
    assert counts(store) == before


def test_events_carry_who_when_and_the_request_they_belong_to(store: Store) -> None:
    phones(store, 1)
    with store.reading() as session:
        row = next(row for row in queries.audit(session) if row.name == "device.approved")
        assert (row.actor, row.facts["before"], row.facts["after"]["state"]) == (
            INES.email, {"state": "requested"}, "pushing",
        )  # fmt: skip
        assert row.when.tzinfo is not None and row.request_id


# --- a locked database, a full disk ---


@pytest.fixture
def hurried(database: str):  # type: ignore[no-untyped-def]
    """A store that does not wait long for its turn."""
    with opened(database, lock_wait=0.2) as store:
        yield store


def test_a_locked_database_says_so_and_stores_nothing(database: str, hurried: Store) -> None:
    with opened(database) as other, other.transaction(ACTOR) as slow:
        people.add_area(slow, "LENTA", "Lenta")
        with pytest.raises(StoreBusy) as busy, hurried.transaction(ACTOR) as tx:
            people.add_area(tx, "NUEVA", "Nueva")
    assert_helps(busy.value)
    with hurried.reading() as session:
        assert [area.code for area in queries.areas(session) if area.code in ("LENTA", "NUEVA")] == ["LENTA"]


def test_a_reader_is_not_kept_waiting_by_a_writer(database: str, hurried: Store) -> None:
    with opened(database) as other, other.transaction(ACTOR) as slow:
        people.add_area(slow, "LENTA", "Lenta")
        with hurried.reading() as session:
            assert "LENTA" not in [area.code for area in queries.areas(session)]


def test_a_full_disk_says_so_stores_nothing_and_works_again_with_space(sqlite_store: Store) -> None:
    def fill(dbapi: object, _record: object, _proxy: object) -> None:
        pages = dbapi.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        dbapi.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    event.listen(sqlite_store.engine, "checkout", fill)
    before = counts(sqlite_store)
    with pytest.raises(StoreFull) as full, sqlite_store.transaction(ACTOR) as tx:
        for number in range(200):
            people.add_area(tx, f"A{number}", "Una muy larga " * 8 + str(number))
    assert_helps(full.value)
    assert counts(sqlite_store) == before
    event.remove(sqlite_store.engine, "checkout", fill)
    sqlite_store.engine.dispose()
    add_point(sqlite_store)
    assert counts(sqlite_store)[1] == before[1] + 1


def assert_helps(error: NetregError) -> None:
    """It says in both languages that nothing was stored, and what to do next."""
    assert "no se guardó nada" in error.text("es") and "nothing was stored" in error.text("en")  # type: ignore[attr-defined]
    assert error.hint and error.hint_en  # type: ignore[attr-defined]


@pytest.mark.postgres
def test_two_transactions_that_wait_for_each_other_end_in_a_busy_store(postgres_store: Store) -> None:
    first_holds, second_holds = threading.Event(), threading.Event()
    outcome: list[str] = []

    def change(mine: str, theirs: str, i_hold: threading.Event, they_hold: threading.Event) -> None:
        try:
            with postgres_store.transaction(ACTOR) as tx:
                tx.session.execute(text(f"SELECT 1 FROM area WHERE code = '{mine}' FOR UPDATE"))
                i_hold.set()
                they_hold.wait(10)
                tx.session.execute(text(f"SELECT 1 FROM area WHERE code = '{theirs}' FOR UPDATE"))
            outcome.append("done")
        except StoreBusy as busy:
            outcome.append(busy.code)

    calls = (("OBRAS", "DIF", first_holds, second_holds), ("DIF", "OBRAS", second_holds, first_holds))
    threads = [threading.Thread(target=change, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == ["done", "store_busy"]


def test_an_instant_without_a_time_zone_is_refused(store: Store) -> None:
    add_point(store)
    with pytest.raises(StatementError, match="time zone"), store.transaction(ACTOR) as tx:
        tx.session.execute(update(Point).values(tried_at=datetime(2026, 1, 1)))
