"""Where a push stands is noted while it goes on, costs the push nothing, and tells one that died from one that runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine

from agents import progress as noting
from agents import push
from agents.push import Order, PushResult
from agents.ssh import Target
from agents.worker import Worker
from netreg import config
from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Drift, Plan
from netreg.errors import Unreachable
from netreg.registry import queries
from netreg.registry.models import Progress
from netreg.registry.progress import Running, running
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.agents.test_worker import add_point
from tests.databases import database, store
from tests.lab.firewall import wait_until

__all__ = ["database", "store"]

NAME = "palacio"


class Pass:
    """A push that says its steps and then waits until it is let go on; `ends` is the error it ends with."""

    def __init__(self) -> None:
        self.says: list[str] = []
        self.go_on = threading.Event()
        self.ends: Exception | None = None

    def reconcile(self, _talk: object, order: Order, *, on_step: push.OnStep, on_plan: push.OnPlan) -> PushResult:
        for step in self.says:
            on_step(step)
        assert self.go_on.wait(60)
        if self.ends is not None:
            raise self.ends
        return PushResult(
            Allowlist(), order.desired, Plan.between(Allowlist(), order.desired), Drift(), "", 0.1, tuple(self.says)
        )


class Wires:
    """Every point is reached."""

    @contextmanager
    def use(self, _target: Target) -> Iterator[Wires]:
        yield self

    def connect(self) -> None: ...

    def close(self) -> None: ...


def worker(store: Store) -> Worker:
    return Worker(store, config.Settings(), Wires())  # type: ignore[arg-type]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Pass:
    made = Pass()
    monkeypatch.setattr(push, "reconcile_over", made.reconcile)
    return made


@pytest.fixture
def under_way(store: Store, made: Pass) -> Iterator[threading.Thread]:
    """A worker on the point whose pass has armed its undo and goes on when told."""
    add_point(store, NAME)
    made.says = ["read", "plan", "guard", "backup", "arm"]
    thread = threading.Thread(target=worker(store).run_once)
    thread.start()
    yield thread
    made.go_on.set()
    thread.join(60)


def stands(store: Store) -> Running | None:
    with store.reading() as session:
        return running(session, queries.point(session, NAME), now())


def last(store: Store) -> str:
    found = stands(store)
    return found.last if found else ""


def rows(store: Store) -> int:
    with store.reading() as session:
        return session.query(Progress).count()


def test_a_push_tells_where_it_stands_and_nothing_once_it_is_over(
    store: Store, made: Pass, under_way: threading.Thread
) -> None:
    wait_until(lambda: last(store) == "arm", "the steps")
    found = stands(store)
    assert found is not None and not found.died and found.since is not None
    assert [one.name for one in found.steps if one.mark == "current"] == ["apply"]
    made.go_on.set()
    under_way.join(60)
    assert stands(store) is None and rows(store) == 0


@pytest.mark.parametrize("ends", [Unreachable(NAME, "no wire"), ValueError("a fault of ours")])
def test_a_push_that_fails_is_over_too(store: Store, made: Pass, under_way: threading.Thread, ends: Exception) -> None:
    wait_until(lambda: last(store) == "arm", "the steps")
    made.ends = ends
    made.go_on.set()
    under_way.join(60)
    assert stands(store) is None and rows(store) == 0


def test_a_push_that_died_is_told_so_and_not_as_running_for_ever(
    store: Store, made: Pass, under_way: threading.Thread
) -> None:
    wait_until(lambda: last(store) == "arm", "the steps")
    with time_machine.travel(now() + timedelta(seconds=config.Settings().push.lease_seconds + 1)):
        found = stands(store)
        assert found is not None and found.died and found.last == "arm"
        taken = worker(store).claim()
        assert taken is not None
        found = stands(store)
        assert found is not None and not found.died and found.last == "", "somebody took it over, and begins anew"
        made.go_on.set()
        under_way.join(60)
        found = stands(store)
        assert found is not None and not found.died, "the one that lost it says nothing any more"


def test_a_push_that_is_over_at_once_writes_nothing(store: Store, made: Pass, monkeypatch: pytest.MonkeyPatch) -> None:
    add_point(store, NAME)
    monkeypatch.setattr(noting, "EVERY_SECONDS", 3600)
    made.says = ["read"]
    made.go_on.set()
    assert worker(store).run_once()
    assert rows(store) == 0 and stands(store) is None


def test_what_cannot_be_written_down_does_not_hold_up_the_push(
    store: Store, made: Pass, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_point(store, NAME)
    tried = threading.Event()

    def broken(*_anything: object) -> bool:
        tried.set()
        raise OSError("no space left")

    monkeypatch.setattr(noting.progress, "note", broken)
    thread = threading.Thread(target=worker(store).run_once)
    thread.start()
    assert tried.wait(60)
    made.go_on.set()
    thread.join(60)
    with store.reading() as session:
        assert queries.point(session, NAME).status == "verified"
