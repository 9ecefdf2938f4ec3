"""Work owed to the outside is done at least once, by one worker at a time, and never forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import BACKOFF_MOST_SECONDS, Claim, Delivery
from netreg.store.transaction import Store
from tests.processes import carry_all, together

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
KINDS = ("push",)


def owe(store: Store, target: str = "palacio", at: datetime = NOW) -> None:
    with store.transaction("schedule") as tx:
        outbox.owe(tx.session, "push", target, at)


def claim(store: Store, worker: str = "w1", at: datetime = NOW) -> Claim | None:
    with store.transaction(worker) as tx:
        return outbox.claim(tx.session, worker, at, LEASE, KINDS)


def taken(store: Store, worker: str = "w1", at: datetime = NOW) -> Claim:
    claimed = claim(store, worker, at)
    assert claimed is not None
    return claimed


def finish(store: Store, mine: Claim, at: datetime = NOW) -> bool:
    with store.transaction(mine.worker) as tx:
        return outbox.finish(tx.session, mine, at)


def fail(store: Store, mine: Claim, at: datetime = NOW, *, permanent: bool = False, error: str = "no route") -> bool:
    with store.transaction(mine.worker) as tx:
        return outbox.fail(tx.session, mine, at, error, permanent=permanent, jitter=1)


def rows(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(row.target, row.state) for row in session.scalars(select(Delivery).order_by(Delivery.id))]


# --- one waiting, one running ---


def test_however_often_a_point_is_owed_a_push_one_row_waits(store: Store) -> None:
    for _ in range(5):
        owe(store)
    assert rows(store) == [("palacio", "waiting")]


def test_a_change_made_during_a_push_waits_for_the_next(store: Store) -> None:
    owe(store)
    mine = taken(store)
    owe(store)
    assert rows(store) == [("palacio", "running"), ("palacio", "waiting")]
    assert claim(store, "w2") is None, "two workers never stand on one point"
    assert finish(store, mine)
    assert taken(store, "w2").target == "palacio"


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_not_even_a_raw_statement_makes_a_second_row_of_a_kind(store: Store, state: str) -> None:
    insert = text(
        "INSERT INTO delivery (kind, target, state, created, due, attempts, error) "
        f"VALUES ('push', 'palacio', '{state}', '2026-01-01', '2026-01-01', 0, '')"
    )
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(insert)
        connection.execute(insert)


def test_points_are_carried_side_by_side_the_one_due_longest_first(store: Store) -> None:
    owe(store, "mercado", NOW)
    owe(store, "palacio", NOW - timedelta(minutes=1))
    assert [taken(store).target, taken(store, "w2").target, claim(store, "w3")] == ["palacio", "mercado", None]


def test_a_delivery_is_not_taken_before_it_is_due_and_a_new_order_makes_it_due(store: Store) -> None:
    owe(store, at=NOW + timedelta(minutes=5))
    assert claim(store) is None
    owe(store)
    assert claim(store) is not None


def test_a_worker_takes_only_its_kinds(store: Store) -> None:
    owe(store)
    with store.transaction("w") as tx:
        assert outbox.claim(tx.session, "w", NOW, LEASE, ("mail",)) is None
    with store.reading() as session:
        assert outbox.is_due(session, NOW, KINDS) and not outbox.is_due(session, NOW, ("mail",))


# --- leases ---


def test_a_worker_that_died_gives_its_work_back_when_its_lease_runs_out(store: Store) -> None:
    owe(store)
    taken(store)
    assert claim(store, "w2", NOW + LEASE) is None
    second = taken(store, "w2", NOW + LEASE + timedelta(seconds=1))
    assert (second.worker, second.attempt) == ("w2", 2)
    assert rows(store) == [("palacio", "running")]


def test_a_worker_that_lost_its_lease_can_neither_finish_nor_fail_nor_extend(store: Store) -> None:
    owe(store)
    lost = taken(store)
    later = NOW + LEASE + timedelta(seconds=1)
    current = taken(store, "w2", later)
    assert not finish(store, lost, later)
    assert not fail(store, lost, later)
    with store.transaction("w1") as tx:
        assert not outbox.extend(tx.session, lost, later + LEASE)
    assert finish(store, current, later)


def test_a_worker_that_lost_its_lease_to_itself_cannot_finish_the_first_try(store: Store) -> None:
    owe(store)
    first = taken(store)
    later = NOW + LEASE + timedelta(seconds=1)
    second = taken(store, "w1", later)
    assert not finish(store, first, later) and finish(store, second, later)


def test_an_extended_lease_is_kept_and_a_finished_one_cannot_be_extended(store: Store) -> None:
    owe(store)
    mine = taken(store)
    with store.transaction("w1") as tx:
        assert outbox.extend(tx.session, mine, NOW + 3 * LEASE)
    assert claim(store, "w2", NOW + 2 * LEASE) is None
    assert finish(store, mine)
    with store.transaction("w1") as tx:
        assert not outbox.extend(tx.session, mine, NOW + 3 * LEASE)


def test_work_given_back_ends_where_a_newer_order_waits_already(store: Store) -> None:
    owe(store)
    taken(store)
    owe(store)
    later = NOW + LEASE + timedelta(seconds=1)
    assert taken(store, "w2", later).attempt == 1
    assert rows(store) == [("palacio", "done"), ("palacio", "running")]


# --- failures ---


def test_a_failure_waits_again_and_longer_each_time(store: Store) -> None:
    owe(store)
    moment, pauses = NOW, []
    for _ in range(4):
        mine = taken(store, at=moment)
        assert fail(store, mine, moment)
        with store.reading() as session:
            due = session.scalars(select(Delivery)).one().due
        pauses.append((due - moment).total_seconds())
        moment = due
    assert pauses == [2, 4, 8, 16]


def test_a_permanent_failure_stops_until_somebody_orders_anew(store: Store) -> None:
    owe(store)
    assert fail(store, taken(store), permanent=True, error="the host key changed")
    assert claim(store, at=NOW + timedelta(days=9)) is None
    owe(store)
    assert rows(store) == [("palacio", "failed"), ("palacio", "waiting")]
    assert taken(store).attempt == 1


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_pause_grows_is_capped_and_is_never_nothing(attempts: int, jitter: float) -> None:
    pause = outbox.backoff(attempts, jitter)
    assert timedelta(seconds=1) <= pause <= timedelta(seconds=BACKOFF_MOST_SECONDS)
    assert pause <= outbox.backoff(attempts + 1, jitter)
    assert outbox.backoff(attempts, 0) <= pause <= outbox.backoff(attempts, 1)


def test_the_spread_lies_between_nothing_and_all() -> None:
    assert 0 <= outbox.spread() <= 1


# --- several workers ---


def test_workers_that_claim_two_hundred_deliveries_carry_each_once(database: str, store: Store) -> None:
    with store.transaction("schedule") as tx:
        for number in range(200):
            outbox.owe(tx.session, "push", f"p{number}", now())
    answers = together(carry_all, [(database, "w1"), (database, "w2"), (database, "w3")])
    carried = sorted(number for answer in answers for number in answer)
    assert len(carried) == 200 and len(set(carried)) == 200
    assert {state for _, state in rows(store)} == {"done"}


@pytest.mark.postgres
def test_work_that_a_change_relies_on_is_not_taken_before_the_change_is_stored(postgres_store: Store) -> None:
    """Or the worker would look at the old state, and nothing would wait for the new one."""
    owe(postgres_store)
    with postgres_store.transaction("ines") as change:
        outbox.owe(change.session, "push", "palacio", NOW)
        assert claim(postgres_store) is None
    assert claim(postgres_store) is not None


@pytest.mark.postgres
def test_a_lease_that_ran_out_is_taken_back_by_one_worker(postgres_store: Store) -> None:
    owe(postgres_store)
    taken(postgres_store)
    later = NOW + LEASE + timedelta(seconds=1)
    with postgres_store.transaction("w2") as tx:
        assert outbox.claim(tx.session, "w2", later, LEASE, KINDS) is not None
        assert claim(postgres_store, "w3", later) is None
    assert claim(postgres_store, "w3", later) is None
