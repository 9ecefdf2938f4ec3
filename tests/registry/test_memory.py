"""What the register said of an address, at an instant and throughout a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from netreg.policy import quota
from netreg.registry.commands import devices
from netreg.registry.memory import Course, Register
from netreg.store.transaction import Store
from tests.people import CARLA, do, mac, phones

START = datetime(2026, 3, 2, tzinfo=UTC)
PHONE = mac(1)
HOURS = st.integers(0, 24)
STATES = st.sampled_from([quota.REQUESTED, quota.ACTIVE, quota.SUSPENDED, quota.REMOVED])


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    changes = sorted(draw(st.dictionaries(HOURS, STATES, max_size=4)).items())
    return [hour(number) for number, _ in changes], [state for _, state in changes]


@given(st.lists(courses(), max_size=3), HOURS, HOURS)
def test_what_it_knew_throughout_a_time_it_knew_at_each_of_its_instants(
    rights: list[Course], one: int, other: int
) -> None:
    first, last = sorted((one, other))
    register = Register({PHONE: rights}, frozenset())
    throughout = register.knew_throughout(PHONE, hour(first), hour(last))
    answers = {register.knew(PHONE, hour(number)) for number in range(first, last + 1)}
    assert throughout is None or answers == {throughout}


def test_only_a_change_within_the_time_leaves_it_open() -> None:
    register = Register({PHONE: [([hour(1), hour(9)], [quota.ACTIVE, quota.REMOVED])]}, frozenset({mac(2)}))
    assert register.knew_throughout(PHONE, hour(2), hour(8)) is True
    assert register.knew_throughout(PHONE, hour(2), hour(9)) is None
    assert register.knew_throughout(PHONE, hour(9), hour(12)) is False
    assert register.knew_throughout(mac(2), hour(0), hour(24)) is True, "the settings say it belongs there"
    assert register.knew_throughout(mac(3), hour(0), hour(24)) is False


def test_asked_from_a_moment_on_it_says_what_it_says_with_its_whole_past(store: Store) -> None:
    with time_machine.travel(hour(1)):
        taken = phones(store, 2)[1]
    with time_machine.travel(hour(5)):
        do(store, devices.remove, taken, "Se perdió", by=CARLA)
    with store.reading() as session:
        # The latest first, so that each is read: what is known from earlier on answers for later too.
        asked = {since: Register.of(session, since=hour(since)) for since in reversed(range(9))}
        whole = Register.of(session)
        assert Register.of(session, since=hour(3)).courses is whole.courses
    assert whole.knew(mac(2), hour(2)) and not whole.knew(mac(2), hour(0))
    for since, register in asked.items():
        for at, phone in product(range(since, 9), (mac(1), mac(2), mac(3))):
            assert register.knew(phone, hour(at)) == whole.knew(phone, hour(at))
            throughout = (phone, hour(since), hour(at))
            assert register.knew_throughout(*throughout) == whole.knew_throughout(*throughout)
    assert not asked[8].courses and asked[8].always == {mac(1), mac(2)}, "no more than it needs"
    assert set(whole.courses) == {mac(1), mac(2)} and not whole.always


def test_the_past_that_is_kept_is_read_anew_when_something_happened(store: Store) -> None:
    with time_machine.travel(hour(1)):
        phones(store, 1)
    with store.reading() as session:
        assert not Register.of(session, since=hour(0)).knew(mac(2), hour(9))
    with time_machine.travel(hour(5)):
        phones(store, 1, first=2)
    with store.reading() as session:
        assert Register.of(session, since=hour(0)).knew(mac(2), hour(9))
