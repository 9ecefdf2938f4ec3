"""What is measured of an installation, read from its rows when somebody asks: every process tells the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from netreg.registry import point_views
from netreg.registry.models import STRAY_OPEN, Alert, Authorisation, Device, Pass, Point, Source, Stray, Ticket
from netreg.store.audit import AuditEvent
from netreg.store.outbox import FAILED, WAITING, Delivery

# Seconds; a push of a small change takes a few, one of a long list over a slow line a minute.
BUCKETS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)


@dataclass(frozen=True, slots=True)
class PointMeasure:
    """One point: its state, how long ago it was verified (seconds; None: never), and what stands against it."""

    name: str
    state: str
    verified_age: float | None
    to_add: int
    to_remove: int
    strays: int
    failures: int


@dataclass(frozen=True, slots=True)
class Queue:
    """Work of one kind that is owed: how much waits or failed for good, and for how long the oldest is overdue."""

    waiting: int
    failed: int
    overdue: float


@dataclass(frozen=True, slots=True)
class Pushes:
    """How long pushes took: how many up to each of BUCKETS (each counts those before it too), all, and seconds."""

    up_to: tuple[int, ...]
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything measured at one moment."""

    points: tuple[PointMeasure, ...]
    pushes: Pushes
    queues: Mapping[str, Queue]
    alerts: Mapping[str, int]
    sources: Mapping[str, float | None]
    devices: Mapping[tuple[str, str], int]
    open_tickets: Mapping[str, int]
    overdue_tickets: int
    events: int


def measure(session: Session, at: datetime) -> Measures:
    """What there is at this moment."""
    alerts = select(Alert.kind, func.count()).where(Alert.state != "closed").group_by(Alert.kind)
    under_way = Ticket.closed.is_(None), Ticket.sent.is_not(None)
    requests = select(Ticket.procedure, func.count()).where(*under_way).group_by(Ticket.procedure)
    return Measures(
        points=tuple(_points(session, at)),
        pushes=_pushes(session),
        queues=_queues(session, at),
        alerts=_counts(session, alerts),
        sources=_sources(session, at),
        devices=_devices(session),
        open_tickets=_counts(session, requests),
        overdue_tickets=session.scalar(select(func.count()).where(*under_way, Ticket.due < at)) or 0,
        events=session.scalar(select(func.max(AuditEvent.seq))) or 0,
    )


def _sources(session: Session, at: datetime) -> dict[str, float | None]:
    rows = session.scalars(select(Source).where(Source.ended.is_(None)).order_by(Source.name))
    return {row.name: _age(row.last_good, at) for row in rows}


def _devices(session: Session) -> dict[tuple[str, str], int]:
    query = select(Device.kind, Authorisation.state, func.count())
    joined = query.join(Authorisation, Authorisation.device_id == Device.id)
    rows = session.execute(joined.group_by(Device.kind, Authorisation.state))
    return {(kind, state): count for kind, state, count in rows}


def _points(session: Session, at: datetime) -> Iterable[PointMeasure]:
    found = select(Stray.point_id, func.count()).where(Stray.state.in_(STRAY_OPEN)).group_by(Stray.point_id)
    strays = {point: count for point, count in session.execute(found)}
    for view in point_views.every(session):
        row: Point = view.point
        yield PointMeasure(
            row.name, view.status, _age(row.verified_at, at), view.to_add, view.to_remove, strays.get(row.id, 0),
            row.failures,
        )  # fmt: skip


def _age(moment: datetime | None, at: datetime) -> float | None:
    return max(0.0, (at - moment).total_seconds()) if moment else None


def _pushes(session: Session) -> Pushes:
    done = Pass.outcome == "verified", Pass.seconds.is_not(None)
    within = [func.sum(case((Pass.seconds <= limit, 1), else_=0)) for limit in BUCKETS]
    *up_to, count, seconds = session.execute(select(*within, func.count(), func.sum(Pass.seconds)).where(*done)).one()
    return Pushes(tuple(int(one or 0) for one in up_to), count, float(seconds or 0))


def _queues(session: Session, at: datetime) -> dict[str, Queue]:
    waiting = func.sum(case((Delivery.state == WAITING, 1), else_=0))
    failed = func.sum(case((Delivery.state == FAILED, 1), else_=0))
    oldest = func.min(case((Delivery.state == WAITING, Delivery.due)))
    rows = session.execute(
        select(Delivery.kind, waiting, failed, oldest)
        .where(Delivery.state.in_((WAITING, FAILED)))
        .group_by(Delivery.kind)
    )
    return {kind: Queue(int(wait), int(fail), _age(due, at) or 0.0) for kind, wait, fail, due in rows}


def _counts(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {name: count for name, count in session.execute(query)}
