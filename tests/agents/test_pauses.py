"""The worker before points that are down: one try for each pause, nobody else waits, what is due follows at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine

from agents import push, tables
from agents.channels import Limits
from agents.push import Order, PushResult
from agents.schedule import owe_looks, owe_reconcile
from agents.ssh import Target
from agents.worker import Worker
from netreg import config
from netreg.allowlist import Allowlist
from netreg.enforcement.breaker import Breaker
from netreg.enforcement.plan import Drift, Plan
from netreg.errors import Unreachable
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.agents.test_worker import add_point, working
from tests.agents.town import Town
from tests.databases import asked, database, store
from tests.lab.firewall import wait_until

__all__ = ["database", "store"]

# No pause ends by itself while a test runs, however slow the machine.
SETTINGS = config.Settings(push=config.Push(pause_seconds=3600, pause_most_minutes=1440))
ORDERS = 20
# What asks for everybody who is let in.
_LIST = "FROM interface JOIN authorisation"


class Net:
    """The points by name: those that are `away` are not reached, those that `hang` are not until they are let go."""

    limits = Limits()

    def __init__(self, *away: str) -> None:
        self.away, self.hang = set(away), threading.Event()
        self.hang.set()
        self.tries = Counter[str]()

    @contextmanager
    def use(self, target: Target) -> Iterator[Line]:
        self.tries[target.name] += 1
        yield Line(self, target.name)

    def close(self) -> None: ...

    def read(self, _sessions: object, target: Target, _again: float) -> list[tables.Told]:
        with self.use(target) as line:
            line.connect()
            return []

    def reconcile(self, _line: Line, order: Order, **_listeners: object) -> PushResult:
        plan = Plan.between(Allowlist(), order.desired)
        return PushResult(Allowlist(), order.desired, plan, Drift(), order.desired.checksum, 0.1, ("read",))


@dataclass(frozen=True)
class Line:
    """The way to one point of this net."""

    net: Net
    name: str

    def connect(self) -> None:
        if self.name in self.net.away:
            self.net.hang.wait(20)
            raise Unreachable(self.name, "no connection")


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    """Both points are up, and nobody listens to what a push says."""
    net = Net()
    monkeypatch.setattr(push, "reconcile_over", net.reconcile)
    monkeypatch.setattr(tables, "read", net.read)
    return net


def worker(store: Store, net: Net, **settings: int) -> Worker:
    chosen = SETTINGS.model_copy(update={"push": SETTINGS.push.model_copy(update=settings)})
    return Worker(store, chosen, net)  # type: ignore[arg-type]


def work(one: Worker) -> None:
    while one.run_once():
        pass


def pause(store: Store, net: Net, one: Worker, name: str = "palacio") -> None:
    """The point is away until it is left alone; every other point is in order."""
    net.away.add(name)
    for _ in range(SETTINGS.push.pause_after):
        owe_reconcile(store)
        work(one)
    assert list(resting(store)) == [name]
    net.tries.clear()


def resting(store: Store) -> dict[str, Breaker]:
    with store.reading() as session:
        return queries.breakers(session)


@contextmanager
def after_the_pause(store: Store, name: str = "palacio") -> Iterator[None]:
    moment = resting(store)[name].retry_at
    assert moment is not None and moment > now()
    with time_machine.travel(moment + timedelta(milliseconds=1)):
        yield


def status(store: Store, name: str = "palacio") -> str:
    with store.reading() as session:
        return queries.point(session, name).status


def test_no_order_tries_a_paused_point_and_the_other_points_go_on(store: Store, net: Net) -> None:
    for name in ("bodega", "palacio"):
        add_point(store, name)
    one = worker(store, net)
    pause(store, net, one)
    for _ in range(ORDERS):
        owe_reconcile(store)
        owe_looks(store, SETTINGS)
        work(one)
    assert net.tries["palacio"] == 0 and net.tries["bodega"] >= ORDERS
    assert status(store, "bodega") == "verified"


def test_no_list_is_worked_out_for_a_point_that_is_away(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    net.away.add("palacio")
    with asked(store) as statements:
        work(worker(store, net))
    assert net.tries["palacio"] == 1 and not any(_LIST in one for one, _values in statements)
    net.away.clear()
    with time_machine.travel(now() + timedelta(hours=1)), asked(store) as statements:
        work(worker(store, net))
    assert status(store) == "verified" and any(_LIST in one for one, _values in statements)


def test_after_the_pause_one_push_tries_alone_and_a_failure_makes_the_next_pause_longer(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    one, other = worker(store, net), worker(store, net)
    pause(store, net, one)
    before = SETTINGS.push.pause_seconds
    for _ in range(3):
        with after_the_pause(store):
            owe_looks(store, SETTINGS)
            owe_reconcile(store)
            claim = one.claim()
            assert claim is not None and claim.kind == "push"
            assert other.claim() is None, "neither another push nor a look tries meanwhile"
            one.carry(claim)
            work(other)
            rest = resting(store)["palacio"].retry_at
            assert rest is not None and rest - now() >= timedelta(seconds=before)
            before *= 2
    assert net.tries["palacio"] == 3


def test_the_pause_outlives_the_worker_and_holds_for_every_other(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    pause(store, net, worker(store, net))
    owe_reconcile(store)
    work(worker(store, net))
    assert net.tries["palacio"] == 0


def test_a_point_that_answers_after_its_pause_catches_up_at_once(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    one = worker(store, net)
    pause(store, net, one)
    net.away.clear()
    owe_reconcile(store)
    assert not one.run_once() and status(store) == "failing"
    with after_the_pause(store):
        assert one.run_once() and status(store) == "verified" and not resting(store)
        owe_looks(store, SETTINGS)
        assert one.claim() is not None, "looks go on too"


def test_a_person_who_asks_for_a_push_is_not_told_to_wait(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    one = worker(store, net)
    pause(store, net, one)
    with store.transaction("ines") as tx:
        points.ask_push(tx, queries.point(tx.session, "palacio"))
    assert one.run_once() and net.tries["palacio"] == 1
    owe_reconcile(store)
    assert not one.run_once(), "it failed again, and rests for longer"


def test_a_point_that_cannot_even_be_read_is_paused_and_the_push_that_tries_it_is_owed(store: Store, net: Net) -> None:
    add_point(store, "palacio")
    one = worker(store, net)
    work(one)
    net.away.add("palacio")
    for _ in range(SETTINGS.push.pause_after):
        owe_looks(store, SETTINGS)
        work(one)
    assert net.tries["palacio"] == 1 + SETTINGS.push.pause_after
    net.away.clear()
    with after_the_pause(store):
        assert one.run_once() and not resting(store)


def test_a_dead_point_takes_one_place_once_for_each_pause_and_delays_no_other(store: Store, net: Net) -> None:
    for name in ("bodega", "palacio"):
        add_point(store, name)
    one = worker(store, net, parallel=2)
    pause(store, net, one)
    net.hang.clear()
    with after_the_pause(store), working(one):
        wait_until(lambda: net.tries["palacio"] == 1, "the try after the pause")
        for _ in range(ORDERS):
            seen = net.tries["bodega"]
            owe_reconcile(store)
            owe_looks(store, SETTINGS)
            wait_until(lambda seen=seen: net.tries["bodega"] > seen, "the other point")  # type: ignore[misc]
        assert net.tries["palacio"] == 1
        net.hang.set()
        wait_until(lambda: resting(store)["palacio"].failures == SETTINGS.push.pause_after + 1, "the failure")
        for _ in range(ORDERS):
            owe_reconcile(store)
        assert net.tries["palacio"] == 1


def test_a_real_point_that_was_down_catches_up_with_what_was_decided_meanwhile(simulated_town: Town) -> None:
    town = simulated_town
    town.worker.settings = town.place.settings.model_copy(update={"push": SETTINGS.push})
    town.add_printer()
    town.work()
    town.check_verified()
    town.lab.stop_sshd()
    town.worker.sessions.close()
    for _ in range(SETTINGS.push.pause_after):
        town.replace_printer()
        town.work()
    assert town.status() == ("failing", "unreachable") and resting(town.store)
    town.lab.start_sshd()
    town.replace_printer()
    town.work()
    assert town.let_in() != town.wanted(), "it rests"
    with after_the_pause(town.store):
        town.work()
        town.check_verified()
