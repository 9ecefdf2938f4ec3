"""Take in what a source heard: remember the sightings, ask `detection` what they mean, open alerts for what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.detection.correlate import DetectionSettings, Finding, Known, OpenAlert, blind, findings
from netreg.detection.sighting import Heard, Sighting
from netreg.errors import ConfigError
from netreg.mac import MacAddress
from netreg.policy import quota
from netreg.registry import models, queries
from netreg.registry.commands.alerts import News, of_point, open_alerts
from netreg.registry.commands.sightings import LEASES, note, note_source
from netreg.registry.hashing import AddressHash
from netreg.registry.models import Alert, Authorisation, Device, FormerAddress, Interface, Source
from netreg.store.transaction import Transaction

# How far back one look goes: long enough for two sources to meet, short enough to speak of now.
RECENT = timedelta(minutes=15)
# How often a private address that was accepted is looked at again (core workflow, section 10).
LOOK_AGAIN = timedelta(days=30)


def take_in(
    tx: Transaction,
    source: str,
    place: str,
    heard: Sequence[Heard],
    at: datetime,
    *,
    ignored: Iterable[MacAddress] = (),
    may_be_silent: bool = False,
) -> list[Alert]:
    """Store what `source` heard at `place` and return the alerts it opened.

    All sweeps share one source name: only places named by one source can be compared to find a clone.

    A source that heard nothing is not proof of an empty network: unless it `may_be_silent`, it is on its way to blind.
    """
    rows = note(tx.session, source, place, heard, at)
    note_source(tx.session, f"{source}:{place}", at, saw=bool(rows) or may_be_silent)
    seen = _recent(tx.session, at)
    known = _all_known(tx, seen, ignored)
    found = findings(seen, known, _open(tx.session), at, DetectionSettings())
    return open_alerts(tx, [_with_candidates(tx.session, finding) for finding in found])


def look_at(tx: Transaction, seen: Sequence[Sighting], at: datetime, ignored: Iterable[MacAddress]) -> list[Finding]:
    """What these sightings would give a person to look at, each device for itself. Nothing is stored."""
    known = _all_known(tx, seen, ignored)
    return list(findings(seen, known, (), at, DetectionSettings(storm_limit=len(seen))))


def note_names(tx: Transaction, place: str, told: Sequence[Heard], at: datetime) -> None:
    """Remember what a DHCP server's lease file tells: address, IP and name. A lease is no proof of being there now."""
    rows = note(tx.session, LEASES, place, told, at)
    note_source(tx.session, f"{LEASES}:{place}", at, saw=bool(rows))


def look_for_blind_sources(tx: Transaction, at: datetime, limit: timedelta) -> list[Alert]:
    """An alert for each source that has given nothing for longer than `limit`."""
    sources = tx.session.scalars(select(Source)).all()
    found = [blind(source.name, source.last_good, at, limit) for source in sources]
    return open_alerts(tx, [_news(finding) for finding in found if finding is not None])


def look_for_late_points(tx: Transaction, at: datetime, limit: timedelta) -> list[Alert]:
    """An alert for each point that has not confirmed, longer than `limit`, whom it must let in or keep out.

    A removal that hangs is a danger, an addition that hangs is somebody who cannot work: two kinds of alert.
    """
    late = [
        view for view in queries.point_views(tx.session) if view.point.enabled and _is_late(tx, view.point, at - limit)
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


def _news(finding: Finding) -> News:
    return News(
        key=finding.key,
        kind=finding.kind,
        mac=str(finding.mac) if finding.mac else "",
        vendor=finding.vendor or "",
        place=finding.place or ", ".join(finding.sources),
        explanation=finding.explanation_es,
        explanation_en=finding.explanation_en,
        first_seen=finding.first_seen,
        last_seen=finding.last_seen,
        count=finding.count,
    )


def candidates(session: Session, mac: MacAddress, place: str, since: datetime) -> list[Device]:
    """The phones that may be behind a random address: of that place, let in, and not seen since it appeared.

    A suggestion: nobody is let in, or held to account, for it (core workflow, section 10, scenario 30).
    """
    if not mac.is_random:
        return []
    seen = select(models.Sighting.mac).where(models.Sighting.source != LEASES)
    rows = session.scalars(
        select(Device)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .join(Interface, Interface.device_id == Device.id)
        .where(
            Device.kind == "phone",
            Authorisation.state == quota.ACTIVE,
            Interface.mac.in_(seen.where(models.Sighting.place == place)),
            Interface.mac.not_in(seen.where(models.Sighting.last_seen >= since)),
        )
        .order_by(Device.id)
    )
    return list(rows)


def _with_candidates(session: Session, finding: Finding) -> News:
    news = _news(finding)
    if finding.kind != "rogue" or finding.mac is None or not finding.is_new:
        return news
    found = [
        f"#{one.id} ({one.area.code})" for one in candidates(session, finding.mac, finding.place, finding.first_seen)
    ]
    if not found:
        return news
    return replace(
        news,
        explanation=f"{news.explanation} No se han visto desde entonces: {', '.join(found)}.",
        explanation_en=f"{news.explanation_en} Not seen since then: {', '.join(found)}.",
    )


def _all_known(tx: Transaction, seen: Iterable[Sighting], ignored: Iterable[MacAddress]) -> list[Known]:
    """Whom the registry knows, who is never to be touched, and what is remembered of those seen and forgotten."""
    known = [*_known(tx.session), *(Known(mac, "active", kind="protected") for mac in ignored)]
    return known + _forgotten(tx, {one.mac for one in seen} - {one.mac for one in known})


def _forgotten(tx: Transaction, unknown: set[MacAddress]) -> list[Known]:
    """What the registry still says of addresses that are hashes by now; nothing where the key is not there."""
    if not unknown or tx.session.scalar(select(FormerAddress.id).limit(1)) is None:
        return []
    try:
        hashed = AddressHash.of_store(tx.session, tx.office.retention_key)
    except ConfigError:
        return []
    by_hash = {hashed.of(mac): mac for mac in unknown}
    rows = tx.session.scalars(select(FormerAddress).where(FormerAddress.hash.in_(by_hash)))
    return [_claim(by_hash[row.hash], row.device) for row in rows]


def _claim(mac: MacAddress, device: Device) -> Known:
    folio = device.ticket.reference if device.ticket else ""
    state, area = device.authorisation.state, device.area.code
    return Known(mac, state, area, device.kind, f"#{device.id}", folio, device.id)


def _recent(session: Session, at: datetime) -> list[Sighting]:
    rows = session.scalars(
        select(models.Sighting).where(models.Sighting.last_seen >= at - RECENT, models.Sighting.source != LEASES)
    )
    return [Sighting(MacAddress(row.mac), row.source, row.place, row.last_seen, row.ip) for row in rows]


def _known(session: Session) -> list[Known]:
    rows = session.execute(
        select(Interface.mac, Authorisation.state, models.Area.code, Device.kind, Device.id, models.Ticket.folio)
        .join(Device, Device.id == Interface.device_id)
        .join(Authorisation, Authorisation.device_id == Device.id)
        .join(models.Area, models.Area.id == Device.area_id)
        .outerjoin(models.Ticket, models.Ticket.id == Device.ticket_id)
    )
    return [
        Known(MacAddress(row.mac), row.state, row.code, row.kind, f"#{row.id}", row.folio or "", row.id) for row in rows
    ]


def _open(session: Session) -> list[OpenAlert]:
    return [OpenAlert(alert.key, alert.first_seen) for alert in queries.alerts(session)]
