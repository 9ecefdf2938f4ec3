"""What the register said of an address, at an instant and throughout a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from netreg.policy import quota
from netreg.registry.memory import Course, Register
from tests.people import mac

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
