"""Several workers on one PostgreSQL: whatever dies, and whatever becomes of jobs, every order is carried, by one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from agents import jobs
from agents.post import Post
from agents.worker import Worker
from netreg.store import leading, outbox, summons
from netreg.store.base import now
from netreg.store.leading import TIMETABLE, while_leading
from netreg.store.outbox import DONE, Claim, Delivery
from netreg.store.transaction import Store, Transaction
from tests.agents.several import Process, pretending, said
from tests.databases import furnished_database, opened
from tests.lab.firewall import wait_until

pytestmark = pytest.mark.postgres
POINTS, WORKERS = 250, 4
FOR_EVER, MOST_SECONDS = 3600.0, 100.0
# The session that holds the lock ends, as when its machine or its cable does.
LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with furnished_database("postgres", tmp_path) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with opened(url) as store:
        yield store


@contextmanager
def working(store: Store, folder: Path) -> Iterator[None]:
    """A worker in a thread of this process."""
    with running(pretending(store, folder), "one"):
        yield


@contextmanager
def running(worker: Worker, name: str) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stopping,), name=name)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


def owe(store: Store, *points: str, jobs: bool = True) -> None:
    with store.transaction("schedule") as tx:
        for point in points:
            outbox.owe(tx.session, "push", point, now())
        if not jobs:
            tx.session.info.clear()


def states(store: Store) -> dict[str, int]:
    with store.reading() as session:
        rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        return {state: count for state, count in rows}


def waiting_jobs(store: Store) -> int:
    with store.reading() as session:
        return int(session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0)


def spoil(store: Store, statement: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(statement))


# --- the jobs -------------------------------------------------------------------------------------------------------


def test_an_order_and_its_job_are_stored_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction("schedule") as tx:
        outbox.owe(tx.session, "push", "palacio", now())
        summons.send(tx.session)
        raise RuntimeError
    assert waiting_jobs(store) == 0 and states(store) == {}
    owe(store, "palacio", "patio")
    assert waiting_jobs(store) == 2


def test_a_job_alone_brings_a_worker_to_its_delivery(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", FOR_EVER)
    with working(store, tmp_path):
        owe(store, *(f"p{number}" for number in range(20)))
        wait_until(lambda: states(store) == {DONE: 20}, "the jobs to be taken")
        wait_until(lambda: waiting_jobs(store) == 0, "jobs that are done to be deleted")


def test_an_order_made_while_its_point_is_pushed_to_is_called_for_at_the_end(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", FOR_EVER)
    worker = pretending(store, tmp_path)
    owe(store, "palacio")
    first = worker.claim()
    assert first is not None
    owe(store, "palacio")
    spoil(store, "DELETE FROM procrastinate_jobs")
    worker.carry(first)
    assert waiting_jobs(store) == 1
    with working(store, tmp_path):
        wait_until(lambda: states(store) == {DONE: 2}, "the order that waited")


def test_what_no_job_speaks_of_is_found_all_the_same(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.2)
    owe(store, "palacio", "patio", jobs=False)
    assert waiting_jobs(store) == 0
    with working(store, tmp_path):
        wait_until(lambda: states(store) == {DONE: 2}, "the look that nobody called for")


def test_without_jobs_at_all_the_work_is_done(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody dropped what Procrastinate needs to fetch one: the orders are stored, and carried by looking."""
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(jobs, "AGAIN_SECONDS", 0.2)
    spoil(store, "ALTER FUNCTION procrastinate_fetch_job_v2 RENAME TO somewhere_else")
    with working(store, tmp_path):
        owe(store, "palacio")
        wait_until(lambda: states(store) == {DONE: 1}, "the delivery")


def test_whoever_owes_the_same_at_the_same_moment_waits_for_the_other_and_one_row_waits(store: Store) -> None:
    begun = threading.Event()

    def other() -> None:
        begun.set()
        owe(store, "palacio")

    with store.transaction("schedule") as tx:
        outbox.owe(tx.session, "push", "palacio", now())
        thread = threading.Thread(target=other)
        thread.start()
        assert begun.wait(10)
        wait_until(lambda: blocked(store), "the other to wait for us")
    thread.join(20)
    assert not thread.is_alive() and states(store) == {"waiting": 1}


def test_work_that_failed_while_the_same_is_owed_anew_leaves_one_that_waits(store: Store, tmp_path: Path) -> None:
    owe(store, "palacio")
    claim = pretending(store, tmp_path).claim()
    assert claim is not None

    def fails() -> None:
        with store.transaction("agent:push") as tx:
            outbox.fail(tx.session, claim, now(), "no route", permanent=False, jitter=0)

    with store.transaction("schedule") as tx:
        outbox.owe(tx.session, "push", "palacio", now())
        thread = threading.Thread(target=fails)
        thread.start()
        wait_until(lambda: blocked(store), "the failure to wait for the order")
    thread.join(20)
    assert not thread.is_alive() and states(store) == {"waiting": 1, DONE: 1}


def blocked(store: Store) -> bool:
    """Whether somebody waits for another's transaction."""
    with store.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


# --- several workers ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_four_workers_one_of_them_killed_carry_every_order_and_never_meet_at_a_point(
    url: str, store: Store, tmp_path: Path
) -> None:
    """Orders come while others are carried, jobs are lost and repeated, and a worker dies on a point."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    names = [f"p{number}" for number in range(POINTS)]
    last: dict[str, datetime] = {}

    def order(*points: str) -> None:
        last.update(dict.fromkeys(points, now()))
        owe(store, *points)

    with ExitStack() as stack:
        workers = [stack.enter_context(Process(url, tmp_path)) for _ in range(WORKERS)]
        patiently(lambda: len(said(tmp_path)) == WORKERS)
        order(*names)
        for _ in range(20):
            order(*chance.sample(names, 5))
            spoil(store, "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND id % 3 = 0")
            spoil(store, "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                         "SELECT queue_name, task_name, args FROM procrastinate_jobs WHERE id % 5 = 0")  # fmt: skip
        victim = chance.choice(workers)

        def falls() -> bool:
            if not pending(store):
                order(*names)  # the others were too quick
            return caught(tmp_path, victim)

        patiently(falls)
        victim.kill()
        order(*chance.sample(names, 50))
        patiently(lambda: not pending(store))
        assert [one.stop() for one in workers if one is not victim] == [0, 0, 0]
    lines = said(tmp_path)
    assert [line for line in lines if line[0] == "met"] == []
    assert states(store).keys() == {DONE}
    assert all(began(lines, point) >= moment for point, moment in last.items()), "an order was forgotten"
    finished = [line[2] for line in lines if line[0] == "done"]
    assert len(finished) == len(set(finished)), "a delivery was carried to its end twice"


def patiently(condition: Callable[[], bool]) -> None:
    """Wait for what takes the longer the busier the machine is."""
    end = time.monotonic() + MOST_SECONDS
    while not condition():
        assert time.monotonic() < end, f"not within {MOST_SECONDS:g} s"
        time.sleep(0.02)


def caught(folder: Path, worker: Process) -> bool:
    """Hold the worker still on a point; False, and it goes on, if it stands on none."""
    worker.freeze()
    own = [line[0] for line in said(folder) if line[3] == str(worker.pid)]
    if own.count("began") == own.count("done"):
        worker.thaw()
        return False
    return True


def pending(store: Store) -> int:
    return sum(count for state, count in states(store).items() if state != DONE)


def began(lines: list[list[str]], point: str) -> datetime:
    """When the last push to this point began: it saw whatever was ordered before."""
    return max(datetime.fromisoformat(line[4]) for line in lines if line[:2] == ["began", point])


class Courier(Post):
    """Carries messages to a list."""

    kinds = ("letter",)

    def __init__(self, store: Store, sent: list[str], carried: list[str]) -> None:
        super().__init__(store, 1000)
        self._list, self._carried = sent, carried

    def _send(self, claim: Claim) -> str:
        self._carried.append(claim.target)
        if len(self._carried) > 1:
            self._list.append("met")
        time.sleep(0.02)
        self._list.append(claim.target)
        self._carried.remove(claim.target)
        return ""

    def _sent(self, tx: Transaction, claim: Claim) -> None:
        pass


def test_messages_go_out_one_at_a_time_and_in_their_order_whichever_worker_has_them(
    url: str, store: Store, tmp_path: Path
) -> None:
    sent: list[str] = []
    carried: list[str] = []
    letters = [f"{number:03}" for number in range(40)]
    for letter in letters:
        with store.transaction("schedule") as tx:
            outbox.owe(tx.session, "letter", letter, now())
    with ExitStack() as stack:
        for number in range(3):
            other = stack.enter_context(opened(url))
            worker = pretending(other, tmp_path)
            post = Courier(other, sent, carried)
            worker._posts.append(post)
            worker._handlers["letter"] = post.carry
            stack.enter_context(running(worker, f"w{number}"))
        patiently(lambda: not pending(store))
    assert sent == letters


# --- one leader -----------------------------------------------------------------------------------------------------


def test_whoever_loses_the_session_that_holds_the_lock_leads_no_longer_and_another_does(
    url: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "ASK_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(leading, "CHECK_SECONDS", 0.1)
    terms: list[int] = []
    leads = [False, False]

    def lead(number: int, over: threading.Event) -> None:
        terms.append(number)
        leads[number] = True
        over.wait()
        leads[number] = False

    stopping = threading.Event()
    with opened(url) as other:
        threads = [
            threading.Thread(
                target=while_leading, args=(TIMETABLE, one, tmp_path, stopping, lambda over, n=n: lead(n, over))
            )
            for n, one in enumerate((store, other))
        ]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: any(leads), "somebody to lead")
            for term in range(2, 5):
                assert sum(leads) <= 1
                spoil(store, LEAVE)
                wait_until(lambda term=term: len(terms) >= term and sum(leads) == 1, "the next to lead")
        finally:
            stopping.set()
            for thread in threads:
                thread.join(10)
    assert not any(leads)
