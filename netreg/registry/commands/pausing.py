"""A point that keeps failing is left alone for a while: what each push says of it, kept where every worker sees it."""

from __future__ import annotations

from datetime import datetime

from netreg import events
from netreg.enforcement.breaker import CLOSED, Breaker, Pauses
from netreg.errors import NetregError, PointError, Refused, StoreBusy, StoreFull
from netreg.registry.models import Point
from netreg.store.base import now
from netreg.store.transaction import Transaction


def failed(tx: Transaction, point: Point, error: NetregError, since: datetime, pauses: Pauses, jitter: float) -> None:
    """Count what a retry may mend, in a try that began at `since`: who asked after that is given one of their own.

    Whatever waits for a person, a refusal of the guard or a key that is not trusted, says that the point answers; a
    fault of our own says nothing about it.
    """
    if isinstance(error, PointError) and not error.permanent:
        after = point.breaker.failed(now(), pauses, jitter)
        asked = point.asked_at is not None and point.asked_at >= since
        _turn(tx, point, after.hastened(now()) if asked else after)
    elif isinstance(error, PointError | Refused) and not isinstance(error, StoreBusy | StoreFull):
        answered(tx, point)


def answered(tx: Transaction, point: Point) -> None:
    """It is tried again whenever something is due."""
    _turn(tx, point, CLOSED)


def hasten(point: Point) -> None:
    """A person wants it tried now; the command that says so records it."""
    point.asked_at = now()
    _keep(point, point.breaker.hastened(now()))


def _turn(tx: Transaction, point: Point, after: Breaker) -> None:
    before = point.breaker
    _keep(point, after)
    if before.is_closed and after.retry_at is not None:
        until = {"retry_at": after.retry_at.isoformat(timespec="seconds")}
        tx.record(events.PointPaused(point=point.name, failures=after.failures, after=until))
    elif after.is_closed and not before.is_closed:
        tx.record(events.PointResumed(point=point.name, failures=before.failures))


def _keep(point: Point, breaker: Breaker) -> None:
    point.failures, point.retry_at = breaker.failures, breaker.retry_at
