"""Which address is a computer's: names are claims, and two claims are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.mac import MacAddress
from netreg.policy.binding import BY_NAME, CLAIM, INVENTORY, LEASE, LOOKUP, Heard, candidates, is_default, suggestion
from tests.people import mac

NOW = datetime(2026, 11, 20, 13, tzinfo=UTC)
ONE, TWO = MacAddress.parse(mac(1)), MacAddress.parse(mac(2))
heard = st.builds(
    Heard,
    st.sampled_from([ONE, TWO, MacAddress.parse("01:00:5e:00:00:01")]),
    st.sampled_from(["OBRAS-07", "obras-07", "DIF-01"]),
    st.sampled_from([LEASE, LOOKUP, INVENTORY, CLAIM]),
    st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 1)),
)


def test_one_lease_of_the_name_is_a_suggestion_of_medium_trust() -> None:
    found = candidates("OBRAS-07", [Heard(ONE, "obras-07", LEASE, NOW), Heard(TWO, "otra", LEASE, NOW)])
    assert [(one.mac, one.trust) for one in found] == [(ONE, "medium")]
    assert suggestion("OBRAS-07", found) == found[0]


def test_what_the_applicant_typed_is_shown_and_never_suggested() -> None:
    found = candidates("OBRAS-07", [Heard(ONE, "OBRAS-07", CLAIM)])
    assert [(one.mac, one.trust) for one in found] == [(ONE, "low")] and suggestion("OBRAS-07", found) is None


def test_the_same_address_told_by_two_sources_is_still_one() -> None:
    found = candidates("OBRAS-07", [Heard(ONE, "OBRAS-07", LOOKUP, NOW), Heard(ONE, "OBRAS-07", LEASE, NOW)])
    assert (one := suggestion("OBRAS-07", found)) is not None and one.mac == ONE


def test_the_newest_of_a_trust_comes_first() -> None:
    old, new = Heard(ONE, "X", LEASE, NOW - timedelta(days=9)), Heard(TWO, "X", LEASE, NOW)
    assert [one.mac for one in candidates("X", [old, new])] == [TWO, ONE]


@pytest.mark.parametrize("name", ["DESKTOP-4F2K1", "laptop-9", "android-af12", "iPhone", "localhost", "PC-07", "WIN10"])
def test_a_name_that_devices_come_with_is_nobodys_own(name: str) -> None:
    assert is_default(name)
    assert suggestion(name, candidates(name, [Heard(ONE, name, LEASE, NOW)])) is None


@pytest.mark.parametrize("name", ["OBRAS-07", "WINDOW-3", "CAJA-PC-01", "UBUNTUX"])
def test_a_name_of_ones_own_is_not_taken_for_a_default(name: str) -> None:
    assert not is_default(name)


@given(st.lists(heard, max_size=12))
def test_a_suggestion_is_the_only_address_that_the_network_calls_so(rows: list[Heard]) -> None:
    found = candidates("OBRAS-07", rows)
    told = [row for row in rows if row.name.upper() == "OBRAS-07" and row.source in BY_NAME]
    called = {row.mac for row in told if not row.mac.is_group}
    one = suggestion("OBRAS-07", found)
    assert (one is not None) == (len(called) == 1) and (one is None or one.mac in called)
    assert list(found) == list(candidates("OBRAS-07", reversed(rows))) or len({r.at for r in rows}) < len(rows)
