"""The clock stands still while a request waits for nothing but computers that its area has not brought (section 11)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.procedures import binding, cases, tickets, timing
from netreg.procedures.binding import Change, Wait, waits
from netreg.procedures.clocks import Reading
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.registry.deciding import approve
from netreg.registry.models import StateChange
from netreg.store.transaction import Store
from tests.people import INES, computer, do, mac, phone
from tests.procedures.test_swaps import a_point, read_back
from tests.procedures.test_tickets import look, turned_over

START = datetime(2026, 10, 5, 15, tzinfo=UTC)  # a Monday, 9:00 at the office
AWAITING, PUSHING, ACTIVE, REJECTED = quota.AWAITING_BINDING, quota.PUSHING, quota.ACTIVE, quota.REJECTED


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told(*changes: tuple[float, int, str]) -> list[Wait]:
    return list(waits([Change(after(hours), device, state) for hours, device, state in changes]))


# --- the rule -------------------------------------------------------------------------------------------------------


def test_a_computer_that_is_all_that_is_missing_stops_the_clock_until_it_is_bound() -> None:
    assert told((0, 1, "requested"), (2, 1, AWAITING), (9, 1, PUSHING), (10, 1, ACTIVE)) == [
        Wait(after(2), after(9), (1,))
    ]


def test_the_clock_runs_while_anything_else_is_to_be_decided_or_confirmed() -> None:
    asked = [(0.0, device, "requested") for device in (1, 2)]
    assert told(*asked, (1, 1, AWAITING)) == []
    assert told(*asked, (1, 1, AWAITING), (2, 2, PUSHING)) == []
    assert told(*asked, (1, 1, AWAITING), (2, 2, PUSHING), (3, 2, ACTIVE)) == [Wait(after(3), None, (1,))]


def test_when_one_of_two_is_bound_the_clock_runs_until_every_point_confirmed_it() -> None:
    assert told((0, 1, AWAITING), (0, 2, AWAITING), (5, 1, PUSHING), (6, 1, ACTIVE), (9, 2, REJECTED)) == [
        Wait(after(0), after(5), (1, 2)),
        Wait(after(6), after(9), (2,)),
    ]


def test_when_one_of_two_is_refused_the_clock_stands_still_for_the_other() -> None:
    assert told((0, 1, AWAITING), (0, 2, AWAITING), (5, 1, REJECTED)) == [
        Wait(after(0), after(5), (1, 2)),
        Wait(after(5), None, (2,)),
    ]


STATES = st.sampled_from(("requested", AWAITING, PUSHING, ACTIVE, REJECTED, quota.WAITING_SWAP, quota.SUSPENDED))
HISTORIES = st.lists(
    st.builds(Change, st.integers(0, 40).map(after), st.integers(1, 3), STATES), max_size=12
).map(lambda found: sorted(found, key=lambda change: change.at))  # fmt: skip


def standing(changes: list[Change], at: datetime) -> tuple[int, ...]:
    """What is all that is missing at an instant, the slow way."""
    states = {change.device: change.state for change in changes if change.at <= at}
    if set(states.values()) & binding.OURS:
        return ()
    return tuple(sorted(device for device, state in states.items() if state == AWAITING))


@given(HISTORIES)
def test_at_every_instant_the_clock_stands_still_exactly_when_only_computers_are_missing(changes: list[Change]) -> None:
    found = list(waits(changes))
    for half in range(84):
        at = after(half / 2)
        now = [one.devices for one in found if one.start <= at and (one.end is None or at < one.end)]
        assert now == ([standing(changes, at)] if standing(changes, at) else [])


@given(HISTORIES)
def test_waits_come_in_order_end_after_they_begin_and_only_the_last_may_last(changes: list[Change]) -> None:
    found = list(waits(changes))
    for one, other in itertools.pairwise(found):
        assert one.end is not None and one.end <= other.start
    assert all(one.end is None or one.start < one.end for one in found) and all(one.devices for one in found)


@given(HISTORIES, st.integers(0, 40))
def test_what_happens_later_changes_nothing_of_what_was(changes: list[Change], hours: int) -> None:
    cut = after(hours)
    known = list(waits([change for change in changes if change.at <= cut]))
    whole = [one for one in waits(changes) if one.start <= cut]
    assert [(one.start, one.devices) for one in known] == [(one.start, one.devices) for one in whole]


# --- with real requests ---------------------------------------------------------------------------------------------


@contextmanager
def clock_at(hours: float) -> Iterator[None]:
    with time_machine.travel(after(hours), tick=False):
        yield


def shown(store: Store, folio: str, hours: float) -> Reading:
    with store.reading() as session:
        ticket = queries.ticket(session, folio)
        found = timing.reading(ticket, tickets.definition(session, ticket), Calendar(), after(hours))
        assert found is not None
        return found


def one_approved(store: Store) -> tuple[str, list[int]]:
    """A laptop and a phone, approved at once and confirmed an hour later; only the laptop is missing."""
    a_point(store, "palacio")
    with clock_at(0):
        folio = turned_over(store, computer("OBRAS-LAP1"), phone(1))
        numbers: list[int] = look(store, folio, lambda t: [device.id for device in t.devices])
        for number in numbers:
            approve(store, INES.email, number)
    with clock_at(1):
        read_back(store, "palacio")
    return folio, numbers


def test_the_term_moves_back_by_as_long_as_the_area_kept_its_computer(store: Store) -> None:
    folio, (laptop, _phone) = one_approved(store)
    waiting = shown(store, folio, 20)
    assert (waiting.state, waiting.elapsed, waiting.due) == ("paused", timedelta(hours=1), None)
    assert look(store, folio, lambda t: t.due) is None
    with clock_at(25):
        do(store, devices.bind, laptop, mac(9), "ethernet", "inspección")
    running = shown(store, folio, 26)
    assert (running.state, running.elapsed, running.due) == ("running", timedelta(hours=2), after(96))
    assert look(store, folio, lambda t: t.due) == after(96)
    assert [(pause.cause, pause.why, pause.start, pause.end) for pause in running.pauses] == [
        ("OBRAS-LAP1", "binding", after(1), after(25))
    ]


def test_a_refused_computer_ends_the_wait_and_settles_the_request_in_term(store: Store) -> None:
    folio, (laptop, _phone) = one_approved(store)
    with clock_at(24 * 9), store.transaction(INES.email) as tx:
        one = queries.device(tx.session, laptop)
        devices.reject(tx, one, queries.person(tx.session, INES.email), "not_brought")
    settled = shown(store, folio, 24 * 10)
    assert (settled.state, settled.elapsed) == ("in_term", timedelta(hours=1))
    with store.reading() as session:
        (case,) = cases.as_of(session, "ADJ-P03", Calendar(), after(24 * 10))
    assert [pause.why for pause in case.pauses] == ["binding"] and case.elapsed == timedelta(hours=1)


def test_every_state_of_a_device_is_kept_with_its_moment_whatever_command_wrote_it(store: Store) -> None:
    _folio, (_laptop, number) = one_approved(store)
    with clock_at(2):
        do(store, devices.suspend, number, "Perdido")
    with store.reading() as session:
        right = queries.device(session, number).authorisation
        rows = session.execute(
            select(StateChange.at, StateChange.state)
            .where(StateChange.authorisation_id == right.id)
            .order_by(StateChange.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (after(0), "requested"), (after(0), "pushing"), (after(1), "active"), (after(2), "suspended")
    ]  # fmt: skip
