"""Any text can be printed: what has no glyph is shown as missing, and nothing hides or turns round."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.letters.printable import _COVERED, STAND_IN, clean, masked, unprintable
from tests.letters.samples import register, written


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in clean(text))


@given(st.text())
def test_what_is_cleaned_away_is_told(text: str) -> None:
    assert (STAND_IN in clean(text.replace(STAND_IN, ""))) == bool(unprintable(text))


@given(st.text("áéíóúüñÁÉÍÓÚÜÑ¿¡ abcXYZ0123456789.,;:()«»–—…#*$_<>@`\\/{}[]\"'%&+=~^|!?-", min_size=1))
def test_spanish_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text and clean(unicodedata.normalize("NFD", text)) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("uno\tdos\r\ntres", "uno dos tres"),
        ("a\u202eb\u200bc\u00add\x00e", "abcde"),
        ("📱 de 王", "□ de □"),
        ("\ud800", "□"),
        ("z" + "\u0301\u0302" * 20, "ź\u0302\u0301"),
    ],
)
def test_what_cannot_stand_on_paper(text: str, printed: str) -> None:
    assert clean(text) == printed


def test_the_characters_without_a_glyph_are_listed_once_wherever_they_are() -> None:
    assert unprintable({"a": "📱📱", "b": [{"c": "王 📱"}], "d": 7, "e": None}) == "📱王"


def test_the_fonts_hold_every_character_that_we_call_printable() -> None:
    """Archivable files may not lack a glyph, so composing them all is the proof."""
    chars = [chr(n) for low, high in _COVERED for n in range(low, high + 1) if clean(f"a{chr(n)}b") != f"a{STAND_IN}b"]
    lines = ["x".join(chars[i : i + 60]) for i in range(0, len(chars), 60)]
    assert len(chars) > 2000
    data = register(columnas=[{"titulo": "Signos"}], filas=[[line] for line in lines])
    assert written("register", data).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a4:83:e7:11:22:33", "••:••:••:••:22:33"),
        ("tel A4-83-E7-11-22-33.", "tel ••:••:••:••:22:33."),
        ("A483.E711.2233", "••:••:••:••:22:33"),
        ("a483e7112233", "••:••:••:••:22:33"),
        ("termina en 22:33", "termina en 22:33"),
        ("202611201300", "202611201300"),
        ("ADJ-P03-2026-00042", "ADJ-P03-2026-00042"),
        ("722 100 0000", "722 100 0000"),
    ],
)
def test_only_whole_addresses_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown == masked(shown)
