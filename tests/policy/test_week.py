"""A week is seven whole days at the office, and is written in one way only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netreg.errors import InvalidValue
from netreg.policy.week import Week

ZONE = ZoneInfo("America/Mexico_City")
DAYS = st.dates(date(2000, 1, 3), date(2099, 12, 20))


@given(DAYS)
def test_what_is_written_is_read_again(day: date) -> None:
    week = Week.of(datetime(day.year, day.month, day.day, 12, tzinfo=ZONE), ZONE)
    assert Week.parse(str(week)) == week
    assert week.first <= day <= week.last and week.last - week.first == timedelta(days=6)


@given(DAYS)
def test_weeks_follow_each_other_without_a_gap(day: date) -> None:
    week = Week(*day.isocalendar()[:2])
    assert week.after.before == week and week.end(ZONE) == week.after.start(ZONE)


@given(st.text(max_size=12))
def test_any_other_text_is_refused_by_name(text: str) -> None:
    try:
        assert str(Week.parse(text)) == text
    except InvalidValue as refusal:
        assert (refusal.code, refusal.field) == ("E_WEEK", "week")


@pytest.mark.parametrize(
    "text", ["2025-W53", "2026-W00", "2026-W54", "2026-47", "2026-w47", "2026-W47 ", "2026-W4", "２０２６-W47", ""]
)
def test_what_looks_like_a_week_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Week.parse(text)


def test_a_year_with_53_weeks_has_a_last_one() -> None:
    assert Week.parse("2026-W53").after == Week(2027, 1)


def test_a_week_begins_at_midnight_of_the_office() -> None:
    assert Week(2026, 47).start(ZONE) == datetime(2026, 11, 16, 6, tzinfo=UTC)
    assert Week.of(datetime(2026, 11, 16, 5, 59, tzinfo=UTC), ZONE) == Week(2026, 46)
