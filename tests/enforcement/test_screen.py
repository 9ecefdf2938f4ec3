"""A device's output is read as a person sees it: codes, overwriting and erasing are gone, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.enforcement.screen import rendered


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("one\r\ntwo\r\nfw# ", "one\ntwo\nfw# "),
        ("\x1b[0m\x1b[2K\rfw#\x1b[0m", "fw#"),
        ("\x1b]0;title\x07fw#", "fw#"),
        ("--More-- \r         \rnext line\r\n#", "next line\n#"),
        ("--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\bnext line\r\n#", "next line\n#"),
        ("[admin@AP] > \x1b[9999B\r[admin@AP] > ", "[admin@AP] > "),
        ("trailing   \r\n#", "trailing\n#"),
        ("bell\x07 and nul\x00\r\n#", "bell and nul\n#"),
        ("", ""),
    ],
)
def test_what_is_printed_is_what_is_seen(printed: str, seen: str) -> None:
    assert rendered(printed) == seen


@given(st.text())
def test_no_text_breaks_it_and_no_code_is_left(text: str) -> None:
    seen = rendered(text)
    assert not any(char < " " and char not in "\n\t" for char in seen)


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20), min_size=1))
def test_plain_lines_are_left_as_they_are(lines: list[str]) -> None:
    assert rendered("\r\n".join(lines)) == "\n".join(lines)
