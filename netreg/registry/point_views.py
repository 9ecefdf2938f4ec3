"""Points as people see them: what policy wants there beside what was last verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.registry import allowlists, queries
from netreg.registry.models import Area, Authorisation, Interface, Point, Verdict
from netreg.store.remembering import Memory


@dataclass(frozen=True, slots=True)
class PointView:
    """A point beside what policy wants there: counts, what is still to come, and the state a person reads."""

    point: Point
    desired: int
    verified: int
    to_add: int
    to_remove: int
    status: str


class _Counts(NamedTuple):
    desired: int
    verified: int
    to_add: int
    to_remove: int


_MEMORY: Memory[dict[int, _Counts]] = Memory(Point, Verdict, Area, Interface, Authorisation)


def of(session: Session, point: Point) -> PointView:
    """One point."""
    known = _MEMORY.recall(session)
    if known is not None and known.seq == _MEMORY.changed(session) and point.id in known.kept:
        counts = known.kept[point.id]
    else:
        counts = _counted(point.verified, {entry.mac.text for entry in allowlists.desired(session, point)})
    return _view(point, counts, queries.is_owed(session, point.name))


def every(session: Session) -> list[PointView]:
    """Every point by name. What is the same for all, or for those of one scope, is worked out once."""
    rows, owed = queries.points(session), queries.owed(session)
    counts = _counts(session, rows)
    return [_view(row, counts[row.id], row.name in owed) for row in rows]


def _counts(session: Session, rows: Sequence[Point]) -> dict[int, _Counts]:
    """The lists are thousands of rows long and seldom change: compared anew only then."""
    numbers = {row.id for row in rows}
    return _MEMORY.current(session, lambda: _compared(session, rows), lambda kept: kept.keys() >= numbers)


def _compared(session: Session, rows: Sequence[Point]) -> dict[int, _Counts]:
    lists = allowlists.desired_in(session, {allowlists.scope(row) for row in rows})
    wanted = {scope: {entry.mac.text for entry in entries} for scope, entries in lists.items()}
    verified = {number: listed for number, listed in session.execute(select(Point.id, Point.verified))}
    return {row.id: _counted(verified[row.id], wanted[allowlists.scope(row)]) for row in rows}


def _counted(verified: list[list[str]] | None, want: set[str]) -> _Counts:
    have = {mac for mac, _label in verified or ()}
    return _Counts(len(want), len(have), len(want - have), len(have - want))


def _view(point: Point, counts: _Counts, is_owed: bool) -> PointView:
    if not point.enabled:
        return PointView(point, *counts, "new")
    pending = point.status == "verified" and (counts.to_add or counts.to_remove or is_owed)
    return PointView(point, *counts, "pushing" if pending else point.status)
