"""The history of a point's pushes: each with its plan and how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.enforcement.plan import Plan
from netreg.errors import NetregError
from netreg.registry.models import Pass, Point
from netreg.store.base import now
from netreg.store.transaction import Transaction

_EMPTY = Plan((), (), "")


def note(
    tx: Transaction,
    point: Point,
    plan: Plan | None,
    *,
    seconds: float | None = None,
    steps: Sequence[str] = (),
    error: NetregError | None = None,
) -> None:
    """Keep what a pass did. One that changed nothing is no news; one that fails as the last did counts on its row."""
    plan = plan or _EMPTY
    if error is None and plan.is_empty:
        return
    outcome, problem = ("verified", "") if error is None else (error.code, str(error))
    last = newest(tx.session, point)
    checksum = "" if plan.is_empty else plan.checksum
    if (
        error is not None
        and last is not None
        and (last.outcome, last.problem, last.plan) == (outcome, problem, checksum)
    ):
        last.at, last.times = now(), last.times + 1
        return
    row = Pass(point_id=point.id, at=now(), seconds=seconds, outcome=outcome, problem=problem, steps=list(steps))
    row.added = [[str(entry.mac), entry.label] for entry in plan.adds]
    row.removed = [[str(entry.mac), entry.label] for entry in plan.removes]
    row.plan = checksum
    tx.session.add(row)


def newest(session: Session, point: Point) -> Pass | None:
    return next(iter(history(session, point, most=1)), None)


def history(session: Session, point: Point, *, before: int | None = None, most: int = 20) -> Sequence[Pass]:
    """The newest passes of a point; `before` pages backwards by number."""
    query = select(Pass).where(Pass.point_id == point.id).order_by(Pass.id.desc()).limit(most)
    return session.scalars(query if before is None else query.where(Pass.id < before)).all()
