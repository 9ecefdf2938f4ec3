"""Many values that rows are asked for by, some at a time: no database takes any number of them in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_AT_ONCE = 500
Value = TypeVar("Value")


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in their order, five hundred at a time; none of none."""
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))
