"""A suspension waits for the coordinator's review, a lost device for its area's letter; nothing follows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from netreg.errors import ConcurrentChange, InvalidValue
from netreg.procedures import asking, calendars, suspensions
from netreg.procedures.asking import Change, Form
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, INES, do, phones, state
from tests.procedures.test_swaps import swap
from tests.procedures.test_tickets import sent

FRIDAY = datetime(2026, 11, 20, 16, tzinfo=UTC)
Found = list[tuple[int, bool]]


@pytest.fixture(autouse=True)
def friday() -> Iterator[None]:
    with time_machine.travel(FRIDAY, tick=False):
        yield


def to_review(store: Store, at: datetime) -> Found:
    with store.reading() as session:
        calendar = calendars.current(session, store.office)
        return [(one.device.id, one.late) for one in suspensions.to_review(session, calendar, at)]


def to_regularise(store: Store, at: datetime) -> Found:
    with store.reading() as session:
        calendar, area = calendars.current(session, store.office), queries.area(session, "OBRAS").id
        return [(one.device.id, one.late) for one in suspensions.to_regularise(session, calendar, at, area)]


def test_a_security_suspension_is_reviewed_in_one_working_day(store: Store) -> None:
    one, other, third = phones(store, 3)
    do(store, devices.suspend, one, "", "incident")
    do(store, devices.suspend, other, "Se prestaba", "misuse")
    do(store, devices.suspend, third, "", "incident", by=CARLA)
    assert to_review(store, FRIDAY) == [(one, False), (other, False)], "the coordinator's own is reviewed with that"
    assert to_review(store, FRIDAY + timedelta(days=3)) == [(one, False), (other, False)], "the weekend does not count"
    assert to_review(store, FRIDAY + timedelta(days=3, hours=1)) == [(one, True), (other, True)]
    do(store, devices.confirm_suspension, one, "Se queda fuera hasta revisar el equipo", by=CARLA)
    do(store, devices.restore, other, "Se aclaró", by=CARLA)
    assert to_review(store, FRIDAY + timedelta(days=9)) == [] and state(store, one)[0] == "suspended"


def test_a_new_suspension_wants_a_new_review(store: Store) -> None:
    (one,) = phones(store, 1)
    do(store, devices.suspend, one, "", "incident")
    do(store, devices.confirm_suspension, one, "Visto", by=CARLA)
    do(store, devices.restore, one, "Se aclaró", by=CARLA)
    with pytest.raises(ConcurrentChange):
        do(store, devices.confirm_suspension, one, "Visto", by=CARLA)
    do(store, devices.suspend, one, "", "misuse")
    assert [number for number, _late in to_review(store, FRIDAY)] == [one]


@pytest.mark.parametrize("asks", ["removal", "swap"])
def test_a_lost_phone_is_shown_to_its_area_until_it_asks_for_something_in_writing(store: Store, asks: str) -> None:
    (one,) = phones(store, 1)
    do(store, devices.suspend, one, "", "lost")
    assert to_regularise(store, FRIDAY) == [(one, False)] and to_review(store, FRIDAY) == []
    late = FRIDAY + timedelta(days=7, hours=1)
    assert to_regularise(store, late) == to_review(store, late) == [(one, True)], "then the coordinator sees it too"
    if asks == "swap":
        sent(store, swap(9, one))
    else:
        with store.transaction(ANA.email) as tx:
            area, ana = queries.area(tx.session, "OBRAS"), queries.person(tx.session, ANA.email)
            form = Form("Se extravió", asking.REMOVE, changes=[Change(str(one))])
            asking.send(tx, asking.draft(tx, area, ana, form), ana, accepted=True)
    assert to_regularise(store, late) == to_review(store, late) == []
    assert state(store, one) == ("suspended", 1)


def test_a_reason_comes_from_the_list_and_another_needs_words(store: Store) -> None:
    (one,) = phones(store, 1)
    for code, words in (("stolen", "x"), ("other", " ")):
        with pytest.raises(InvalidValue):
            do(store, devices.suspend, one, words, code)
    do(store, devices.suspend, one, "", "lost")
    with store.reading() as session:
        assert (
            queries.audit(session, f"device {one}")[0].sentence("es") == f"{INES.email} suspendió el equipo {one}: lost"
        )
