"""The rules themselves: who owns a slot, and who belongs in an allowlist."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.policy.desired import Admission, Scope, desired

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
    assert all(entry.label.startswith("nr-") for entry in wanted)


NETWORKS = st.sampled_from(["wifi", "wired", "both"])
SITES = st.sampled_from(["", "palacio", "dif"])


@given(NETWORKS, st.frozensets(SITES.filter(bool)), NETWORKS, SITES)
def test_a_point_takes_what_is_of_its_network_and_sites_and_what_nobody_placed(
    network: str, sites: frozenset[str], theirs: str, site: str
) -> None:
    takes = Scope(network, sites).takes(theirs, site)
    assert takes == ((network == theirs or "both" in (network, theirs)) and (not sites or site in {"", *sites}))


@given(ADMISSIONS)
def test_points_that_share_all_networks_out_let_everybody_in_somewhere(admissions: list[Admission]) -> None:
    placed = [replace(one, network="wifi" if one.device % 2 else "wired") for one in admissions]
    parts = [set(desired(placed, Scope(network)).by_mac) for network in ("wifi", "wired")]
    assert set.union(*parts) == set(desired(placed).by_mac)


def test_an_address_admitted_twice_is_an_error() -> None:
    mac = MacAddress.parse("a4:83:e7:11:22:33")
    with pytest.raises(ValueError, match="twice"):
        desired([Admission(mac, 1, "active"), Admission(mac, 2, "pushing")])
