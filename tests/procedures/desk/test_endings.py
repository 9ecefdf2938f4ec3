"""Duplicates and reopening: a folio is closed for another one, a closed one goes on, and each counts once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from time_machine import travel

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, Refused
from netreg.office import Office
from netreg.procedures import cases, letters, reporting, tickets, timing
from netreg.procedures.asking import CODE
from netreg.procedures.desk import duplicates, reopening
from netreg.procedures.figures import Case, Month
from netreg.registry import queries
from netreg.registry.deciding import approve
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, LEON, SOFIA, Member, phone
from tests.procedures.desk.test_taking import doing
from tests.procedures.test_answer import REFUSAL, rejected
from tests.procedures.test_tickets import act, extend, first_device, look, received, sent, turned_over


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> Iterator[None]:
    """An office with a folder for its letters."""
    store.office = Office(files=tmp_path / "files", mail=True)
    yield


def case(store: Store, folio: str) -> Case:
    with store.reading() as session:
        found = cases.as_of(session, CODE, store.office.calendar, now())
        return next(one for one in found if one.folio == folio)


def duplicate(store: Store, by: Member, folio: str, original: str, note: str = "") -> None:
    doing(store, by, folio, duplicates.close, original, note)


def reopen(store: Store, by: Member, folio: str, reason: str = "Se cerró por error") -> None:
    doing(store, by, folio, reopening.reopen, reason)


def stands(store: Store, folio: str) -> tuple[int, str, str]:
    return look(store, folio, lambda t: (t.step, t.status, t.outcome))  # type: ignore[no-any-return]


def states(store: Store, folio: str) -> list[str]:
    return look(store, folio, lambda t: [one.authorisation.state for one in t.devices])  # type: ignore[no-any-return]


def completed(store: Store) -> str:
    """A request that was refused, answered and signed for."""
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
    act(store, SOFIA, folio, signed=True)
    return folio


# --- duplicates ---


def test_a_duplicate_closes_is_linked_both_ways_and_refuses_what_it_asked_for(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2))
    duplicate(store, INES, second, first)
    assert stands(store, second) == (4, "duplicada", "duplicate") and states(store, second) == ["rejected"]
    assert look(store, second, lambda t: t.duplicate_of.reference) == first
    with store.reading() as session:
        found = duplicates.duplicates_of(session, queries.ticket(session, first))
        assert [one.reference for one in found] == [second]
    assert stands(store, first) == (4, "en_revision", "")


def test_a_duplicate_counts_nowhere_in_the_figures(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2))
    duplicate(store, CARLA, second, first)
    month = Month.of(now(), store.office.zone)
    with store.reading() as session:
        figure = reporting.report(session, CODE, month, store.office, now()).official
    assert figure.received.folios == (first,) and figure.excluded.folios == (second,)


@pytest.mark.parametrize("original", ["itself", "another area's", "a duplicate", "none"])
def test_it_is_a_duplicate_of_another_request_of_its_area_and_of_nothing_else(store: Store, original: str) -> None:
    first, second = turned_over(store), turned_over(store, phone(2))
    folio = turned_over(store, phone(3))
    other = {"itself": folio, "another area's": sent(store, phone(4), by=BETO), "a duplicate": second, "none": "E99"}
    duplicate(store, INES, second, first)
    with pytest.raises(InvalidValue) as refused:
        duplicate(store, INES, folio, other[original])
    assert refused.value.field == "original"
    assert stands(store, folio)[2] == ""


def test_what_is_decided_is_no_duplicate_any_more(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2), phone(3))
    approve(store, INES.email, first_device(store, second))
    with pytest.raises(ConcurrentChange) as refused:
        duplicate(store, INES, second, first)
    assert refused.value.code == "already_decided" and stands(store, second)[2] == ""


def test_only_who_works_at_its_step_or_the_coordinator_says_that_it_is_one(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2))
    for who in (ANA, SOFIA, LEON):
        with pytest.raises(NotAllowed):
            duplicate(store, who, second, first)
    duplicate(store, CARLA, second, first)


def test_the_desk_says_it_before_there_is_a_folio(store: Store) -> None:
    first, second = sent(store), sent(store, phone(2))
    duplicate(store, SOFIA, second, first, "El mismo oficio, enviado dos veces")
    assert look(store, second, lambda t: t.moves[-1].note) == f"{first}. El mismo oficio, enviado dos veces"


def test_opened_again_it_is_a_duplicate_no_longer_and_counts(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2))
    duplicate(store, INES, second, first)
    reopen(store, CARLA, second, "Piden otro equipo")
    assert stands(store, second) == (4, "en_revision", "") and states(store, second) == ["requested"]
    assert look(store, second, lambda t: t.duplicate_of) is None
    assert (case(store, second).excluded, case(store, second).reopened) == (None, ()), "it was never answered"


# --- reopening ---


def test_a_closed_request_goes_on_at_the_step_it_ended_at_with_its_folio(store: Store) -> None:
    folio = completed(store)
    reopen(store, CARLA, folio)
    assert stands(store, folio) == (11, "concluida", "")
    extend(store, CARLA, folio, "void_letter", "El número de inventario está mal")
    assert look(store, folio, lambda t: (t.step, t.folio)) == (7, folio)


def test_it_counts_once_however_often_it_was_closed(store: Store) -> None:
    folio = completed(store)
    answered = case(store, folio).attended
    reopen(store, CARLA, folio)
    act(store, SOFIA, folio, signed=True)
    found = case(store, folio)
    assert found.attended == answered and len(found.reopened) == 1 and found.resubmitted == ()
    month = Month.of(now(), store.office.zone)
    with store.reading() as session:
        told = reporting.report(session, CODE, month, store.office, now())
    assert (len(told.official.received), len(told.official.attended), len(told.reopened)) == (1, 1, 1)


def test_only_the_coordinator_opens_it_again_and_says_why(store: Store) -> None:
    folio = completed(store)
    for who in (ANA, INES, SOFIA, LEON):
        with pytest.raises(NotAllowed):
            reopen(store, who, folio)
    with pytest.raises(InvalidValue):
        reopen(store, CARLA, folio, " ")
    assert stands(store, folio)[2] == "completed"


def test_after_ten_working_days_it_is_too_late_and_the_refusal_names_the_day(store: Store) -> None:
    folio = completed(store)
    with store.reading() as session:
        last = reopening.until(session, queries.ticket(session, folio), store.office)
    assert last is not None and timedelta(days=13) < last - now() < timedelta(days=40)
    with travel(last + timedelta(minutes=1)), pytest.raises(NotAllowed) as refused:
        reopen(store, CARLA, folio)
    assert (
        refused.value.code == "too_late" and f"{last.astimezone(store.office.zone):%d/%m/%Y}" in refused.value.message
    )
    with travel(last - timedelta(minutes=1)):
        reopen(store, CARLA, folio)


def test_what_is_open_is_not_opened_again(store: Store) -> None:
    with pytest.raises(ConcurrentChange):
        reopen(store, CARLA, turned_over(store))


def test_what_the_area_withdrew_is_asked_for_again_and_the_clock_stood_still_meanwhile(store: Store) -> None:
    folio = turned_over(store)
    extend(store, ANA, folio, "withdraw", "Ya no")
    with travel(now() + timedelta(days=6)):
        reopen(store, CARLA, folio, "El área se retractó")
        assert stands(store, folio) == (4, "en_revision", "") and states(store, folio) == ["requested"]
        with store.reading() as session:
            ticket = queries.ticket(session, folio)
            procedure = tickets.definition(session, ticket)
            (pause,) = timing.pauses(ticket, procedure)
            shown = timing.reading(ticket, procedure, store.office.calendar, now())
            assert pause.why == "closed" and pause.cause == "El área se retractó"
            assert shown is not None and shown.elapsed < timedelta(minutes=5) and shown.state == "running"
        assert case(store, folio).attended is None


def test_a_withdrawal_before_the_receipt_is_no_receipt(store: Store) -> None:
    reference = sent(store)
    extend(store, ANA, reference, "withdraw", "Ya no")
    reopen(store, CARLA, reference)
    assert look(store, reference, lambda t: (t.step, t.received, t.due)) == (2, None, None)
    folio = act(store, SOFIA, reference, paper=True).reference
    assert len(case(store, folio).resubmitted) == 0


def test_what_an_officer_refused_stays_refused(store: Store) -> None:
    folio = completed(store)
    reopen(store, CARLA, folio)
    assert states(store, folio) == ["rejected"]


def test_a_letter_that_nobody_took_is_delivered_after_all(store: Store) -> None:
    folio = rejected(store)
    act(store, LEON, folio, paragraphs=REFUSAL)
    act(store, CARLA, folio, "yes")
    extend(store, SOFIA, folio, "not_delivered", "Nadie atendió")
    reopen(store, CARLA, folio, "Ya hay quien reciba")
    act(store, SOFIA, folio, receiver="Tomás Gil", receiver_post="Director")
    act(store, SOFIA, folio, signed=True)
    with store.reading() as session:
        letter = letters.letter_of(session, queries.ticket(session, folio))
        assert letter is not None and (letter.state, letter.reason) == ("acknowledged", "")


def test_a_request_that_was_never_corrected_is_back_with_its_area(store: Store) -> None:
    folio = received(store)
    extend(store, CARLA, folio, "return_for_correction")
    with travel(now() + timedelta(days=30)):
        extend(store, CARLA, folio, "close_unanswered", "No contestaron")
        reopen(store, CARLA, folio)
        assert stands(store, folio) == (1, "prevenida", "") and states(store, folio) == ["requested"]


def test_whoever_closes_it_meanwhile_and_whoever_opens_it_are_told(store: Store) -> None:
    folio = completed(store)
    reopen(store, CARLA, folio)
    with pytest.raises(Refused):
        reopen(store, CARLA, folio)

    def kinds(ticket: Ticket) -> list[str]:
        return [move.answer for move in ticket.moves[-2:]]

    assert look(store, folio, kinds) == ["else", "reopened"]
