"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.rows import reading

Row = TypeVar("Row")

ROWS = 50


class Page(NamedTuple):
    """One page of a list: its rows, which page of how many, and how many rows there are in all."""

    rows: Sequence[Any]
    number: int
    count: int
    total: int


def page_found(
    query: Select[Row], key: InstrumentedAttribute[int], fetch: Callable[[Session, Sequence[int]], Sequence[Row]]
) -> Page:
    """The page of what a query finds: their numbers are looked up once, and `fetch` gets the rows of the page alone."""
    session = reading()
    numbers = session.scalars(query.with_only_columns(key)).all()
    return page_fetched(len(numbers), lambda first: fetch(session, numbers[first : first + ROWS]))


def page_of(found: Sequence[Any]) -> Page:
    """The page that `?page=` names; the nearest one when there is none with that number."""
    return page_fetched(len(found), lambda first: found[first : first + ROWS])


def page_fetched(total: int, fetch: Callable[[int], Sequence[Any]]) -> Page:
    """As `page_of`, where only the rows of the page are fetched: `fetch` gives those after so many."""
    count = max(1, -(-total // ROWS))
    number = min(max(request.args.get("page", 1, type=int), 1), count)
    return Page(fetch((number - 1) * ROWS), number, count, total)
