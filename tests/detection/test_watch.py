"""A source that sees nothing, or far less than usual, is told; it is never taken for a network with nobody on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.detection.watch import blind, far_less, stale
from tests.detection.scenes import NOW

LIMIT = timedelta(minutes=15)


def test_a_source_is_blind_once_it_has_seen_nothing_for_longer_than_its_limit() -> None:
    assert blind("sweep:planta-1", NOW - LIMIT, NOW, LIMIT) is None
    found = blind("sweep:planta-1", NOW - LIMIT - timedelta(seconds=1), NOW, LIMIT)
    assert found is not None
    assert (found.kind, found.key, found.mac, found.urgent) == ("blind", "blind:sweep:planta-1", None, True)
    assert "No quiere decir que no haya equipos" in found.explanation_es
    assert found.explanation_es.startswith("La fuente «barrido activo, planta-1» ya no ve nada.")
    assert found.explanation_en.startswith("The source “active sweep, planta-1” sees nothing any more.")
    assert found.place == "planta-1"


def test_a_source_that_never_saw_anything_is_blind_and_says_why() -> None:
    found = blind("sweep:planta-1", None, NOW, LIMIT, "eth7 is down")
    assert found is not None and found.evidence == (
        ("Lo último que dijo: eth7 is down", "What it said last: eth7 is down"),
    )


@pytest.mark.parametrize(
    ("seen", "usual", "told"),
    [
        pytest.param(9, [50, 55, 48, 60], True, id="a fifth of the other weeks"),
        pytest.param(10, [50, 50, 50], False, id="just a fifth"),
        pytest.param(0, [50, 50], False, id="two weeks are no custom"),
        pytest.param(0, [9, 9, 9, 9], False, id="a handful of devices"),
        pytest.param(3, [50, 2, 48, 51], True, id="one week was a holiday nobody wrote down"),
        pytest.param(60, [50, 55, 48], False, id="more than usual"),
    ],
)
def test_far_less_than_in_other_weeks_is_told(seen: int, usual: list[int], told: bool) -> None:
    found = far_less("fdb:SW-1", seen, usual, NOW)
    assert (found is not None) == told
    if found:
        assert found.key == "blind:fdb:SW-1" and f"ve {seen} equipos" in found.explanation_es


@given(st.integers(0, 500), st.lists(st.integers(0, 500), max_size=6))
def test_seeing_more_never_makes_an_alert(seen: int, usual: list[int]) -> None:
    if far_less("x", seen, usual, NOW) is None:
        assert far_less("x", seen + 1, usual, NOW) is None


def test_devices_that_stay_away_are_one_alert_that_names_the_first_of_them() -> None:
    assert stale([], 90, NOW) is None
    few, many = stale(["#1", "#2"], 90, NOW), stale([f"#{n}" for n in range(12)], 90, NOW)
    assert few is not None and "2 equipos registrados no se ven desde hace 90 días: #1, #2." in few.explanation_es
    assert many is not None and "#9 y 2 más" in many.explanation_es and many.count == 12
    assert few.key == many.key == "stale" and not few.urgent
