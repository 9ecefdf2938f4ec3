"""What is looked after by the clock: sources that fall silent, points that lag, devices nobody sees any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.detection import sources
from netreg.detection.facts import Finding
from netreg.detection.watch import blind, far_less, stale
from netreg.policy import quota
from netreg.policy.calendar import Calendar
from netreg.registry import models, point_views
from netreg.registry.commands.alerts import News, close_keyed, news_of, of_point, open_alerts
from netreg.registry.dormancy import DORMANT, dormant
from netreg.registry.models import Alert, Authorisation, Device, Interface, Source, Stay
from netreg.registry.scene import RECENT
from netreg.store.transaction import Transaction

# How often a private address that was accepted is looked at again (core workflow, section 10).
LOOK_AGAIN = timedelta(days=30)
# With how many weeks before a source is compared.
_WEEKS = 4


def end_sources(tx: Transaction, asked: Collection[str], at: datetime) -> None:
    """A source that is not `asked` any more is ended: it is not judged, and an open alert about it closes.

    One that is asked again begins again by itself, with the first that it says.
    """
    for source in _judged(tx.session):
        if source.name not in asked:
            source.ended, source.dim = at, None
            called, called_en = sources.called(source.name)
            tx.record(events.SourceEnded(source=source.name, called=called, called_en=called_en))
            close_keyed(tx, f"blind:{source.name}", "la fuente ya no se usa")


def _judged(session: Session) -> Sequence[Source]:
    return session.scalars(select(Source).where(Source.ended.is_(None))).all()


def look_for_blind_sources(tx: Transaction, at: datetime, limit: timedelta) -> list[Alert]:
    """An alert for each source that has given nothing for longer than `limit`; one that sees again closes its own."""
    opened = []
    for source in _judged(tx.session):
        finding = blind(source.name, source.last_good, at, limit, source.error)
        if finding is not None:
            opened += open_alerts(tx, [news_of(finding)])
        elif source.dim is None:
            close_keyed(tx, f"blind:{source.name}", "la fuente volvió a ver")
    return opened


def dim_sources(session: Session, at: datetime, calendar: Calendar) -> dict[str, Finding | None]:
    """Of each source that is asked, by name, whether it sees far fewer devices than in the weeks before at this hour.

    On a day on which the office is closed none does, and such days are not compared with either. Weeks of stays are
    looked through: not while others wait for the write lock.
    """
    return {source.name: _dim(session, source, at, calendar) for source in _judged(session)}


def note_dim_sources(tx: Transaction, found: Mapping[str, Finding | None], at: datetime) -> list[Alert]:
    """An alert for each source that was `found` to see far less, and the end of that for every other."""
    opened = []
    for source in _judged(tx.session):
        finding = found.get(source.name)
        source.dim = None if finding is None else source.dim or at
        if finding is not None:
            opened += open_alerts(tx, [news_of(finding)])
    return opened


def _dim(session: Session, source: Source, at: datetime, calendar: Calendar) -> Finding | None:
    if not calendar.is_working(calendar.local_day(at)):
        return None
    weeks = [at - timedelta(weeks=number) for number in range(1, _WEEKS + 1)]
    usual = [
        _devices(session, source.name, then) for then in weeks
        if calendar.is_working(calendar.local_day(then)) and source.since is not None and source.since <= then
    ]  # fmt: skip
    return far_less(source.name, _devices(session, source.name, at), usual, at)


def _devices(session: Session, source: str, at: datetime) -> int:
    """How many devices this source saw around an instant."""
    kind, _, place = source.partition(":")
    during = (Stay.until >= at - RECENT, Stay.since <= at)
    here = (Stay.source == kind, Stay.place == place)
    return session.scalar(select(func.count(Stay.mac.distinct())).where(*here, *during)) or 0


def look_for_stale_devices(tx: Transaction, at: datetime) -> list[Alert]:
    """One alert for all registered devices that nobody saw for 90 days; it closes when there are none any more."""
    numbers = dormant(tx.session, at)
    devices = tx.session.scalars(select(Device).where(Device.id.in_(numbers)).order_by(Device.id)).all()
    finding = stale([f"#{one.id} {one.label} ({one.area.code})" for one in devices], DORMANT.days, at)
    if finding is None:
        close_keyed(tx, "stale", "ya no hay ninguno")
        return []
    return open_alerts(tx, [news_of(finding)])


def look_for_late_points(tx: Transaction, at: datetime, limit: timedelta) -> list[Alert]:
    """An alert for each point that has not confirmed, longer than `limit`, whom it must let in or keep out.

    A removal that hangs is a danger, an addition that hangs is somebody who cannot work: two kinds of alert.
    """
    late = [
        view for view in point_views.every(tx.session) if view.point.enabled and _is_late(tx, view.point, at - limit)
    ]
    removals = [_late(view.point, view.to_remove, at) for view in late if view.to_remove and view.point.verified_at]
    return open_alerts(tx, [*removals, *(_hanging(view.point, view.to_add, at) for view in late if view.to_add)])


def look_for_private_addresses(tx: Transaction, at: datetime) -> list[Alert]:
    """A reminder for each private address that was accepted and not looked at for 30 days."""
    rows = tx.session.scalars(
        select(Interface).where(
            Interface.live, Interface.private_reason != "", Interface.private_checked < at - LOOK_AGAIN
        )
    ).all()
    for row in rows:
        row.private_checked = at
    return open_alerts(tx, [_private(row, at) for row in rows])


def _private(row: Interface, at: datetime) -> News:
    holder = row.device.holder
    return News(
        key=f"private:{row.device_id}",
        kind="private",
        mac=row.mac,
        vendor="",
        place=row.device.area.name,
        explanation=f"El teléfono de {holder} está registrado con una dirección privada: «{row.private_reason}». "
        "Compruebe que siga siendo la misma, o pida la del equipo.",
        explanation_en=f"The phone of {holder} is registered with a private address: “{row.private_reason}”. "
        "Check that it is still the same, or ask for the device's own.",
        first_seen=at,
        last_seen=at,
        count=1,
    )


def _is_late(tx: Transaction, point: models.Point, since: datetime) -> bool:
    """Whether the point was not verified since, though something was decided before."""
    if point.verified_at is not None:
        return point.verified_at < since
    decided = select(Authorisation.id).where(Authorisation.state == quota.PUSHING, Authorisation.decided < since)
    return tx.session.scalar(decided.limit(1)) is not None


def _late(point: models.Point, removals: int, at: datetime) -> News:
    return of_point(
        "unverified",
        point.name,
        f"{point.name} todavía no confirma {removals} baja(s): esos equipos aún pueden pasar. "
        "Revise el punto o corte el paso a mano.",
        f"{point.name} has not confirmed {removals} removal(s) yet: those devices may still pass. "
        "Check the point, or cut them off by hand.",
        at,
        since=point.verified_at,
        count=removals,
    )


def _hanging(point: models.Point, additions: int, at: datetime) -> News:
    return of_point(
        "unpushed",
        point.name,
        f"{point.name} todavía no deja pasar {additions} equipo(s) aprobado(s). La decisión sigue en pie y "
        "netreg lo intenta solo; revise que el punto esté encendido y en la red.",
        f"{point.name} does not let {additions} approved device(s) through yet. The decision stands and "
        "netreg keeps trying; check that the point is on and reachable.",
        at,
        since=point.verified_at,
        count=additions,
    )
