"""Points as people see them: what policy wants there beside what was last verified."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from netreg.registry import queries
from netreg.registry.models import Point


@dataclass(frozen=True, slots=True)
class PointView:
    """A point beside what policy wants there: counts, what is still to come, and the state a person reads."""

    point: Point
    desired: int
    verified: int
    to_add: int
    to_remove: int
    status: str


def of(session: Session, point: Point) -> PointView:
    """One point."""
    wanted = {entry.mac.text for entry in queries.desired(session, point)}
    return _view(point, wanted, queries.is_owed(session, point.name))


def every(session: Session) -> list[PointView]:
    """Every point by name. What is the same for all, or for those of one scope, is worked out once."""
    rows = queries.points(session)
    lists = queries.desired_in(session, {queries.scope(row) for row in rows})
    wanted = {scope: {entry.mac.text for entry in entries} for scope, entries in lists.items()}
    owed = queries.owed(session)
    return [_view(row, wanted[queries.scope(row)], row.name in owed) for row in rows]


def _view(point: Point, want: set[str], is_owed: bool) -> PointView:
    have = {mac for mac, _label in point.verified or ()}
    to_add, to_remove = len(want - have), len(have - want)
    if not point.enabled:
        return PointView(point, len(want), len(have), to_add, to_remove, "new")
    pending = point.status == "verified" and (to_add or to_remove or is_owed)
    return PointView(point, len(want), len(have), to_add, to_remove, "pushing" if pending else point.status)
