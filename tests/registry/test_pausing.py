"""What is kept of a point that keeps failing, on both databases: its pause, one event, and no alarm that it hides."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine

from netreg.allowlist import Allowlist
from netreg.enforcement.breaker import Pauses
from netreg.errors import (
    ConfigError,
    HostKeyChanged,
    IncompleteRead,
    LoginRefused,
    NetregError,
    StoreBusy,
    Unreachable,
    UnsafePlan,
)
from netreg.registry import allowlists, point_views, queries
from netreg.registry.commands import devices, pausing, points
from netreg.registry.models import Point
from netreg.registry.watching import look_for_late_points
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import NORA, do, phones
from tests.portal.conftest import a_point

NAME = "cortafuegos"
AWAY = Unreachable(NAME, "no route to host")
UNSAFE = UnsafePlan("Muchas bajas", "Many", adds=0, removes=50, limit=20, checksum="a" * 64, reason="removals")


@pytest.fixture
def store(store: Store) -> Store:
    """With one point."""
    a_point(store)
    return store


def fail(store: Store, *errors: NetregError) -> None:
    """Pushes that end like this, as the worker records them."""
    for error in errors:
        with store.transaction("agent:push") as tx:
            point = queries.point(tx.session, NAME)
            pausing.failed(tx, point, error, now(), Pauses(), jitter=1)
            points.record_failure(tx, point, error)


def verify(store: Store) -> None:
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, NAME)
        points.record_push(tx, point, allowlists.desired(tx.session), added=0, removed=0)
        pausing.answered(tx, point)


def point(store: Store) -> Point:
    with store.reading() as session:
        found = queries.point(session, NAME)
        session.expunge(found)
        return found


def retry_at(store: Store) -> datetime:
    found = point(store).retry_at
    assert found is not None, "it is not paused"
    return found


def told(store: Store) -> list[str]:
    """What the audit log says of pauses."""
    with store.reading() as session:
        names = [event.name for event in queries.story(session, [f"point {NAME}"])]
    return [name for name in names if name in ("point.paused", "point.resumed")]


def alarms(store: Store) -> list[tuple[str, str]]:
    with store.transaction("schedule") as tx:
        look_for_late_points(tx, now(), timedelta(minutes=15))
    with store.reading() as session:
        return [(alert.kind, alert.place) for alert in queries.alerts(session)]


def test_a_pause_begins_with_the_third_failure_grows_and_is_told_once(store: Store) -> None:
    fail(store, AWAY, AWAY)
    assert point(store).retry_at is None
    fail(store, AWAY)
    first = retry_at(store)
    fail(store, AWAY, IncompleteRead(NAME, "the list may be cut"))
    assert retry_at(store) - first > timedelta(seconds=60) and point(store).failures == 5
    assert told(store) == ["point.paused"]
    verify(store)
    assert (point(store).failures, point(store).retry_at) == (0, None)
    assert told(store) == ["point.paused", "point.resumed"]


@pytest.mark.parametrize("answer", [UNSAFE, HostKeyChanged(NAME, "other key"), LoginRefused(NAME, "no")])
def test_what_waits_for_a_person_is_no_failure_to_reach_the_point(store: Store, answer: NetregError) -> None:
    fail(store, answer, answer, answer, answer)
    assert (point(store).failures, point(store).retry_at) == (0, None)
    fail(store, AWAY, AWAY, AWAY, answer)
    assert (point(store).failures, point(store).retry_at) == (0, None), "it answered"


@pytest.mark.parametrize("ours", [ConfigError("netreg.C1", "no profile", "add it"), StoreBusy("Ocupado", "Busy")])
def test_a_fault_of_our_own_says_nothing_about_the_point(store: Store, ours: NetregError) -> None:
    fail(store, AWAY, AWAY, AWAY)
    before = point(store).breaker
    with store.transaction("agent:push") as tx:
        pausing.failed(tx, queries.point(tx.session, NAME), ours, now(), Pauses(), jitter=1)
    assert point(store).breaker == before


def test_a_person_who_asks_ends_the_pause_and_the_next_failure_makes_it_longer(store: Store) -> None:
    fail(store, AWAY, AWAY, AWAY)
    with store.transaction(NORA.email) as tx:
        points.ask_push(tx, queries.point(tx.session, NAME))
    assert retry_at(store) <= now()
    with store.reading() as session:
        assert queries.is_under_way(session, NAME, now())
    fail(store, AWAY)
    assert retry_at(store) > now() + timedelta(seconds=50)
    with store.reading() as session:
        assert not queries.is_under_way(session, NAME, now()), "what waits for the pause to end is not awaited"


def test_who_asks_during_a_try_that_fails_is_given_one_of_their_own(store: Store) -> None:
    fail(store, AWAY, AWAY)
    began = now()
    with store.transaction(NORA.email) as tx:
        points.ask_push(tx, queries.point(tx.session, NAME))
    with store.transaction("agent:push") as tx:
        pausing.failed(tx, queries.point(tx.session, NAME), AWAY, began, Pauses(), jitter=1)
    assert (point(store).failures, retry_at(store) <= now()) == (3, True)
    fail(store, AWAY)
    assert retry_at(store) > now(), "and no more than one"


def test_a_removal_that_hangs_alarms_while_the_point_is_paused_and_the_read_back_answers_it(store: Store) -> None:
    (number,) = phones(store, 1)
    verify(store)
    do(store, devices.remove, number, "Se perdió")
    fail(store, *[AWAY] * 9)
    assert alarms(store) == []
    with time_machine.travel(now() + timedelta(minutes=15, seconds=1)):
        fail(store, AWAY)
        assert point(store).breaker.is_open(now(), Pauses())
        assert alarms(store) == [("unverified", NAME)] == alarms(store), "once"
        verify(store)
        assert alarms(store) == []


def test_an_approval_that_hangs_alarms_at_a_point_that_was_never_verified_and_is_answered_too(store: Store) -> None:
    phones(store, 1)
    fail(store, *[AWAY] * 5)
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert alarms(store) == [("unpushed", NAME)]
        verify(store)
        assert alarms(store) == []


def test_a_down_point_is_in_order_only_after_it_caught_up(store: Store) -> None:
    verify(store)
    (number,) = phones(store, 1)
    fail(store, AWAY, AWAY, AWAY)
    with store.reading() as session:
        view = point_views.of(session, queries.point(session, NAME))
        assert (view.status, view.to_add) == ("failing", 1)
        assert queries.device(session, number).authorisation.state == "pushing"
    verify(store)
    with store.reading() as session:
        assert queries.device(session, number).authorisation.state == "active"
        assert allowlists.baseline(queries.point(session, NAME)) == allowlists.desired(session) != Allowlist()
