"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import request

ROWS = 50


class Page(NamedTuple):
    """One page of a list: its rows, which page of how many, and how many rows there are in all."""

    rows: Sequence[Any]
    number: int
    count: int
    total: int


def page_of(found: Sequence[Any]) -> Page:
    """The page that `?page=` names; the nearest one when there is none with that number."""
    return page_fetched(len(found), lambda first: found[first : first + ROWS])


def page_fetched(total: int, fetch: Callable[[int], Sequence[Any]]) -> Page:
    """As `page_of`, where only the rows of the page are fetched: `fetch` gives those after so many."""
    count = max(1, -(-total // ROWS))
    number = min(max(request.args.get("page", 1, type=int), 1), count)
    return Page(fetch((number - 1) * ROWS), number, count, total)
