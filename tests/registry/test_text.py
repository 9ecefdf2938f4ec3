"""Text that people type is made plain at the edge, or refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.registry import text


@pytest.mark.parametrize(
    "raw",
    ["a\x00b", "a\nb", "a\u200bb", "\u202eanA", "a\u2066b", "\ufeffa", "a\u2028b", "a\x1b[31mb", "a\ue000", "a\ud800b"],
)
def test_hidden_characters_are_refused(raw: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        text.line(raw, "holder")
    assert (refused.value.code, refused.value.field) == ("E_HIDDEN", "holder")


@pytest.mark.parametrize("name", ["Íñigo O'Kelly", "José Ma. Núñez-Ruiz", "María José d'Ávila (suplente)", "李雷"])
def test_peoples_names_are_kept_as_they_are(name: str) -> None:
    assert text.line(name, "holder") == name


def test_blanks_are_folded_and_letters_normalised() -> None:
    assert text.line("  Ana \u00a0  Lo\u0301pez ", "holder") == "Ana López"


def test_a_line_has_a_limit_and_may_have_to_be_there() -> None:
    assert text.line("x" * 120, "holder") == "x" * 120
    for raw, code in (("x" * 121, "E_TOO_LONG"), (" \t ", "E_EMPTY")):
        with pytest.raises(InvalidValue) as refused:
            text.line(raw, "holder")
        assert refused.value.code == code
    assert text.line(" ", "note", required=False) == ""


@pytest.mark.parametrize("name", ["obras-lap1", "A", "1A", "A" * 15, "PC-2026-3"])
def test_a_computers_name_is_compared_in_capitals(name: str) -> None:
    assert text.computer_name(f" {name} ") == name.upper()


@pytest.mark.parametrize(
    "name", ["", "A" * 16, "12345", "-A", "A-", "O'K", "A B", "A_B", "Ñ1", "A.B", "A\n", "Ａ1", "\u212a1"]
)
def test_what_is_no_computers_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        text.computer_name(name)


@pytest.mark.parametrize("raw", ["a@b", "a b@c.mx", "a@b.mx\n", "ñ@b.mx", "@b.mx", "a@b..mx", "a@@b.mx"])
def test_what_is_no_e_mail_address_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue):
        text.email(raw)


READERS: tuple[Callable[[str], str], ...] = (
    lambda raw: text.line(raw, "x"), text.code, text.email, text.computer_name, text.point_name,
)  # fmt: skip


@given(st.text(), st.sampled_from(READERS))
def test_any_text_is_made_plain_or_refused(raw: str, read: Callable[[str], str]) -> None:
    try:
        plain = read(raw)
    except InvalidValue as error:
        assert error.field and error.message and error.english
    else:
        assert plain and plain == read(plain)
        assert plain == unicodedata.normalize("NFC", plain).strip() and "\n" not in plain


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF), max_size=40))
def test_a_line_that_was_accepted_is_accepted_again_unchanged(raw: str) -> None:
    try:
        once = text.line(raw, "x")
    except InvalidValue:
        return
    assert text.line(once, "x") == once
