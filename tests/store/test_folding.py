"""Texts are compared alike in Python and in both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, null, select

from netreg.store.folding import bears, fold, folded
from netreg.store.transaction import Store
from tests.databases import database, store

__all__ = ["database", "store"]

LETTERS = [chr(number) for number in range(0x20, 0x7F)] + [
    chr(number) for number in range(0xC0, 0x250) if len(fold(chr(number))) == 1
]
WORDS = st.text(st.sampled_from([*LETTERS, "́", "̃"]), max_size=30)


@pytest.mark.parametrize(("typed", "plain"), [("PREVENCIÓN", "prevencion"), ("Ñandú", "nandu"), ("n̈", "n"), ("", "")])
def test_case_and_accents_do_not_count(typed: str, plain: str) -> None:
    assert fold(typed) == plain


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS)
def test_a_database_folds_a_text_as_python_does(store: Store, text: str) -> None:
    with store.reading() as session:
        assert session.scalar(select(folded(literal(text)))) == fold(text)


def test_what_is_sought_is_no_pattern(store: Store) -> None:
    with store.reading() as session:
        assert session.scalar(select(bears("100%", literal("al 100% hoy"))))
        assert not session.scalar(select(bears("1_0%", literal("al 100% hoy"))))


def test_words_are_found_in_any_column_and_not_across_two(store: Store) -> None:
    with store.reading() as session:
        columns = literal("Peña"), null(), literal("Díaz")
        assert session.scalar(select(bears("PENA", *columns)))
        assert session.scalar(select(bears("diaz", *columns)))
        assert not session.scalar(select(bears("penadiaz", *columns)))
