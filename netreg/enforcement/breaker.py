"""The breaker of a point: when one that keeps failing is left alone, and when it is tried again.

Closed, a point is tried whenever something is due there. After some failures in a row the breaker opens, and nothing is
tried until `retry_at`. From then on it is half open: one push tries, and either closes the breaker or opens it again
for longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# More doublings than any pause has; beyond them a power of two would only grow.
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Pauses:
    """After how many failures in a row a point is left alone, and for how long.

    The `first` pause is that long, each further one twice as long as the one before, and `most` at the most.
    """

    after: int = 3
    first: timedelta = timedelta(seconds=30)
    most: timedelta = timedelta(minutes=15)

    def pause(self, failures: int, jitter: float) -> timedelta:
        """The pause after so many failures; `jitter` is a number in 0..1 that spreads its last half."""
        doubled = self.first * 2.0 ** min(failures - self.after, _MOST_DOUBLINGS)
        return min(self.most, doubled) * (0.5 + 0.5 * jitter)


@dataclass(frozen=True, slots=True)
class Breaker:
    """How often in a row a point failed, and when it is tried again; None: whenever something is due."""

    failures: int = 0
    retry_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.retry_at is None

    def is_open(self, at: datetime, pauses: Pauses) -> bool:
        """Whether nobody may try now.

        A pause that ends later than any pause could was set by a clock that was wrong: it is over.
        """
        return self.retry_at is not None and at < self.retry_at <= at + pauses.most

    def failed(self, at: datetime, pauses: Pauses, jitter: float) -> Breaker:
        """After one more failure."""
        failures = self.failures + 1
        return Breaker(failures, at + pauses.pause(failures, jitter) if failures >= pauses.after else None)

    def hastened(self, at: datetime) -> Breaker:
        """After a person asked for a try now: the pause is over, and what was counted stands."""
        return self if self.is_closed else Breaker(self.failures, at)


CLOSED = Breaker()
