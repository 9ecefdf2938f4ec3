"""Many processes that do something at the same instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from threading import Barrier
from typing import Any

from sqlalchemy import make_url

from netreg.errors import NetregError
from netreg.opening import open_store, react
from netreg.procedures.asking import submit
from netreg.procedures.device_access import put_through
from netreg.procedures.tickets import answer
from netreg.registry import queries
from netreg.registry.deciding import approve
from netreg.store import outbox
from netreg.store.base import make_engine, now
from netreg.store.counters import Counters
from netreg.store.transaction import Store
from netreg.store.upgrade import current
from tests.people import ANA, INES, SOFIA, phone

# Loaded once, in the server from which the children fork: it holds no connection and no thread. Each child runs the
# main script's imports again, and that script is pytest's. What is imported late would take each of them longer than
# what it is to do: 300 modules of holidays, and the driver.
PRELOAD = ["pytest", "tests.processes", "holidays.countries", "psycopg"]
# Seconds, at the barrier, for the database's lock and for a connection: who asks who wins must not time one out.
PATIENCE = 100

_barrier: Barrier


def together(work: Callable[..., Any], calls: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Call `work` once for each tuple of arguments, each in its own process, all released at once.

    Returns the answers in order; an error of ours is answered by its code, any other by its repr. `work` is one of
    the functions below, which every child has at hand.
    """
    calls = list(calls)
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    barrier = context.Barrier(len(calls))
    with ProcessPoolExecutor(len(calls), context, _meet_at, (barrier,)) as pool:
        return list(pool.map(_call, [work] * len(calls), calls))


def _meet_at(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _call(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    _barrier.wait(PATIENCE)
    try:
        return work(*arguments)
    except NetregError as error:
        return error.code
    except Exception as error:
        return repr(error)


# --- what they do; each has its own connections ---


@contextmanager
def connected(url: str, connections: int = 40) -> Iterator[Store]:
    engine = make_engine(url, connections, lock_wait=PATIENCE)
    engine.pool._timeout = PATIENCE  # who waits for a connection that the others of the process use waits as long
    store = Store(engine, react)
    try:
        yield store
    finally:
        store.engine.dispose()


def decide(url: str, device: int) -> str:
    """Inés approves one device."""
    with connected(url) as store:
        return approve(store, INES.email, device)


def ask_for(url: str, numbers: list[int], once: str = "") -> list[str]:
    """Ana sends one request for each phone, in transactions of their own; the folios."""
    with connected(url) as store:
        return [_send(store, number, once) for number in numbers]


def _send(store: Store, number: int, once: str) -> str:
    with store.transaction(ANA.email) as tx:
        area = queries.area(tx.session, "OBRAS")
        wanted = [phone(number)]
        ticket = submit(tx, area, None, "Obra", wanted, once=once)
        return (ticket if ticket.folio else put_through(tx, ticket)).reference


def receive_all(url: str, references: list[str]) -> list[str]:
    """The desk stamps these requests, all at the same moment and each in a transaction of its own; the folios."""
    # PostgreSQL takes a hundred connections as it comes: the desks of one process share some.
    with connected(url, 10) as store, ThreadPoolExecutor(len(references)) as desks:
        return list(desks.map(lambda reference: _stamp(store, reference), references))


def _stamp(store: Store, reference: str) -> str:
    with store.transaction(SOFIA.email) as tx:
        ticket, person = queries.ticket(tx.session, reference), queries.person(tx.session, SOFIA.email)
        return answer(tx, ticket, person, values={"paper": True}).reference


def carry_all(url: str, worker: str) -> list[int]:
    """A worker claims and finishes until nothing is due; the numbers of the deliveries it carried."""
    carried = []
    with connected(url) as store:
        while True:
            with store.reading() as session:
                if not outbox.is_due(session, now(), ("push",)):
                    return carried
            with store.transaction(worker) as tx:
                claim = outbox.claim(tx.session, worker, now(), timedelta(minutes=1), ("push",))
            if claim is not None:
                carried.append(claim.id)
                with store.transaction(worker) as tx:
                    assert outbox.finish(tx.session, claim, now())


def try_door(url: str, key: str, times: int) -> list[int]:
    """Count so many tries; how many there were after each."""
    counters = Counters(make_url(url))
    try:
        return [counters.hit(key, timedelta(minutes=5)) for _ in range(times)]
    finally:
        counters.close()


def move_into(url: str) -> str | None:
    """Open an installation, whatever state it is in; the revision it is at then."""
    store = open_store(url)
    try:
        return current(store.engine)
    finally:
        store.engine.dispose()
