"""An address is read in every usual notation, and what is none is refused by code, without being repeated."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.mac import MacAddress

BLANKS = st.text(" \t\r\n", max_size=3)
NUMBERS = st.integers(0, 2**48 - 1)


@st.composite
def notations(draw: st.DrawFn) -> tuple[str, str]:
    """An address as somebody may write it, and its canonical form."""
    digits = f"{draw(NUMBERS):012x}"
    size = draw(st.sampled_from((2, 4, 6, 12)))
    written = draw(st.sampled_from(":-. ")).join(digits[i : i + size] for i in range(0, 12, size))
    cased = "".join(draw(st.sampled_from((char.lower(), char.upper()))) for char in written)
    canonical = ":".join(digits[i : i + 2] for i in range(0, 12, 2))
    return draw(BLANKS) + cased + draw(BLANKS), canonical


@given(notations())
def test_every_notation_gives_the_one_canonical_form(case: tuple[str, str]) -> None:
    written, canonical = case
    assert str(MacAddress.parse(written)) == canonical
    assert MacAddress.parse(canonical) == MacAddress.parse(written)


@given(st.text() | st.text("0123456789abcdefABCDEFOol:.- \u200b\u0660\uff11\n", max_size=24))
@example("a4:83:e7:11:22:33\x00")
@example("\ud800")
def test_any_text_is_read_or_refused_with_a_code_and_never_repeated(text: str) -> None:
    try:
        mac = MacAddress.parse(text, "wifi")
    except InvalidValue as error:
        assert error.code.startswith("E_") and error.field == "wifi"
        assert error.message and error.english and error.message != error.english
        if len(text.strip()) > 12 and text.strip() != "a4:83:e7:11:22:33":
            assert text.strip() not in f"{error} {error.text('es')} {error.text('en')} {error!r} {error.args}"
    else:
        assert len(mac.text) == 17 and mac.text == mac.text.lower()


REFUSED = {
    "": "E_EMPTY",
    " \t": "E_EMPTY",
    "::::": "E_CHARS",
    "a4:83:e7:11:22:3O": "E_CHARS",
    "A4:83:E7:OO:22:33": "E_CHARS",
    "٠١:٢٣:٤٥:٦٧:٨٩:٠١": "E_CHARS",
    "０１:23:45:67:89:ab": "E_CHARS",
    "a4:83:e7:11:22:33\u200b": "E_CHARS",
    "a4:83:e7:\n11:22:33": "E_CHARS",
    "a4:83:e7:11:22:33\x00": "E_CHARS",
    "a4:83:e7:11:22:33\x07": "E_CHARS",
    "a4:83:e7:11:22:33; rm -rf /": "E_CHARS",
    "а4:83:e7:11:22:33": "E_CHARS",  # the first letter is Cyrillic
    "a4‐83‐e7‐11‐22‐33": "E_CHARS",  # a typographer's hyphen
    "\u00a0a4:83:e7:11:22:33": "E_CHARS",  # a blank that is not ASCII
    "a4:83:e7:11:22": "E_LENGTH",
    "a4:83:e7:11:22:33:44": "E_LENGTH",
    "a483e711223": "E_LENGTH",
    "a4:83:e7:ff:fe:11:22:33": "E_EUI64",
    "356938035643809": "E_IMEI",
    "35-693803-564380-9": "E_IMEI",
    "a4:83-e7:11:22:33": "E_SEPARATORS",
    "a4:83:e7:11:22:33:": "E_SEPARATORS",
    ":a4:83:e7:11:22:33": "E_SEPARATORS",
    "a4::83:e7:11:22:33": "E_SEPARATORS",
    "a48:3e7:112:233": "E_SEPARATORS",
    "a483-e7.112233": "E_SEPARATORS",
}


@pytest.mark.parametrize(("text", "code"), REFUSED.items())
def test_what_is_no_address_is_refused_by_the_code_that_helps_most(text: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        MacAddress.parse(text)
    assert (refused.value.code, refused.value.field) == (code, "mac")


NOT_REGISTRABLE = {
    "00:00:00:00:00:00": "E_PLACEHOLDER",
    "ff:ff:ff:ff:ff:ff": "E_PLACEHOLDER",
    "02:00:00:00:00:00": "E_PLACEHOLDER",
    "01:00:5e:00:00:fb": "E_MULTICAST",
    "33:33:00:00:00:01": "E_MULTICAST",
    "01:80:c2:00:00:0e": "E_RESERVED",
    "00:00:5e:00:01:0a": "E_VIRTUAL_ROUTER",
    "00:00:5e:00:02:0a": "E_VIRTUAL_ROUTER",
    "00:00:0c:07:ac:01": "E_VIRTUAL_ROUTER",
    "00:00:0c:9f:f0:01": "E_VIRTUAL_ROUTER",
    "00:05:73:a0:00:01": "E_VIRTUAL_ROUTER",
    "da:a1:19:00:00:01": "E_RANDOM",
}


@pytest.mark.parametrize(("text", "code"), NOT_REGISTRABLE.items())
def test_an_address_that_cannot_stand_for_one_device_is_read_and_not_registered(text: str, code: str) -> None:
    assert MacAddress.parse(text).problem == code
    with pytest.raises(InvalidValue) as refused:
        MacAddress.registrable(text)
    assert refused.value.code == code


def test_a_random_address_is_registered_only_where_somebody_allows_it() -> None:
    mac = MacAddress.registrable("da:a1:19:00:00:01", allow_random=True)
    assert mac.is_random and mac.vendor is None
    with pytest.raises(InvalidValue):
        MacAddress.registrable("02:00:00:00:00:00", allow_random=True)


def test_a_global_address_shows_its_maker() -> None:
    apple = MacAddress.registrable("A483.E711.2233")
    assert apple.vendor is not None and "Apple" in apple.vendor
    assert MacAddress.parse("fc:ff:ff:00:00:01").vendor is None


@given(NUMBERS)
def test_an_address_is_a_group_a_random_or_a_global_one(number: int) -> None:
    mac = MacAddress.parse(f"{number:012x}")
    assert not (mac.is_group and mac.is_random)
    assert mac.problem is not None or not (mac.is_group or mac.is_random)
    assert mac.is_group is bool(number >> 40 & 1)


def test_people_outside_it_see_the_last_two_octets() -> None:
    assert MacAddress.parse("a4:83:e7:11:22:33").masked == "••:••:••:••:22:33"
