"""What is owed and told of alerts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from netreg.alerting import ALERT, NOW, Times
from netreg.office import Office
from netreg.policy.calendar import Calendar
from netreg.registry import announcing, queries
from netreg.registry.announcing import Message
from netreg.registry.commands.alerts import News, open_alerts
from netreg.store.base import now
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ACTOR, mac

# A Monday at nine in the morning at the office, and its digest an hour before.
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DIGEST = "digest:2026-11-23"


@pytest.fixture(autouse=True)
def told_office(store: Store) -> None:
    store.office = replace(Office(), announce=Times(ZoneInfo("America/Mexico_City"), 8))


def found(store: Store, number: int, *, urgent: bool = False, which: str = "", kind: str = "rogue") -> int:
    address = which or mac(number)
    said = ("Apple, Inc.", "palacio", "Nadie.", "Nobody.")
    news = News(f"{kind} {address}", kind, address, *said, now(), now(), 1, urgent=urgent)
    with store.transaction("agent:scan") as tx:
        return open_alerts(tx, [news])[0].id


def owed(store: Store) -> list[str]:
    with store.transaction(ACTOR) as tx:
        announcing.owe(tx, Calendar(), now())
        return sorted(row.target for row in tx.session.query(Delivery).filter(Delivery.kind == ALERT))


def composed(store: Store, target: str) -> Message:
    with store.reading() as session:
        message = announcing.compose(session, target, store.office, "es")
    assert isinstance(message, Message), message
    return message


def test_each_message_tells_its_own_and_what_was_told_is_told(store: Store) -> None:
    with time_machine.travel(MONDAY - timedelta(days=3)):
        calm, sure = found(store, 1), found(store, 2, urgent=True)
    with time_machine.travel(MONDAY):
        late = found(store, 3)
        assert owed(store) == [DIGEST, NOW] == owed(store)
        assert composed(store, NOW).alerts == (sure,) and composed(store, DIGEST).alerts == (calm,)
        with store.transaction(ACTOR) as tx:
            for target in (NOW, DIGEST):
                announcing.note_told(tx, target, (calm, sure, late) if target == NOW else (calm,), now())
        with store.reading() as session:
            assert [queries.alert(session, one).told is None for one in (calm, sure, late)] == [False, False, True]
            for target in (NOW, DIGEST):
                assert announcing.compose(session, target, store.office, "es") == "nothing is left to tell"


def test_a_reminder_about_a_private_address_is_no_stranger_among_many(store: Store) -> None:
    with time_machine.travel(MONDAY - timedelta(days=3)):
        found(store, 1, which="02:00:00:00:00:01")
        found(store, 2, which="02:00:00:00:00:02", kind="private")
    body = composed(store, DIGEST).words.body
    assert "1 con dirección inventada" in body and "Dirección privada por revisar" in body
