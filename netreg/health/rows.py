"""What the rows say is wrong: the log, dates of the future, points, sources, and work that nobody does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from netreg.backup import keeping
from netreg.config import Settings
from netreg.detection import sources
from netreg.detection.watch import blind
from netreg.errors import ConfigError, HostKeyChanged
from netreg.health import outgoing
from netreg.health.context import Place
from netreg.health.findings import Finding, found
from netreg.reactions import KICK, LOOK, PUSH
from netreg.registry import hashing, logins, queries
from netreg.registry.models import Point, Source
from netreg.store import audit
from netreg.store.audit import AuditEvent
from netreg.store.outbox import RUNNING, WAITING, Delivery

# Two machines on one database may differ by so much.
TOLERANCE = timedelta(minutes=1)
OVERDUE = timedelta(minutes=10)
# This is what a worker takes up at once; messages wait their turn, and `outgoing` has an eye on them.
_AT_ONCE = (PUSH, LOOK, KICK, "sweep", "tables", "leases")


def examine(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    """The findings in the rows of the installation as they stand at this moment."""
    chain = audit.verify_store(session)
    if chain.broken_at is not None:
        yield found("netreg.D014", problem=chain.problem)
    yield from _future(session, at)
    yield from _retention(session, settings)
    for point in _in_service(session):
        yield from _point(point)
    yield from _blind(session, settings, at)
    yield from _overdue(session, at)
    yield from outgoing.examine(session, at, _AT_ONCE)
    yield from _backup(session, settings, at)


def places(session: Session) -> tuple[Place, ...]:
    """Where the points in service are reached."""
    return tuple(Place(one.name, one.host, one.port, logins.files(one)) for one in _in_service(session))


def _in_service(session: Session) -> Iterable[Point]:
    return [point for point in queries.points(session) if point.enabled]


def _future(session: Session, at: datetime) -> Iterator[Finding]:
    # Instants of the log are text of one form, in UTC: the greatest is the last.
    event = session.scalar(select(func.max(AuditEvent.at)))
    owed = session.scalar(select(func.max(Delivery.created)))
    for about, when in (("audit", _instant(event)), ("delivery", owed)):
        if when and when > at + TOLERANCE:
            yield found("netreg.D020", about, when=when.isoformat(timespec="seconds"))


def _instant(text: str | None) -> datetime | None:
    """An instant of the log; none where somebody wrote something else there, which the chain tells."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def _retention(session: Session, settings: Settings) -> Iterator[Finding]:
    try:
        hashing.AddressHash.of_store(session, settings.retention_key_file)
    except ConfigError as error:
        yield found("netreg.D046", problem=error.message)


def _point(point: Point) -> Iterator[Finding]:
    if point.problem_code == HostKeyChanged.code:
        yield found("netreg.D051", point.name)
    elif not point.host_key:
        yield found("netreg.D050", point.name)
    elif point.problem_code or point.problem:
        said = point.problem.removeprefix(f"{point.name}: ")
        yield found("netreg.D052", point.name, code=point.problem_code, problem=said)


def _blind(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    for source in session.scalars(select(Source).where(Source.ended.is_(None)).order_by(Source.name)):
        if blind(source.name, source.last_good, at, settings.scan.blind_after) is not None:
            spanish, english = sources.called(source.name)
            since = source.last_good.isoformat(timespec="minutes") if source.last_good else "—"
            yield found("netreg.D080", spanish, english=english, since=since)


def overdue(at: datetime) -> Select[Delivery]:
    """Work whose time came and that nobody holds, but for points left alone after failures; the longest due first."""
    since, under_way = at - OVERDUE, aliased(Delivery)
    held = select(under_way.id).where(
        under_way.kind == Delivery.kind, under_way.target == Delivery.target, under_way.state == RUNNING,
        under_way.lease_until >= since,
    )  # fmt: skip
    paused = select(Point.id).where(Point.name == Delivery.target, Point.retry_at > since)
    waits = (Delivery.state == WAITING) & (Delivery.due < since) & ~held.exists() & ~paused.exists()
    dead = (Delivery.state == RUNNING) & (Delivery.lease_until < since)
    return select(Delivery).where(Delivery.kind.in_(_AT_ONCE), waits | dead).order_by(Delivery.due)


def _overdue(session: Session, at: datetime) -> Iterator[Finding]:
    """One finding for all that waits."""
    rows = session.scalars(overdue(at)).all()
    if rows:
        yield found("netreg.D090", rows[0].due.isoformat(timespec="minutes"), count=len(rows))


def _backup(session: Session, settings: Settings, at: datetime) -> Iterator[Finding]:
    """Where the timetable makes backups: a new installation has until the alarm for its first."""
    if not settings.backup.folder:
        return
    good = keeping.newest_good(session, Path(settings.backup.folder))
    since = good or _instant(session.scalar(select(func.min(AuditEvent.at)))) or at
    if at - since > settings.backup.alarm_after:
        newest = good.isoformat(timespec="minutes") if good else "—"
        yield found("netreg.D100", settings.backup.folder, newest=newest)
