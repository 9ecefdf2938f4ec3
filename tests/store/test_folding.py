"""Rows are found by what they say, whatever the case and the accents, in both databases alike."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.registry import queries
from netreg.registry.commands import areas
from netreg.registry.models import Area
from netreg.store.folding import fold
from netreg.store.transaction import Store
from tests.databases import database, store
from tests.people import NORA

__all__ = ["database", "store"]

LETTERS = [chr(number) for number in range(0x20, 0x7F)] + [
    chr(number) for number in range(0xC0, 0x250) if len(fold(chr(number))) == 1
]
WORDS = st.text(st.sampled_from([*LETTERS, "́", "̃"]), max_size=30)


def called(store: Store, name: str) -> None:
    """Obras is called so from now on."""
    with store.transaction(NORA.email) as tx:
        areas.rename(tx, queries.area(tx.session, "OBRAS"), name)


def found(store: Store, sought: str) -> list[str]:
    with store.reading() as session:
        return sorted(session.scalars(select(Area.code).where(Area.bears(sought))))


@pytest.mark.parametrize(("typed", "plain"), [("PREVENCIÓN", "prevencion"), ("Ñandú", "nandu"), ("n̈", "n"), ("", "")])
def test_case_and_accents_do_not_count(typed: str, plain: str) -> None:
    assert fold(typed) == plain


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS)
def test_a_row_is_found_by_every_part_of_what_it_says(store: Store, text: str) -> None:
    whole = f"Peña {text} Díaz"
    with Session(store.engine) as session:
        queries.area(session, "OBRAS").name = whole
        session.flush()
        for start in range(len(whole)):
            assert session.scalar(select(Area.code).where(Area.bears(whole[start:])))


def test_what_is_sought_is_no_pattern(store: Store) -> None:
    called(store, "Al 100% hoy")
    assert found(store, "100%") == ["OBRAS"] and found(store, "1_0%") == found(store, "l%y") == []


def test_words_are_found_in_any_column_and_not_across_two(store: Store) -> None:
    called(store, "Peña y Díaz")
    assert found(store, "PENA Y") == found(store, "obras") == ["OBRAS"]
    assert found(store, "obraspena") == []


def test_a_row_is_found_by_what_it_says_now(store: Store) -> None:
    called(store, "Zócalo")
    called(store, "Alameda")
    assert found(store, "zocalo") == [] and found(store, "alameda") == ["OBRAS"]


def test_an_area_is_known_by_its_name_however_it_is_written(store: Store) -> None:
    called(store, "Ñandú y Prevención")
    with store.reading() as session:
        known = select(Area.code).where(Area.called("NANDU Y PREVENCION"))
        assert session.scalars(known).all() == ["OBRAS"]
        assert session.scalar(select(Area.code).where(Area.called("Prevención"))) is None
