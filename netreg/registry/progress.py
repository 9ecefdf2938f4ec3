"""Where the push that is under way at a point stands: noted by who pushes, read by the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from netreg.enforcement import steps
from netreg.enforcement.steps import Step
from netreg.reactions import PUSH
from netreg.registry.models import Point, Progress
from netreg.store import outbox
from netreg.store.outbox import Claim, Delivery


@dataclass(frozen=True, slots=True)
class Running:
    """A push under way, or one that died: since when, its steps, and the last one that was done ("" for none)."""

    since: datetime | None
    steps: Sequence[Step]
    last: str
    died: bool = False


def note(session: Session, claim: Claim, said: Sequence[str], since: datetime, at: datetime) -> bool:
    """Keep what the pass has said so far. False, and nothing kept, where the push is no longer this claim's."""
    if not outbox.holds(session, claim):
        return False
    row = session.scalars(select(Progress).join(Point).where(Point.name == claim.target)).first()
    if row is None:
        row = Progress(point_id=session.scalars(select(Point.id).where(Point.name == claim.target)).one())
        session.add(row)
    row.delivery_id, row.attempt = claim.id, claim.attempt
    row.steps, row.since, row.at = list(said), since, at
    return True


def end(session: Session, point: Point) -> None:
    """The push is over, however it ended."""
    session.execute(delete(Progress).where(Progress.point_id == point.id))


def running(session: Session, point: Point, at: datetime) -> Running | None:
    """The push under way at this point, or the one that died there and that nobody took over yet."""
    noted = session.get(Progress, point.id)
    carried = session.execute(
        select(Delivery.id, Delivery.attempts).where(
            Delivery.kind == PUSH,
            Delivery.target == point.name,
            Delivery.state == outbox.RUNNING,
            Delivery.lease_until >= at,
        )
    ).first()
    if carried is None:
        return _told(noted, died=True) if noted else None
    if noted is None or (noted.delivery_id, noted.attempt) != tuple(carried):
        return Running(None, steps.standing(()), "")
    return _told(noted, died=False)


def _told(noted: Progress, *, died: bool) -> Running:
    done = steps.finished(noted.steps)
    return Running(noted.since, steps.standing(noted.steps), done[-1] if done else "", died)
