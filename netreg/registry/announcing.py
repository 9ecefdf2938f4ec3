"""Who is told of which alert, when, and once: what is owed, what a message says, and that it went out.

A delivery names a message and no alert: which alerts it tells of is looked up when it goes out, and they count as told
in the transaction that records that it did. So a restart repeats nothing, and what opens meanwhile goes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from netreg import alerting, events
from netreg.alerting import ALERT, ALERT_MAIL, DIGEST, NOW, Times, Told
from netreg.events import Event
from netreg.mac import MacAddress
from netreg.notices import Words
from netreg.office import Office
from netreg.policy.calendar import Calendar
from netreg.registry import queries
from netreg.registry.models import Alert
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out, and the numbers of the alerts it tells of."""

    words: Words
    alerts: tuple[int, ...]


# --- owing ----------------------------------------------------------------------------------------------------------


def owe_at_once(tx: Transaction, event: Event) -> None:
    """What an event calls for: a message about an urgent alert, and mail to whoever has it to deal with."""
    if isinstance(event, events.AlertOpened):
        alert = tx.session.get_one(Alert, event.alert)
        if alert.urgent and (times := tx.office.announce) is not None:
            outbox.owe(tx.session, ALERT, NOW, times.allowed(now()))
        if alert.assigned_to:
            _owe_mail(tx, alert)
    elif isinstance(event, events.AlertAssigned) and event.person != tx.actor:
        _owe_mail(tx, tx.session.get_one(Alert, event.alert))


def _owe_mail(tx: Transaction, alert: Alert) -> None:
    if tx.office.mail:
        outbox.owe(tx.session, ALERT_MAIL, str(alert.id), now())


def owe(tx: Transaction, calendar: Calendar, at: datetime) -> None:
    """What the timetable owes: whatever is urgent and was not told (it may have become so), and the day's digest."""
    times = tx.office.announce
    if times is None:
        return
    if not _waits(tx.session, NOW) and _any(tx.session, _urgent()):
        outbox.owe(tx.session, ALERT, NOW, times.allowed(at))
    day = times.digest_due(at, calendar)
    if day is None or _was_owed(tx.session, day) or not _any(tx.session, _of_digest(times, day)):
        return
    outbox.owe(tx.session, ALERT, f"{DIGEST}{day}", times.allowed(at))


def _waits(session: Session, target: str) -> bool:
    """Whether a message waits already, perhaps for a server that is away: asking again would not let it rest."""
    query = select(Delivery.id).where(
        Delivery.kind == ALERT, Delivery.target == target, Delivery.state == outbox.WAITING
    )
    return session.scalar(query) is not None


def _was_owed(session: Session, day: date) -> bool:
    query = select(Delivery.id).where(Delivery.kind == ALERT, Delivery.target == f"{DIGEST}{day}").limit(1)
    return session.scalar(query) is not None


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(Alert.id).where(condition).limit(1)) is not None


def _urgent() -> ColumnElement[bool]:
    """What nobody was told of and nobody has in hand."""
    return and_(Alert.told.is_(None), Alert.state == "open", Alert.urgent)


def _of_digest(times: Times, day: date) -> ColumnElement[bool]:
    """The rest, as it stood at the digest's hour: what opens later has the next one."""
    before = Alert.opened <= times.digest_at(day)
    return and_(Alert.told.is_(None), Alert.state == "open", ~Alert.urgent, before)


# --- what goes out --------------------------------------------------------------------------------------------------


def compose(session: Session, target: str, office: Office, language: str) -> Message | str:
    """What a delivery says now, or why it need not go out."""
    if office.announce is None:
        return "nobody is told of alerts any more"
    if target == NOW:
        found = _alerts(session, _urgent())
        told = _told_of(found, office, language)
        return _message(found, alerting.at_once(told, language, office.address)) if told else "nothing is left to tell"
    day = date.fromisoformat(target.removeprefix(DIGEST))
    later = select(Delivery.id).where(
        Delivery.kind == ALERT, Delivery.target.like(f"{DIGEST}%"), Delivery.target > target
    )
    if session.scalar(later.limit(1)) is not None:
        return "a later digest tells of it"
    found = _alerts(session, _of_digest(office.announce, day))
    told = _told_of(found, office, language)
    return _message(found, alerting.digest(told, day, language, office.address)) if told else "nothing is left to tell"


def compose_mail(session: Session, target: str, office: Office, language: str) -> tuple[str, Words] | str:
    """To whom and what the mail about an assigned alert says, or why it need not go out."""
    alert = session.get(Alert, int(target))
    if alert is None or not alert.assigned_to or alert.state == "closed":
        return "the alert is closed, or nobody's"
    person = queries.person(session, alert.assigned_to)
    if person is None or not person.active:
        return "there is no open account"
    (told,) = _told_of([alert], office, language)
    return person.email, alerting.assigned(told, language, office.address)


def note_told(tx: Transaction, target: str, numbers: Iterable[int], at: datetime) -> None:
    """These alerts went out. One of a digest that became urgent meanwhile is still to be told at once."""
    query = select(Alert).where(Alert.id.in_(tuple(numbers)), Alert.told.is_(None), Alert.urgent == (target == NOW))
    for alert in tx.session.scalars(query):
        alert.told = at


def _alerts(session: Session, condition: ColumnElement[bool]) -> Sequence[Alert]:
    return session.scalars(select(Alert).where(condition).order_by(Alert.first_seen, Alert.id)).all()


def _message(alerts: Sequence[Alert], words: Words) -> Message:
    return Message(words, tuple(alert.id for alert in alerts))


def _told_of(alerts: Sequence[Alert], office: Office, language: str) -> list[Told]:
    written = "%Y-%m-%d %H:%M" if language == "en" else "%d/%m/%Y %H:%M"
    return [
        Told(
            number=alert.id,
            kind=alert.kind,
            place=alert.place,
            since=alert.first_seen.astimezone(office.zone).strftime(written),
            explanation=(alert.explanation, alert.explanation_en),
            mac=alert.mac,
            vendor=alert.vendor,
            random=alert.kind == "rogue" and bool(alert.mac) and MacAddress(alert.mac).is_random,
        )
        for alert in alerts
    ]
