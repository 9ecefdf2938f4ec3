"""Sightings and alerts: what the scanner heard, and what a person did about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from netreg import events
from netreg.detection.facts import Finding
from netreg.errors import InvalidValue
from netreg.registry import text
from netreg.registry.models import Alert
from netreg.store.base import now
from netreg.store.transaction import Transaction

MOST_SNOOZE_DAYS = 365


@dataclass(frozen=True, slots=True)
class News:
    """What an alert says: a finding's key and words, as detection gave them."""

    key: str
    kind: str
    mac: str
    vendor: str
    place: str
    explanation: str
    explanation_en: str
    first_seen: datetime
    last_seen: datetime
    count: int
    # Whether an alert that somebody put aside is open again: there is more to it than they saw.
    wakes: bool = False
    # What speaks for it, in Spanish and in English each; which sources say so; whether it is sure enough to be told
    # at once.
    evidence: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    urgent: bool = False


def news_of(finding: Finding) -> News:
    """What an alert says of a finding."""
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
        evidence=finding.evidence,
        sources=finding.sources,
        urgent=finding.urgent,
    )


def point_key(kind: str, point: str) -> str:
    """The key of the one alert of a kind about a point."""
    return f"{kind}:{point}"


def of_point(
    kind: str,
    point: str,
    spanish: str,
    english: str,
    at: datetime,
    *,
    key: str = "",
    since: datetime | None = None,
    count: int = 1,
    wakes: bool = False,
) -> News:
    """News about a point itself and no single address; one of a kind for each point, unless `key` says otherwise."""
    return News(
        key=key or point_key(kind, point),
        kind=kind,
        mac="",
        vendor="",
        place=point,
        explanation=spanish,
        explanation_en=english,
        first_seen=since or at,
        last_seen=at,
        count=count,
        wakes=wakes,
    )


def open_alerts(tx: Transaction, findings: Iterable[News]) -> list[Alert]:
    """One alert per finding, however often it is seen: a known one is updated; a snoozed one wakes on its day."""
    return [alert for news in findings if (alert := _open_or_update(tx, news)) is not None]


def _open_or_update(tx: Transaction, news: News) -> Alert | None:
    alert = tx.session.scalar(select(Alert).where(Alert.key == news.key, Alert.state != "closed"))
    if alert is None:
        return _open(tx, news)
    alert.last_seen, alert.count, alert.place = news.last_seen, news.count, news.place
    alert.explanation, alert.explanation_en = news.explanation, news.explanation_en
    alert.evidence, alert.sources = [list(pair) for pair in news.evidence], list(news.sources)
    alert.urgent = alert.urgent or news.urgent
    if _is_over(alert) or (news.wakes and alert.state != "open"):
        alert.state = "open"
        tx.record(events.AlertOpened(alert=alert.id, kind=alert.kind, mac=alert.mac))
    return None


def _is_over(alert: Alert) -> bool:
    """Whether the day has come until which somebody wanted quiet."""
    return alert.state == "snoozed" and alert.snoozed_until is not None and alert.snoozed_until <= now()


def _open(tx: Transaction, news: News) -> Alert:
    alert = Alert(
        key=news.key,
        kind=news.kind,
        mac=news.mac,
        vendor=news.vendor,
        place=news.place,
        explanation=news.explanation,
        explanation_en=news.explanation_en,
        first_seen=news.first_seen,
        last_seen=news.last_seen,
        count=news.count,
        evidence=[list(pair) for pair in news.evidence],
        sources=list(news.sources),
        urgent=news.urgent,
        opened=now(),
        state="open",
    )
    tx.session.add(alert)
    tx.session.flush()
    tx.record(events.AlertOpened(alert=alert.id, kind=alert.kind, mac=alert.mac, after={"place": alert.place}))
    return alert


def acknowledge(tx: Transaction, alert: Alert, note: str = "") -> None:
    """Somebody is on it."""
    _handle(tx, alert, "acknowledged")
    tx.record(events.AlertAcknowledged(alert=alert.id, reason=text.line(note, "note", most=500, required=False)))


def snooze(tx: Transaction, alert: Alert, until: datetime, note: str) -> None:
    """Quiet until an instant in the future, at most a year away."""
    if not now() < until <= now() + timedelta(days=MOST_SNOOZE_DAYS):
        raise InvalidValue(
            "Elija una fecha futura, a un año como máximo.",
            "Choose a date in the future, at most a year away.",
            code="E_UNTIL",
            field="until",
        )
    words = text.line(note, "note", most=500)
    _handle(tx, alert, "snoozed")
    alert.snoozed_until = until
    tx.record(events.AlertSnoozed(alert=alert.id, until=until.date().isoformat(), reason=words))


def close(tx: Transaction, alert: Alert, note: str) -> None:
    """Done with: a later sighting opens a new alert."""
    words = text.line(note, "note", most=500)
    _handle(tx, alert, "closed")
    tx.record(events.AlertClosed(alert=alert.id, reason=words))


def close_answered(tx: Transaction, macs: Iterable[str]) -> None:
    """Close the alerts about strangers of devices that have the right to be there now: a registration is the answer."""
    answered = select(Alert).where(Alert.kind.in_(("rogue", "name")), Alert.mac.in_(set(macs)), Alert.state != "closed")
    for alert in tx.session.scalars(answered).all():
        _handle(tx, alert, "closed")
        tx.record(events.AlertClosed(alert=alert.id, reason="registrado"))


def close_keyed(tx: Transaction, key: str, note: str) -> None:
    """Close the alert with this key, if there is one: what it told of is settled."""
    alert = tx.session.scalar(select(Alert).where(Alert.key == key, Alert.state != "closed"))
    if alert is not None:
        _handle(tx, alert, "closed")
        tx.record(events.AlertClosed(alert=alert.id, reason=note))


def _handle(tx: Transaction, alert: Alert, state: str) -> None:
    alert.state, alert.handled_by, alert.snoozed_until = state, tx.actor, None
