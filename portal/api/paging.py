"""Lists a page at a time: `after` names the last row of the page before, so that no new row makes one be missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import Field
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from portal.api.describing import Document
from portal.rows import reading

Row = TypeVar("Row")
MOST, USUAL = 200, 50
_CURSOR = r"^(c[0-9]{1,18})?$"
# The notations of netreg.mac, for a search.
MAC = (
    r"^([0-9A-Fa-f]{12}|[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}"
    r"|[0-9A-Fa-f]{4}(\.[0-9A-Fa-f]{4}){2})?$"
)


class Listing(Document):
    """Which page of a list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at most.")
    after: str = Field("", pattern=_CURSOR, description="`next` of the page before; without it the first page.")


class Page(Document):
    """One page; `next` is null on the last one."""

    next: str | None = Field(None, description="Send it as `after` for the next page.")


def _cursor(number: int) -> str:
    return f"c{number}"


def _position(after: str) -> int:
    return int(after.removeprefix("c"))


def page(
    listing: Listing, query: Select[tuple[Row]], key: InstrumentedAttribute[int], shown: Callable[[Row], Any],
    *, newest_first: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The rows of one page as `items`, with `next`; `key` is the number that they are sorted by."""
    if listing.after:
        last = _position(listing.after)
        query = query.where(key < last if newest_first else key > last)
    ordered = query.order_by(key.desc() if newest_first else key).limit(listing.limit + 1)
    rows = reading().scalars(ordered).all()
    kept = rows[: listing.limit]
    following = _cursor(getattr(kept[-1], key.key)) if len(rows) > listing.limit else None
    return {"items": [shown(row) for row in kept], "next": following}
