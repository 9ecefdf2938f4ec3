"""What a month's answers of satisfaction tell, and when they tell nothing: pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LOWEST, HIGHEST = 1, 5
# With fewer answers a mean would tell what one person said.
FEWEST = 3
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Opinion:
    """How many answered and their mean with one decimal; both None where they were too few to tell."""

    answers: int | None = None
    mean: Decimal | None = None


NO_OPINION = Opinion()


def of(scores: Collection[int]) -> Opinion:
    """The opinion of these answers, halves up."""
    if len(scores) < FEWEST:
        return NO_OPINION
    return Opinion(len(scores), (Decimal(sum(scores)) / len(scores)).quantize(_TENTH, ROUND_HALF_UP))
