"""Alerts: what detection found, and what a person did about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from netreg import events
from netreg.detection import advice
from netreg.detection.facts import Finding
from netreg.errors import ConcurrentChange, InvalidValue
from netreg.policy import roles
from netreg.registry import text
from netreg.registry.commands.sightings import accept
from netreg.registry.models import DECISIONS, Alert, Person
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

MOST_DAYS = 365
# Kinds of alert about a device that nobody registered.
STRANGERS = ("rogue", "name")


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
    if news.urgent and not alert.urgent:
        alert.told = None
    alert.last_seen, alert.count, alert.place = news.last_seen, news.count, news.place
    # What was added to the same words when it was opened still stands.
    if not alert.explanation.startswith(news.explanation):
        alert.explanation, alert.explanation_en = news.explanation, news.explanation_en
    alert.evidence, alert.sources = [list(pair) for pair in news.evidence], list(news.sources)
    alert.urgent = alert.urgent or news.urgent
    if _is_over(alert) or (news.wakes and alert.state != "open"):
        # Who was told of it before is told again: they may have put it out of their minds.
        alert.state, alert.snoozed_until, alert.told = "open", None, None
        _record_opened(tx, alert)
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
    _record_opened(tx, alert, place=alert.place)
    return alert


def _record_opened(tx: Transaction, alert: Alert, **after: str) -> None:
    called, called_en = advice.of(alert.kind).name
    tx.record(
        events.AlertOpened(
            alert=alert.id, kind=alert.kind, mac=alert.mac, called=called, called_en=called_en, after=after
        )
    )


def acknowledge(tx: Transaction, alert: Alert, note: str = "") -> None:
    """Somebody is on it."""
    _expect_open(alert)
    _handle(tx, alert, "acknowledged")
    tx.record(events.AlertAcknowledged(alert=alert.id, reason=text.line(note, "note", most=500, required=False)))


def assign(tx: Transaction, alert: Alert, person: Person | None) -> None:
    """Whose it is to deal with; None: nobody's. Raises InvalidValue for somebody who may not."""
    _expect_open(alert)
    if person is None:
        alert.assigned_to = ""
        tx.record(events.AlertFreed(alert=alert.id))
        return
    if not person.active or not roles.may(held(tx.session, person, tx.today), "alerts.handle"):
        raise InvalidValue(
            "Esa persona no atiende alertas.",
            "That person does not deal with alerts.",
            code="E_PERSON",
            field="person",
        )
    alert.assigned_to = person.email
    tx.record(events.AlertAssigned(alert=alert.id, person=person.email))


def note(tx: Transaction, alert: Alert, words: str) -> None:
    """Write something down beside an alert, also a closed one; it stays in its story."""
    tx.record(events.AlertNoted(alert=alert.id, reason=text.line(words, "note", most=500)))


def snooze(tx: Transaction, alert: Alert, until: datetime, note: str) -> None:
    """Quiet until an instant in the future, at most a year away."""
    _expect_open(alert)
    expect_future(until)
    words = text.line(note, "note", most=500)
    _handle(tx, alert, "snoozed")
    alert.snoozed_until = until
    tx.record(events.AlertSnoozed(alert=alert.id, until=local_day(tx, until), reason=words))


def expect_future(until: datetime) -> None:
    """Raises InvalidValue unless the instant is in the future, at most a year away."""
    if not now() < until <= now() + timedelta(days=MOST_DAYS):
        raise InvalidValue(
            "Elija una fecha futura, a un año como máximo.",
            "Choose a date in the future, at most a year away.",
            code="E_UNTIL",
            field="until",
        )


def local_day(tx: Transaction, instant: datetime) -> str:
    """The day of an instant at the office, as 2026-11-20."""
    return instant.astimezone(tx.office.zone).date().isoformat()


def close(tx: Transaction, alert: Alert, note: str, decision: str = "") -> None:
    """Done with: a later sighting opens a new alert. `decision` is one of DECISIONS: what became of the device."""
    words = text.line(note, "note", most=500)
    if decision not in DECISIONS:
        raise InvalidValue(
            "Elija una de las opciones.", "Choose one of the options.", code="E_CHOICE", field="decision"
        )
    _expect_open(alert)
    if alert.kind == "clone" and decision == "harmless":
        accept(tx.session, alert.mac)
    _close(tx, alert, words, decision)


def reopen(tx: Transaction, alert: Alert, reason: str) -> None:
    """Take back what was decided about an alert: it waits for somebody again.

    An address that is ignored or blocked stays so until that is lifted. Raises ConcurrentChange where it is open, or
    where a later alert tells of the same thing.
    """
    words = text.line(reason, "reason", most=500)
    if alert.state == "open":
        raise ConcurrentChange("La alerta ya está abierta.", "The alert is open already.")
    other = select(Alert.id).where(Alert.key == alert.key, Alert.state != "closed", Alert.id != alert.id)
    if (newer := tx.session.scalar(other)) is not None:
        raise ConcurrentChange(
            f"De lo mismo habla ya la alerta {newer}.", f"Alert {newer} tells of the same already.", code="newer_alert"
        )
    before = {"state": alert.state, "decision": alert.decision}
    alert.state, alert.decision, alert.handled_by, alert.snoozed_until = "open", "", "", None
    tx.record(events.AlertReopened(alert=alert.id, reason=words, before=before))


def close_answered(tx: Transaction, macs: Iterable[str], decision: str = "registered") -> None:
    """Close the alerts about devices that have the right to be there now: a registration is the answer."""
    for alert in _about(tx, macs):
        _close(tx, alert, "registrado", decision)


def close_ignored(tx: Transaction, mac: str, words: str) -> None:
    """Close the alert about an address that somebody ignores."""
    for alert in _about(tx, [mac]):
        _close(tx, alert, words, "ignored")


def take_blocked(tx: Transaction, mac: str, words: str) -> None:
    """The alert about a blocked address is in hand and tells nobody anew; whether the device goes away stands in it."""
    for alert in _about(tx, [mac]):
        _handle(tx, alert, "acknowledged")
        alert.decision = "blocked"
        tx.record(events.AlertAcknowledged(alert=alert.id, reason=words, after={"decision": "blocked"}))


def _about(tx: Transaction, macs: Iterable[str]) -> Sequence[Alert]:
    """The alerts about these strangers that are not closed."""
    query = select(Alert).where(Alert.kind.in_(STRANGERS), Alert.mac.in_(set(macs)), Alert.state != "closed")
    return tx.session.scalars(query).all()


def close_keyed(tx: Transaction, key: str, note: str) -> None:
    """Close the alert with this key, if there is one: what it told of is settled."""
    alert = tx.session.scalar(select(Alert).where(Alert.key == key, Alert.state != "closed"))
    if alert is not None:
        _close(tx, alert, note)


def _close(tx: Transaction, alert: Alert, words: str, decision: str = "") -> None:
    _handle(tx, alert, "closed")
    alert.decision = decision
    tx.record(events.AlertClosed(alert=alert.id, reason=words, after={"decision": decision} if decision else {}))


def _expect_open(alert: Alert) -> None:
    if alert.state == "closed":
        raise ConcurrentChange(
            "La alerta está cerrada; no se cambió nada.",
            "The alert is closed; nothing was changed.",
            hint="Ábrala de nuevo primero.",
            hint_en="Open it again first.",
        )


def _handle(tx: Transaction, alert: Alert, state: str) -> None:
    alert.state, alert.handled_by, alert.snoozed_until = state, tx.actor, None
