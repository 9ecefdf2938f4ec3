"""Reminders: each goes out once at most, also after an outage, and not for what has been done meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from netreg.office import Office
from netreg.procedures import notices, reminders
from netreg.procedures.notices import Notice
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.registry.models import Person
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, INES, SARA, SOFIA, computer, phone
from tests.procedures.test_notices import deactivate
from tests.procedures.test_tickets import ACCEPTED, act, extend, received, turned_over
from tests.procedures.test_timing import DAY, after, clock_at, delivered


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    """An office that sends mail."""
    store.office = Office(files=tmp_path / "files", mail=True)


def look(store: Store, hours: float) -> list[tuple[str, str]]:
    """The timetable looks at that hour; every reminder owed so far, by kind and reader."""
    with store.transaction("schedule") as tx:
        reminders.owe(tx, after(hours))
    with store.reading() as session:
        found = []
        for row in session.scalars(select(Delivery).where(Delivery.target.startswith("r")).order_by(Delivery.id)):
            _ticket, kind, _move, person = row.target.split(":")
            found.append((kind, session.get_one(Person, int(person)).email))
        return found


def says(store: Store, number: int, hours: float) -> str:
    """The text of a reminder if it went out at that hour, or why it need not."""
    with store.reading() as session:
        rows = session.scalars(select(Delivery).where(Delivery.target.startswith("r")).order_by(Delivery.id)).all()
        found = reminders.compose(session, rows[number].target, store.office, "es", after(hours))
        return f"{found.words.subject}\n{found.words.body}" if isinstance(found, Notice) else found


def test_it_is_reminded_when_24_hours_are_left_and_the_coordinator_when_none_is(store: Store) -> None:
    with clock_at(0):
        turned_over(store)
    assert look(store, 47) == []
    approaching = [("approaching", INES.email), ("approaching", SARA.email)]
    assert look(store, 48) == look(store, 49) == approaching
    assert "quedan 24 horas" in says(store, 0, 50) and "vence el 08/10/2026 a las 09:00" in says(store, 0, 50)
    assert look(store, 72) == approaching
    assert look(store, 72.1) == look(store, 30 * DAY) == [*approaching, ("overdue", CARLA.email)]
    assert "fuera de plazo" in says(store, 2, 80) and "done" in says(store, 0, 80)


def test_after_an_outage_only_what_is_still_true_is_owed(store: Store) -> None:
    with clock_at(0):
        turned_over(store)
    assert look(store, 9 * DAY) == [("overdue", CARLA.email)]


def test_who_is_reminded_of_what_was_done_meanwhile_is_not_written_to(store: Store) -> None:
    with clock_at(0):
        folio = turned_over(store)
    look(store, 48)
    with clock_at(49), store.transaction(INES.email) as tx:
        one = queries.ticket(tx.session, folio).devices[0]
        devices.reject(tx, one, queries.person(tx.session, INES.email), "unfit_device")
    assert "done" in says(store, 0, 50) and len(look(store, 99 * DAY)) == 2


def test_a_term_that_stands_still_reminds_nobody(store: Store) -> None:
    with clock_at(0):
        folio = turned_over(store, computer("OBRAS-1"))
        with store.transaction(INES.email) as tx:
            one = queries.ticket(tx.session, folio).devices[0]
            devices.approve(tx, one, queries.person(tx.session, INES.email))
    assert look(store, 4 * DAY) == []


def test_who_does_not_bring_a_computer_for_five_working_days_is_reminded_once(store: Store) -> None:
    with clock_at(0):
        folio = turned_over(store, computer("OBRAS-1"))
        with store.transaction(INES.email) as tx:
            one = queries.ticket(tx.session, folio).devices[0]
            devices.approve(tx, one, queries.person(tx.session, INES.email))
    assert look(store, 7 * DAY - 1) == []
    assert look(store, 7 * DAY + 1) == look(store, 40 * DAY) == [("unbrought", ANA.email)]
    assert "falta traer una computadora" in says(store, 0, 8 * DAY)
    with clock_at(8 * DAY), store.transaction(INES.email) as tx:
        one = queries.ticket(tx.session, folio).devices[0]
        devices.reject(tx, one, queries.person(tx.session, INES.email), "not_brought")
    assert "done" in says(store, 0, 9 * DAY)


def test_the_copy_is_asked_for_twice_of_the_applicant_and_of_the_desk(store: Store) -> None:
    with clock_at(0):
        folio = delivered(store)
    assert look(store, 3 * DAY) == []
    first = [("unsigned", ANA.email), ("unsigned", SOFIA.email)]
    assert look(store, 3 * DAY + 1) == look(store, 9 * DAY) == first
    second = [("still_unsigned", ANA.email), ("still_unsigned", SOFIA.email)]
    assert look(store, 10 * DAY + 1) == look(store, 90 * DAY) == first + second
    assert "done" in says(store, 0, 11 * DAY) and "Todavía falta su recibo" in says(store, 2, 11 * DAY)
    with clock_at(11 * DAY):
        act(store, ANA, folio, signed="yes")
    assert "done" in says(store, 2, 12 * DAY)


def test_each_return_that_nobody_corrects_is_reminded_of_once(store: Store) -> None:
    with clock_at(0):
        folio = received(store)
        extend(store, CARLA, folio, "return_for_correction")
    once = [("uncorrected", ANA.email), ("uncorrected", CARLA.email)]
    assert look(store, 14 * DAY) == []
    assert look(store, 14 * DAY + 1) == look(store, 20 * DAY) == once
    with clock_at(20 * DAY):
        act(store, ANA, folio, **ACCEPTED)
        extend(store, SOFIA, folio, "return_for_correction")
    assert look(store, 50 * DAY) == once + once


def test_the_applicant_is_told_of_a_closing_in_writing_with_its_words(store: Store) -> None:
    with clock_at(0):
        folio = received(store)
        extend(store, CARLA, folio, "return_for_correction")
    with clock_at(15 * DAY):
        extend(store, CARLA, folio, "close_unanswered", "Nadie vino")
    with store.reading() as session:
        (last,) = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))
        found = notices.compose(session, last.id, last.target, store.office, "es", after(15 * DAY).date())
    assert isinstance(found, Notice) and found.email == ANA.email and "«Nadie vino»" in found.words.body


def test_no_mail_no_reminder_and_whoever_left_gets_none(store: Store) -> None:
    with clock_at(0):
        turned_over(store, phone(1))
    mailing, store.office = store.office, replace(store.office, mail=False)
    assert look(store, 9 * DAY) == []
    store.office = mailing
    assert look(store, 9 * DAY) == [("overdue", CARLA.email)]
    deactivate(store, CARLA)
    assert "no longer there" in says(store, 0, 9 * DAY)


def test_a_reminder_is_told_from_the_notice_of_a_move_by_its_name() -> None:
    assert reminders.names("r3:overdue:7:2") and not reminders.names("3:7:2") and not reminders.names("r3:7:2")
    assert timedelta(hours=24) == reminders.LEFT
