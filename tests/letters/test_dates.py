"""Dates are words, and a moment is told by the office's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from netreg.letters.dates import day_in_words, minute_in_words, month_in_words

MEXICO = ZoneInfo("America/Mexico_City")


def test_a_day_a_month_and_a_minute() -> None:
    assert day_in_words(date(2026, 11, 20)) == "20 de noviembre de 2026"
    assert day_in_words(date(2027, 2, 1)) == "1 de febrero de 2027"
    assert month_in_words(date(2027, 1, 31)) == "enero de 2027"
    assert minute_in_words(datetime(2026, 11, 25, 13, 0, 59, tzinfo=MEXICO), MEXICO) == (
        "miércoles 25 de noviembre de 2026, 13:00 horas"
    )


def test_the_day_is_that_of_the_office_and_not_of_greenwich() -> None:
    moment = datetime(2026, 11, 21, 5, 59, tzinfo=UTC)
    assert minute_in_words(moment, MEXICO) == "viernes 20 de noviembre de 2026, 23:59 horas"


def test_summer_brings_no_other_hour() -> None:
    """Mexico gave up daylight saving in October 2022."""
    assert minute_in_words(datetime(2026, 7, 1, 18, 0, tzinfo=UTC), MEXICO).endswith("12:00 horas")


def test_a_moment_without_its_zone_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="zone"):
        minute_in_words(datetime(2026, 11, 20, 13, 0), MEXICO)
