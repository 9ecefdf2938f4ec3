"""An allowlist is a set of addresses, always in the same order, with plain labels."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.allowlist import Allowlist, Entry
from netreg.mac import MacAddress

ENTRIES = st.lists(
    st.builds(
        lambda number, label: Entry(MacAddress.parse(f"{number:012x}"), label),
        st.integers(0, 2**48 - 1),
        st.from_regex(r"[A-Za-z0-9:._-]{0,64}", fullmatch=True),
    ),
    unique_by=lambda entry: entry.mac,
    max_size=20,
)


@given(ENTRIES, st.randoms())
def test_the_order_in_which_entries_come_makes_no_difference(entries: list[Entry], chance: random.Random) -> None:
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert Allowlist.of(entries) == Allowlist.of(shuffled)
    assert Allowlist.of(entries).checksum == Allowlist.of(shuffled).checksum


@given(ENTRIES, ENTRIES)
def test_two_lists_have_one_checksum_exactly_when_they_are_equal(one: list[Entry], other: list[Entry]) -> None:
    a, b = Allowlist.of(one), Allowlist.of(other)
    assert (a.checksum == b.checksum) is (a == b)


def test_an_address_twice_is_no_list() -> None:
    mac = MacAddress.parse("a4:83:e7:11:22:33")
    with pytest.raises(ValueError, match="twice"):
        Allowlist.of([Entry(mac, "a"), Entry(mac, "b")])


@pytest.mark.parametrize("label", ['"', "a b", "a\n", "ñ", "x" * 65, "{", ";"])
def test_a_label_is_never_text_that_a_point_would_read(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        Entry(MacAddress.parse("a4:83:e7:11:22:33"), label)


def test_a_list_knows_its_addresses() -> None:
    mac = MacAddress.parse("a4:83:e7:11:22:33")
    allowlist = Allowlist.of([Entry(mac, "nr-1")])
    assert mac in allowlist and len(allowlist) == 1 and [entry.label for entry in allowlist] == ["nr-1"]
    assert MacAddress.parse("a4:83:e7:11:22:34") not in allowlist
