"""A point that keeps failing is left alone for longer and longer, never for too long, and is always tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from netreg.enforcement.breaker import CLOSED, Breaker, Pauses

PAUSES = Pauses()
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Point(RuleBasedStateMachine):
    """A point that fails and answers while time passes and people ask; nobody tries while the breaker is open."""

    def __init__(self) -> None:
        super().__init__()
        self.at, self.breaker = START, CLOSED
        self.failures, self.last_pause = 0, timedelta(0)

    def may_try(self) -> bool:
        return not self.breaker.is_open(self.at, PAUSES)

    @precondition(may_try)
    @rule(jitter=st.floats(0, 1))
    def it_fails(self, jitter: float) -> None:
        self.breaker = self.breaker.failed(self.at, PAUSES, jitter)
        self.failures += 1
        if self.breaker.retry_at is not None:
            pause = self.breaker.retry_at - self.at
            assert pause >= min(self.last_pause, PAUSES.most / 2), "each pause is longer, up to the cap and its jitter"
            self.last_pause = pause

    @precondition(may_try)
    @rule()
    def it_answers(self) -> None:
        self.breaker, self.failures, self.last_pause = CLOSED, 0, timedelta(0)

    @rule(seconds=st.integers(0, 1800))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @rule()
    def a_person_asks(self) -> None:
        self.breaker = self.breaker.hastened(self.at)
        assert self.may_try(), "who asks is never told to wait"

    @invariant()
    def it_counts_and_rests_only_after_enough_failures(self) -> None:
        assert self.breaker.failures == self.failures
        assert self.breaker.is_closed == (self.failures < PAUSES.after)

    @invariant()
    def no_pause_lasts_longer_than_it_may(self) -> None:
        assert not self.breaker.is_open(self.at + PAUSES.most, PAUSES)
        if self.breaker.retry_at is not None:
            assert not self.breaker.is_open(self.breaker.retry_at, PAUSES)


TestPoint = Point.TestCase


def test_the_third_failure_opens_it_and_every_further_one_for_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    breaker, pauses = CLOSED, []
    for _ in range(9):
        breaker = breaker.failed(START, PAUSES, jitter=1)
        pauses.append((breaker.retry_at - START).total_seconds() if breaker.retry_at else 0)
    assert pauses == [0, 0, 30, 60, 120, 240, 480, 900, 900]


def test_a_point_that_has_failed_for_years_is_still_tried() -> None:
    breaker = Breaker(10_000, START).failed(START, PAUSES, jitter=0.5)
    assert breaker.retry_at == START + PAUSES.most * 0.75


def test_a_pause_that_a_wrong_clock_set_is_over() -> None:
    years_ahead = START + timedelta(days=3650)
    assert not CLOSED.failed(years_ahead, Pauses(after=1), jitter=1).is_open(START, PAUSES)


def test_jitter_spreads_the_tries_of_points_that_failed_together() -> None:
    tries = {Breaker(5).failed(START, PAUSES, jitter / 10).retry_at for jitter in range(11)}
    assert len(tries) == 11
