"""The office's own clocks, the reason of a delay, what may be closed in writing, and the groups of what waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from netreg import config
from netreg.errors import InvalidValue, NotAllowed
from netreg.office import Office
from netreg.policy.calendar import Calendar
from netreg.procedures import calendars, delays, letters, queue, reporting, tickets, timing
from netreg.procedures.clocks import Reading, read
from netreg.procedures.counting import Month
from netreg.procedures.queue import Waiting
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.registry.models import Ticket
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, LEON, SOFIA, Member
from tests.procedures.test_answer import REFUSAL, rejected
from tests.procedures.test_tickets import ACCEPTED, act, extend, look, received, sent, state, turned_over

START = datetime(2026, 10, 5, 15, tzinfo=UTC)  # a Monday, 9:00 at the office
DAY = 24


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(files=tmp_path / "files")


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@contextmanager
def clock_at(hours: float) -> Iterator[None]:
    with time_machine.travel(after(hours), tick=False):
        yield


def own(store: Store, reference: str, hours: float) -> dict[str, Reading]:
    """The office's own clocks of a request, at some hours after the start."""
    with store.reading() as session:
        ticket = queries.ticket(session, reference)
        procedure, letter = tickets.definition(session, ticket), letters.letter_of(session, ticket)
        found = timing.internal(ticket, procedure, letter, Calendar(), store.office, after(hours))
        return {clock.name: clock.reading for clock in found}


# --- the office's own clocks ----------------------------------------------------------------------------------------


def test_the_turn_has_four_office_hours_and_starts_anew_with_a_corrected_request(store: Store) -> None:
    with clock_at(0):
        folio = received(store)
    assert own(store, folio, 1)["turn"].due == after(4)
    assert own(store, folio, 5)["turn"].state == "late"
    with clock_at(5):
        extend(store, CARLA, folio, "return_for_correction")
    assert own(store, folio, 60)["turn"].state == "answered_late", "the coordinator has left the step"
    with clock_at(2 * DAY):
        act(store, ANA, folio, **ACCEPTED)
        act(store, SOFIA, folio, paper=True)
    assert own(store, folio, 2 * DAY + 1)["turn"].state == "running"
    with clock_at(2 * DAY + 2):
        act(store, CARLA, folio)
    assert own(store, folio, 9 * DAY)["turn"].state == "in_term"


def test_the_response_has_five_working_days_until_the_delivery_and_stands_still_while_returned(store: Store) -> None:
    with clock_at(0):
        folio = received(store)
        extend(store, CARLA, folio, "return_for_correction")
    assert own(store, folio, DAY)["response"].state == "paused"
    with clock_at(DAY):
        act(store, ANA, folio, **ACCEPTED)
        act(store, SOFIA, folio, paper=True)
    # Six working days, two of them a weekend apart.
    assert own(store, folio, 2 * DAY)["response"].due == after(8 * DAY)


def delivered(store: Store) -> str:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
    return folio


def test_the_signed_copy_is_missed_after_three_and_after_eight_working_days(store: Store) -> None:
    with clock_at(0):
        folio = delivered(store)
    assert own(store, folio, 1)["response"].state == "in_term"
    marks = [own(store, folio, days * DAY + 1)["receipt"].marks for days in (2, 3, 10)]
    assert marks == [(), (72,), (72, 192)]
    with clock_at(11 * DAY):
        act(store, ANA, folio, signed="yes")
    assert own(store, folio, 30 * DAY)["receipt"].state == "answered_late"


def test_the_settings_give_the_targets_and_the_hours(tmp_path: Path) -> None:
    said = '[clocks]\nturn_hours = 2\n[office.hours]\nmon = "08:00-12:00 14:00-18:00"\nfri = ""\n'
    office = Office.of(config.parse(said, tmp_path))
    assert office.clocks.turn_hours == 2 and len(office.calendar.week[0]) == 2
    # A Friday without hours is no day of a term: 72 hours from a Thursday end on the Wednesday after it.
    assert office.calendar.add_working_day_hours(after(3 * DAY), 72) == after(9 * DAY)


# --- the reason of a delay ------------------------------------------------------------------------------------------


def explain(store: Store, by: Member, folio: str, code: str, words: str = "") -> None:
    with store.transaction(by.email) as tx:
        delays.explain(tx, queries.ticket(tx.session, folio), queries.person(tx.session, by.email), code, words)


def test_past_the_term_it_and_the_coordinator_may_say_why_and_the_report_tells_it(store: Store) -> None:
    with clock_at(0):
        folio = turned_over(store)
    with clock_at(72), pytest.raises(NotAllowed) as early:
        explain(store, INES, folio, "workload")
    assert early.value.code == "not_late"
    with clock_at(73), pytest.raises(InvalidValue):
        explain(store, INES, folio, "other", " ")
    with clock_at(73):
        explain(store, INES, folio, "workload")
        delivered_now(store, folio)
    with clock_at(20 * DAY):
        explain(store, CARLA, folio, "other", "Se fue la luz")
    with store.reading() as session:
        found = reporting.report(session, "ADJ-P03", Month(2026, 10), store.office, after(21 * DAY))
        story = [event.name for event in queries.story(session, [f"request {look(store, folio, lambda t: t.id)}"])]
    assert [tuple(one)[2:] for one in found.late] == [("other", "Se fue la luz")]
    assert found.late_by["other"].folios == (folio,) and story.count("request.delay_explained") == 2


def delivered_now(store: Store, folio: str) -> None:
    with store.transaction(INES.email) as tx:
        one = queries.ticket(tx.session, folio).devices[0]
        devices.reject(tx, one, queries.person(tx.session, INES.email), "unfit_device")
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")


@pytest.mark.parametrize("who", [ANA, SOFIA, LEON], ids=lambda one: one.name)
def test_nobody_else_says_why(sqlite_store: Store, who: Member) -> None:
    with clock_at(0):
        folio = turned_over(sqlite_store)
    with clock_at(9 * DAY), pytest.raises(NotAllowed) as refused:
        explain(sqlite_store, who, folio, "workload")
    assert refused.value.code == "not_your_step"


# --- closed in writing ----------------------------------------------------------------------------------------------


def test_what_nobody_corrects_is_closed_in_writing_after_ten_working_days_and_not_before(store: Store) -> None:
    with clock_at(0):
        folio = received(store)
        extend(store, CARLA, folio, "return_for_correction", "Falta la firma")
    with clock_at(14 * DAY - 1), pytest.raises(NotAllowed) as early:
        extend(store, CARLA, folio, "close_unanswered", "No contestaron")
    assert early.value.code == "too_early" and "19/10/2026 a las 09:00" in early.value.text()
    assert look(store, folio, lambda t: (t.closed, t.status)) == (None, "prevenida")
    with clock_at(14 * DAY), pytest.raises(NotAllowed):
        extend(store, SOFIA, folio, "close_unanswered", "No contestaron")
    with clock_at(14 * DAY), pytest.raises(InvalidValue):
        extend(store, CARLA, folio, "close_unanswered", " ")
    with clock_at(14 * DAY):
        closed = extend(store, CARLA, folio, "close_unanswered", "No contestaron")
    assert (closed.status, closed.outcome) == ("sin_respuesta", "unanswered")
    assert state(store, closed.devices[0].id) == ("rejected", None)
    with store.reading() as session:
        found = reporting.report(session, "ADJ-P03", Month(2026, 10), store.office, after(15 * DAY))
    assert found.by_outcome["unanswered"].folios == found.official.attended.folios == (folio,)


def test_only_a_returned_request_is_closed_so(sqlite_store: Store) -> None:
    with clock_at(0):
        folio = received(sqlite_store)
    with clock_at(40 * DAY), pytest.raises(NotAllowed) as refused:
        extend(sqlite_store, CARLA, folio, "close_unanswered", "No contestaron")
    assert refused.value.code == "not_at_this_step"


# --- the hours of the settings --------------------------------------------------------------------------------------


def test_other_hours_in_the_settings_become_the_next_version_and_open_terms_follow(store: Store) -> None:
    with clock_at(0):
        folio, other = received(store), sent(store, by=BETO)
        with store.transaction("schedule") as tx:
            assert tickets.adopt_hours(tx).version == 1  # type: ignore[union-attr]
        with store.transaction("schedule") as tx:
            assert tickets.adopt_hours(tx) is None
        week = store.office.calendar.week
        store.office = replace(store.office, calendar=Calendar(week=(*week[:1], (), *week[2:])))
        with store.transaction("schedule") as tx:
            assert tickets.adopt_hours(tx).version == 2  # type: ignore[union-attr]
    assert look(store, folio, lambda t: t.due) == after(4 * DAY), "Tuesday does not count any more"
    assert look(store, other, lambda t: t.due) is None
    with store.reading() as session:
        assert calendars.current(session, store.office).week[1] == ()
        names = [event.name for event in queries.audit(session, most=3)]
    assert names == ["request.term_changed", "calendar.hours_adopted", "calendar.hours_adopted"]


# --- what waits, in groups ------------------------------------------------------------------------------------------


def waiting(number: int, elapsed: float | None, does: str = "", returned: bool = False) -> Waiting:
    """A request received so many hours ago; None: not received yet."""
    now = after(2 * DAY)
    clock = read(now - timedelta(hours=elapsed), now, Calendar()) if elapsed is not None else None
    return Waiting(Ticket(id=number), clock, does, returned)


def test_what_waits_is_overdue_due_today_to_sign_to_deliver_on_the_area_or_under_way() -> None:
    now = after(2 * DAY)
    answered = read(after(0), now, Calendar(), answered=after(1))
    those = [
        waiting(1, None, "receive"),
        waiting(2, 1, "turn_over"),
        Waiting(Ticket(id=3), answered, "review_letter", False),
        Waiting(Ticket(id=4), answered, "deliver_letter", False),
        Waiting(Ticket(id=5), answered, "file_receipt", False),
        waiting(6, 6 * DAY),
        waiting(7, 5 * DAY - 5),
        waiting(8, 1, returned=True),
    ]
    found = queue.grouped(those, Calendar().local_day(now), Calendar())
    assert {group: [ticket.id for ticket in tickets] for group, tickets in found.items()} == {
        "overdue": [6], "today": [7], "sign": [3], "deliver": [4, 5], "area": [8], "rest": [1, 2]
    }  # fmt: skip
    assert list(found) == [group for group in queue.GROUPS if group in found]
