"""Where is this? What is typed is an address, an IP, a name, a holder or a number, and is never taken for more."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netreg.detection.sighting import Heard
from netreg.errors import InvalidValue
from netreg.mac import MacAddress
from netreg.registry import seeking
from netreg.registry.seeking import MOST, Answer, Sought
from netreg.store.transaction import Store
from tests.people import ask, computer, mac, phones
from tests.registry.hearing import NOW, RANDOM, ROGUE, hear, later

ZONE = ZoneInfo("America/Mexico_City")
MACS = st.integers(0, 2**48 - 1).map(lambda number: f"{number:012x}")


def seek(store: Store, typed: str, then: datetime | None = None) -> Answer:
    with store.reading() as session:
        return seeking.find(session, Sought.parse(typed), NOW, then=then)


def macs(answer: Answer) -> list[str]:
    return [str(one.mac) for one in answer.found]


# --- what was typed -------------------------------------------------------------------------------------------------


@given(MACS, st.sampled_from([":", "-", "", " "]), st.integers(2, 6), st.booleans())
def test_the_beginning_of_an_address_in_any_notation_is_a_range_that_holds_it(
    digits: str, separator: str, pairs: int, upper: bool
) -> None:
    typed = separator.join(digits[place : place + 2] for place in range(0, pairs * 2, 2))
    found = Sought.parse(typed.upper() if upper else typed).macs
    assert found is not None and found[0] <= str(MacAddress.parse(digits)) <= found[1]
    assert found[0].replace(":", "").startswith(digits[: pairs * 2])
    assert found[1].replace(":", "").startswith(digits[: pairs * 2])


@given(st.ip_addresses())
def test_an_ip_is_sought_in_its_one_form(address: IPv4Address | IPv6Address) -> None:
    assert Sought.parse(str(address)).ip == str(address)
    assert Sought.parse(address.exploded.upper()).ip == str(address)


@given(st.text(max_size=100))
@example("´")
def test_any_text_is_understood_or_refused_by_name(text: str) -> None:
    try:
        sought = Sought.parse(text)
    except InvalidValue as refusal:
        assert refusal.field == "q" and refusal.code in ("E_EMPTY", "E_HIDDEN", "E_TOO_LONG")
    else:
        assert sought.words.strip() and (sought.device or 1) < 2**31


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("a4:8", (False, None, None)),
        ("a483", (True, None, None)),
        ("12", (False, None, 12)),
        ("#12", (False, None, 12)),
        ("001122", (True, None, None)),
        ("decada", (True, None, None)),
        ("192.0.2.7", (True, "192.0.2.7", None)),
        ("192.0.2.007", (True, None, None)),
        ("fe80::1%eth0", (False, None, None)),
        ("a4:83:e7:00:00:01:02", (False, None, None)),
        ("١٢", (False, None, None)),
        ("Luis", (False, None, None)),
    ],
)
def test_what_was_typed_means_all_that_it_may_mean(typed: str, meaning: tuple[bool, str | None, int | None]) -> None:
    sought = Sought.parse(typed)
    assert (sought.macs is not None, sought.ip, sought.device) == meaning


@given(st.text(max_size=30))
def test_a_moment_is_read_in_the_office_s_zone_or_refused(text: str) -> None:
    try:
        found = seeking.moment(text, ZONE)
    except InvalidValue as refusal:
        assert (refusal.code, refusal.field) == ("E_MOMENT", "at")
    else:
        assert found is None or found.tzinfo is ZONE


def test_a_moment_is_written_as_a_browser_or_a_person_writes_it() -> None:
    assert seeking.moment("2026-03-02T09:00", ZONE) == seeking.moment(" 2026-03-02 09:00:00", ZONE) == NOW
    assert seeking.moment("", ZONE) is None
    for wrong in ("2026-13-02 09:00", "2026-03-02", "2026-03-02 09:00+02:00", "ayer"):
        with pytest.raises(InvalidValue):
            seeking.moment(wrong, ZONE)


# --- what is found --------------------------------------------------------------------------------------------------


def test_an_address_is_found_by_its_beginning_registered_or_only_seen(store: Store) -> None:
    phones(store, 1)
    hear(store, Heard(ROGUE), Heard(RANDOM))
    assert macs(seek(store, "A483.E7")) == [mac(1), str(ROGUE)]
    assert macs(seek(store, str(ROGUE).replace(":", "-"))) == [str(ROGUE)]
    found = seek(store, "da-a1-19").found[0]
    assert found.device is None and found.last is not None and found.last.where.place == "palacio"


def test_an_ip_tells_who_has_it_who_had_it_and_who_had_it_then(store: Store) -> None:
    hear(store, Heard(ROGUE, "192.0.2.7"), at=NOW)
    hear(store, Heard(ROGUE, "192.0.2.7"), at=later(20))
    hear(store, Heard(RANDOM, "192.0.2.7"), at=later(90))
    assert macs(seek(store, "192.0.2.7")) == [str(RANDOM), str(ROGUE)]
    then = seek(store, "192.0.2.7", later(10)).uses
    assert [(one.mac, one.then) for one in then] == [(ROGUE, True)]
    between = seek(store, "192.0.2.7", later(60)).uses
    assert [(one.mac, one.then, one.until) for one in between] == [(ROGUE, False, later(20))]
    assert seek(store, "192.0.2.7", datetime(2020, 1, 1, tzinfo=UTC)).uses == []


def test_an_ipv6_address_is_found_however_it_is_written(store: Store) -> None:
    hear(store, Heard(ROGUE, "2001:db8::7"))
    assert macs(seek(store, "2001:0DB8:0:0:0:0:0:7")) == [str(ROGUE)]


def test_a_name_a_holder_and_a_number_are_found_and_no_sign_is_a_wildcard(store: Store) -> None:
    number = phones(store, 1)[0]
    hear(store, Heard(ROGUE, name="LAPTOP_50%"), Heard(RANDOM, name="LAPTOPX501"))
    assert macs(seek(store, "laptop_50%")) == [str(ROGUE)]
    assert macs(seek(store, "LUIS PENA")) == [mac(1)] == macs(seek(store, f"#{number}"))
    assert seek(store, "' OR 1=1 --").found == []


def test_a_computer_without_an_address_yet_is_found_by_its_name(store: Store) -> None:
    number = ask(store, computer("OBRAS-PC07"))[0]
    found = seek(store, "obras-pc").found
    assert [(one.mac, one.device and one.device.device, one.last) for one in found] == [(None, number, None)]


def test_what_is_found_is_bounded_and_says_that_there_is_more(store: Store) -> None:
    hear(store, *(Heard(MacAddress(mac(0x1000 + number))) for number in range(MOST + 1)))
    answer = seek(store, "a4:83")
    assert len(answer.found) == MOST and answer.more
    assert not seek(store, mac(0x1000)).more
