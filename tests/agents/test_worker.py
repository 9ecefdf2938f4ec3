"""The worker: what stops, what is tried again, who is told, and that nobody ever stands on a point twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agents.schedule import owe_looks
from agents.ssh import Target
from agents.worker import Worker
from netreg import config
from netreg.errors import Unreachable
from netreg.opening import open_store
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.agents.town import Town
from tests.lab.firewall import wait_until

HAND_MADE, ROGUE = "a4:83:e7:99:99:99", "00:1a:11:c0:ff:ee"
GATE = ("element", "netdev", "netreg", "allow")
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk0CEqGvXKqv8m3oPPmV7v3Z1gZ8e9T7m0cYw2b1Q"


@pytest.fixture
def verified(town: Town) -> Town:
    """The real lab with two printers let in."""
    town.add_printer()
    town.add_printer()
    town.work()
    town.check_verified()
    return town


# --- what stops, and what is tried again ----------------------------------------------------------------------------


@pytest.mark.lab
def test_a_changed_host_key_stops_the_point_until_a_person_trusts_it_again(verified: Town) -> None:
    verified.lab.change_host_key()
    verified.worker.sessions.close()
    before = verified.let_in()
    verified.add_printer()
    verified.work()
    assert verified.status() == ("failing", "host_key_changed")
    assert [alert.kind for alert in verified.told()] == ["host_key"], "it is no point that is merely away"
    assert verified.delivery().state == "failed" and not verified.owed(), "a retry mends nothing"
    assert verified.let_in() == before
    verified.trust(verified.lab.known_key)
    assert not verified.alerts()
    verified.work()
    verified.check_verified()


@pytest.mark.lab
def test_a_point_that_is_away_is_tried_again_later_each_time_and_recovers(verified: Town) -> None:
    verified.lab.stop_sshd()
    try:
        verified.add_printer()
        pauses = []
        for attempt in (1, 2, 3):
            start = now()
            verified.pass_time()
            assert verified.worker.run_once()
            row = verified.delivery()
            pauses.append((row.due - start).total_seconds())
            assert (row.state, row.attempts) == ("waiting", attempt) and row.error.startswith("palacio: ")
        assert verified.status() == ("failing", "unreachable")
        assert pauses[0] >= 1 and pauses[2] >= 4
        assert not verified.worker.run_once(), "it is not due yet"
    finally:
        verified.lab.start_sshd()
    verified.recover()
    verified.check_verified()


@pytest.mark.lab
def test_the_plan_the_guard_refused_goes_through_once_that_very_plan_is_confirmed(verified: Town) -> None:
    guard = verified.place.settings.guard.model_copy(update={"removals": 0})
    verified.worker.settings = verified.place.settings.model_copy(update={"guard": guard})
    before = verified.let_in()
    verified.remove_printer()
    verified.work()
    assert verified.status() == ("refused", "unsafe_plan") and not verified.owed() and verified.let_in() == before
    checksum = verified.plan_checksum()
    verified.add_printer()
    verified.confirm(checksum)
    verified.work()
    assert verified.status() == ("refused", "unsafe_plan"), "the plan has changed since it was confirmed"
    assert verified.let_in() == before
    verified.confirm(verified.plan_checksum())
    verified.work()
    verified.check_verified()
    verified.remove_printer()
    verified.work()
    assert verified.status() == ("refused", "unsafe_plan"), "one confirmation is good for one plan"


# --- what others do to the point ------------------------------------------------------------------------------------


@pytest.mark.lab
def test_scenario_29_an_entry_made_by_hand_is_told_and_goes_or_stays_by_a_decision_of_it_alone(verified: Town) -> None:
    other = "a4:83:e7:99:99:98"
    verified.lab.nft("add", *GATE, f"{{ {HAND_MADE}, {other} }}")
    verified.look()
    verified.work()
    (alert,) = verified.told()
    assert alert.kind == "drift" and HAND_MADE in alert.explanation and other in alert.explanation
    verified.replace_printer()
    verified.work()
    assert verified.let_in() == verified.wanted() | {HAND_MADE, other}, "other pushes go on around them"
    assert verified.status() == ("verified", "") and not verified.owed()
    verified.remove_strays(HAND_MADE)
    verified.adopt_stray(other)
    verified.work()
    verified.check_verified()
    assert HAND_MADE not in verified.let_in() and other in verified.let_in()
    assert not verified.alerts(), "decided is answered"


@pytest.mark.lab
def test_what_was_decided_before_is_put_right_by_the_next_look_and_told(verified: Town) -> None:
    office = verified.lab.nft("list", "table", "inet", "office")
    verified.replace_printer()
    verified.work()
    removed, missing = verified.address(verified.gone[-1]), min(verified.let_in())
    verified.lab.nft("add", *GATE, f"{{ {removed} }}")
    verified.lab.nft("delete", *GATE, f"{{ {missing} }}")
    verified.look()
    verified.work()
    verified.check_verified()
    (alert,) = verified.told()
    assert alert.kind == "drift" and removed in alert.explanation and missing in alert.explanation
    assert verified.lab.nft("list", "table", "inet", "office") == office


@pytest.mark.lab
def test_an_entry_made_by_hand_is_told_though_the_guard_stops_the_push(verified: Town) -> None:
    guard = verified.place.settings.guard.model_copy(update={"removals": 0})
    verified.worker.settings = verified.place.settings.model_copy(update={"guard": guard})
    verified.lab.nft("add", *GATE, f"{{ {HAND_MADE} }}")
    verified.remove_printer()
    verified.work()
    assert verified.status() == ("refused", "unsafe_plan")
    assert [alert.kind for alert in verified.told()] == ["drift"] and HAND_MADE in verified.let_in()


@pytest.mark.lab
def test_a_stranger_seen_by_two_sources_is_one_alert(verified: Town) -> None:
    verified.lab.add_host(ROGUE, "10.78.0.66").ping(timeout=0.3)
    for _ in range(2):
        owe_looks(verified.store, verified.place.settings)
        verified.work()
    rogues = [mac for kind, mac in verified.alerts() if kind == "rogue"]
    assert rogues.count(ROGUE) == 1 and len(rogues) == len(set(rogues))


@pytest.mark.lab
def test_a_worker_that_lost_its_lease_records_nothing(verified: Town) -> None:
    other = Worker(verified.store, verified.place.settings, verified.worker.sessions)
    taken: list[outbox.Claim | None] = []

    def somebody_takes_over(step: str) -> None:
        if step == "verified":
            verified.pass_time()
            taken.append(other.claim())

    verified.worker.on_step = somebody_takes_over
    verified.add_printer()
    with verified.store.reading() as session:
        before = queries.audit(session)[0].seq
    assert verified.worker.run_once()
    with verified.store.reading() as session:
        assert queries.audit(session)[0].seq == before
    assert verified.state(verified.printers[-1]) == "pushing" and verified.delivery().state == "running"
    assert taken[0] is not None
    other.carry(taken[0])
    verified.check_verified()
    assert not verified.alerts(), "what the first one did is no drift"


@pytest.mark.parametrize(
    "answer",
    ["", "no", '{"nftables": []}', '{"nftables": [{"metainfo": {}}, {"set": {"family": "netdev"', "exit 1",
     '{"nftables": [{"metainfo": {"json_schema_version": 1}}, {"set": {"family": "netdev", "name": "allow", '
     '"table": "netreg", "type": "ether_addr", "elem": ["00:1b:a9:20:00:01"]}}]}'],
)  # fmt: skip
def test_a_point_that_answers_nonsense_is_an_error_and_never_an_empty_list(simulated_town: Town, answer: str) -> None:
    town = simulated_town
    town.add_printer()
    town.add_printer()
    town.work()
    town.check_verified()
    nft = town.lab.state / "bin" / "nft"
    sane = nft.read_text()
    nft.write_text(f"#!/bin/sh\n{answer or ':'}\n" if answer == "exit 1" else f"#!/bin/sh\ncat <<'E'\n{answer}\nE\n")
    before = town.let_in()
    town.add_printer()
    town.work()
    status, code = town.status()
    assert status == "failing" and code in ("unexpected_output", "incomplete_read", "command_refused")
    assert town.let_in() == before and town.delivery().state == "waiting"
    with town.store.reading() as session:
        assert len(queries.point(session, "palacio").verified or []) == 2, "the last verified list stays the baseline"
    nft.write_text(sane)
    town.recover()
    town.check_verified()


# --- several points, several workers --------------------------------------------------------------------------------


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        worker.store.bell.set()
        thread.join(30)
        assert not thread.is_alive()


def add_point(store: Store, name: str, port: int = 22, key: str = HOST_KEY, key_file: Path = Path("/nowhere")) -> None:
    with store.transaction("ines") as tx:
        point = points.add_point(tx, name, "linux-nftables", "127.0.0.1", port, "root", str(key_file), {})
        if key:
            points.trust(tx, point, key)


def test_a_point_that_says_nothing_delays_no_other(simulated_town: Town) -> None:
    town = simulated_town
    with socket.create_server(("127.0.0.1", 0)) as silent:
        add_point(town.store, "bodega", silent.getsockname()[1], key_file=town.lab.key_file)
        wire: list[socket.socket] = []
        with working(town.worker):
            try:
                wire.append(silent.accept()[0])
                town.add_printer()
                wait_until(lambda: town.status()[0] == "verified" and town.let_in() == town.wanted(), "the other point")
                assert town.delivery("bodega").state != "done"
            finally:
                for one in wire:
                    one.close()
                silent.close()
    with town.store.reading() as session:
        assert queries.point(session, "bodega").problem_code == "unreachable"
    assert town.state(town.printers[0]) == "pushing", "active means: at every point"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'netreg.db'}")
    yield store
    store.engine.dispose()


class Watched:
    """Sessions that note who stands on a point with whom, and then cannot reach it."""

    def __init__(self) -> None:
        self.standing: list[str] = []
        self.together: list[tuple[str, ...]] = []
        self.visits = 0
        self._both = threading.Barrier(2, timeout=0.05)

    @contextmanager
    def use(self, target: Target) -> Iterator[None]:
        self.standing.append(target.name)
        self.together.append(tuple(sorted(self.standing)))
        try:
            self._both.wait()  # gives another worker every occasion to come too
        except threading.BrokenBarrierError:
            self._both.reset()
        self.visits += 1
        self.standing.remove(target.name)
        raise Unreachable(target.name, "no wire")
        yield

    def close(self) -> None: ...


def test_two_workers_never_stand_on_one_point_together(store: Store) -> None:
    settings = config.Settings()
    for name in ("bodega", "palacio"):
        add_point(store, name)
    watched = Watched()
    one, other = (Worker(store, settings, watched) for _ in range(2))  # type: ignore[arg-type]
    with working(one), working(other):
        for _ in range(10):
            seen = watched.visits
            for name in ("bodega", "palacio"):
                with store.transaction("ines") as tx:
                    points.ask_push(tx, queries.point(tx.session, name))
            wait_until(lambda seen=seen: watched.visits > seen, "a visit")  # type: ignore[misc]
    assert all(len(names) == len(set(names)) for names in watched.together)


def test_an_order_that_comes_while_one_is_carried_is_not_lost(store: Store) -> None:
    add_point(store, "palacio")
    worker = Worker(store, config.Settings())
    claim = worker.claim()
    assert claim is not None and worker.claim() is None
    for _ in range(3):
        with store.transaction("ines") as tx:
            points.ask_push(tx, queries.point(tx.session, "palacio"))
    with store.reading() as session:
        assert session.scalar(select(func.count()).where(Delivery.state == "waiting")) == 1
    assert worker.claim() is None, "somebody stands on the point"
    with store.transaction("ines") as tx:
        assert outbox.finish(tx.session, claim, now())
    assert worker.claim() is not None


def test_a_point_whose_host_key_nobody_pinned_is_not_spoken_to(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        add_point(store, "palacio", listener.getsockname()[1], key="")
        with store.transaction("ines") as tx:
            points.ask_push(tx, queries.point(tx.session, "palacio"))
        assert Worker(store, config.Settings()).run_once()
        with pytest.raises(BlockingIOError):
            listener.accept()
    with store.reading() as session:
        point = queries.point(session, "palacio")
        assert (point.status, point.problem_code) == ("failing", "host_key_unknown")
        assert not queries.is_owed(session, "palacio")
