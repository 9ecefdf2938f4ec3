"""The rules themselves: who owns a slot, and who belongs in an allowlist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.policy.desired import Admission, desired

ADMISSIONS = st.lists(
    st.builds(
        lambda number, state: Admission(MacAddress.parse(f"{number:012x}"), number % 999, state),
        st.integers(0, 2**48 - 1),
        st.sampled_from(quota.STATES),
    ),
    unique_by=lambda one: one.mac,
)


@given(st.sets(st.sampled_from(quota.SLOTS)))
def test_the_free_slot_is_the_lowest_nobody_owns_and_none_when_three_are_taken(taken: set[int]) -> None:
    free = quota.free_slot(taken)
    if len(taken) == quota.PHONES_PER_AREA:
        assert free is None
    else:
        assert free in quota.SLOTS and free not in taken
        assert set(range(1, free)) <= taken


def test_whatever_can_connect_owns_a_slot() -> None:
    assert set(quota.ADMITTED) <= set(quota.LIVE) <= set(quota.STATES)
    assert quota.PHONES_PER_AREA == 3


@given(ADMISSIONS)
def test_the_allowlist_holds_who_is_pushing_or_active_and_nobody_else(admissions: list[Admission]) -> None:
    wanted = desired(admissions)
    assert set(wanted.by_mac) == {one.mac for one in admissions if one.state in ("pushing", "active")}
    assert all(entry.label.startswith("nr:") for entry in wanted)


def test_an_address_admitted_twice_is_an_error() -> None:
    mac = MacAddress.parse("a4:83:e7:11:22:33")
    with pytest.raises(ValueError, match="twice"):
        desired([Admission(mac, 1, "active"), Admission(mac, 2, "pushing")])
