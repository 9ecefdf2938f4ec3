"""Allowlists for property tests: few addresses, so that two lists often share some."""

from __future__ import annotations

from hypothesis import strategies as st

from netreg.allowlist import Allowlist, Entry
from netreg.mac import MacAddress


def mac(number: int) -> MacAddress:
    return MacAddress.parse(f"a483e7{number:06x}")


def of(*numbers: int, label: str = "") -> Allowlist:
    """The allowlist of these numbered addresses, all with one label."""
    return Allowlist.of(Entry(mac(number), label) for number in numbers)


labels = st.from_regex(r"[A-Za-z0-9:._-]{0,64}", fullmatch=True).filter(str.isascii)
allowlists = st.dictionaries(st.integers(0, 40), labels, max_size=30).map(
    lambda chosen: Allowlist.of(Entry(mac(number), label) for number, label in chosen.items())
)
