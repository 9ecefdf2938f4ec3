"""Who has a request in hand: taken, handed over, given back; never a lock, and every hand on record."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, Refused
from netreg.procedures import tickets
from netreg.procedures.desk import taking, unit_queue
from netreg.procedures.desk.unit_queue import UnitQueue
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, CARLA, INES, LEON, NORA, SARA, SOFIA, Member, phone
from tests.procedures.test_tickets import act, extend, first_device, look, received, sent, turned_over

OMAR = Member("omar@municipio.gob.mx", "Omar Cruz", ("it",))


def hire(store: Store, who: Member) -> None:
    with store.transaction(ACTOR) as tx:
        people.add_person(tx, who.email, who.name, who.roles, "una clave bien larga", None)


def doing(store: Store, by: Member, reference: str, command: Callable[..., Any], *said: Any, **more: Any) -> Any:
    """Have `by` carry out one command of the desk on a request."""
    with store.transaction(by.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        return command(tx, ticket, queries.person(tx.session, by.email), *said, **more)


def hand(store: Store, by: Member, reference: str, to: Member, words: str = "Urge") -> None:
    with store.transaction(by.email) as tx:
        one, other = queries.known_person(tx.session, by.email), queries.known_person(tx.session, to.email)
        taking.hand_over(tx, queries.ticket(tx.session, reference), one, other, words)


def holder(store: Store, reference: str) -> str:
    with store.reading() as session:
        found = taking.current(session, queries.ticket(session, reference))
        return found.person.name if found else ""


def story(store: Store, reference: str) -> list[tuple[str, str]]:
    """Everybody who had it, with how it left their hands."""
    with store.reading() as session:
        rows = taking.history(session, queries.ticket(session, reference))
        return [(one.person.name, one.ended_by) for one in rows]


def queue(store: Store, who: Member) -> tuple[list[str], list[str], list[str]]:
    with store.reading() as session:
        person = queries.known_person(session, who.email)
        found: UnitQueue = unit_queue.of(
            session, person, store.office.today, lambda one: tickets.definition(session, one)
        )
        mine, free, others = ([row.ticket.reference for row in rows] for rows in found)
        return mine, free, others


def test_what_one_takes_leaves_the_queue_of_the_unit_for_ones_own(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    assert queue(store, INES) == ([], [folio], [])
    doing(store, INES, folio, taking.take)
    assert queue(store, INES) == ([folio], [], []) and queue(store, OMAR) == ([], [], [folio])


def test_a_queue_holds_the_steps_of_the_unit_alone_and_those_due_first(store: Store) -> None:
    first, second = turned_over(store), turned_over(store, phone(2), by=BETO)
    waits = received(store, phone(3), by=BETO)
    assert queue(store, INES) == ([], [first, second], [])
    assert queue(store, CARLA) == ([], [waits], []) and queue(store, SOFIA) == ([], [], [])
    assert queue(store, NORA) == ([], [], [])


def test_only_who_may_act_at_the_step_takes_it(store: Store) -> None:
    folio = turned_over(store)
    for who in (ANA, SOFIA, CARLA, LEON, NORA):
        with pytest.raises(NotAllowed) as refused:
            doing(store, who, folio, taking.take)
        assert refused.value.code == "not_your_step"
    assert holder(store, folio) == ""


def test_nobody_takes_what_they_asked_for(store: Store) -> None:
    folio = turned_over(store, by=SARA)
    with pytest.raises(NotAllowed):
        doing(store, SARA, folio, taking.take)


def test_a_draft_a_returned_and_a_closed_request_are_in_no_queue(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    extend(store, INES, folio, "return_for_correction")
    with pytest.raises(NotAllowed):
        doing(store, INES, folio, taking.take)
    extend(store, ANA, folio, "withdraw")
    assert holder(store, folio) == "" and queue(store, INES) == ([], [], [])


def test_a_colleague_is_told_who_has_it_and_may_take_it_all_the_same(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    with pytest.raises(ConcurrentChange) as refused:
        doing(store, OMAR, folio, taking.take)
    assert "Inés Mora" in refused.value.message and holder(store, folio) == "Inés Mora"
    doing(store, OMAR, folio, taking.take, over=True)
    assert story(store, folio) == [("Inés Mora", "taken_over"), ("Omar Cruz", "")]


def test_taking_is_no_lock(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    approve(store, OMAR.email, first_device(store, folio))
    assert look(store, folio, lambda ticket: ticket.devices[0].authorisation.state) == "pushing"


def test_taking_it_twice_is_taking_it_once(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    doing(store, INES, folio, taking.take)
    assert story(store, folio) == [("Inés Mora", "")]


def test_it_is_handed_to_a_colleague_with_what_to_do(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    hand(store, INES, folio, OMAR, "Revise el inventario")
    assert holder(store, folio) == "Omar Cruz" and queue(store, OMAR)[0] == [folio]
    with store.reading() as session:
        row = taking.current(session, queries.ticket(session, folio))
        assert row is not None and (row.instruction, row.handed_by) == ("Revise el inventario", INES.email)


@pytest.mark.parametrize(("to", "words"), [(CARLA, "Urge"), (INES, "Urge"), (NORA, "Urge"), (OMAR, " ")])
def test_it_is_handed_to_nobody_else_and_never_without_a_word(store: Store, to: Member, words: str) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    with pytest.raises(Refused) as refused:
        hand(store, INES, folio, to, words)
    assert isinstance(refused.value, InvalidValue) and refused.value.field in ("colleague", "hand_over")
    assert holder(store, folio) == ""


def test_who_asked_for_it_is_no_colleague_to_hand_it_to(store: Store) -> None:
    folio = turned_over(store, by=SARA)
    with pytest.raises(InvalidValue):
        hand(store, INES, folio, SARA)


def test_given_back_it_is_the_units_again(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    with pytest.raises(NotAllowed):
        doing(store, OMAR, folio, taking.give_back)
    doing(store, INES, folio, taking.give_back)
    assert queue(store, OMAR) == ([], [folio], []) and story(store, folio) == [("Inés Mora", "given_back")]


def test_it_lapses_when_the_step_passes_to_another_role_and_not_before(store: Store) -> None:
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    device = first_device(store, folio)
    approve(store, INES.email, device)
    assert look(store, folio, lambda ticket: ticket.step) == 5 and holder(store, folio) == "Inés Mora"
    other = turned_over(store, phone(2), by=BETO)
    doing(store, INES, other, taking.take)
    extend(store, INES, other, "reject_other_reason")
    assert look(store, other, lambda ticket: ticket.step) == 7
    assert story(store, other) == [("Inés Mora", "passed")] and queue(store, LEON) == ([], [other], [])


def test_who_stands_in_today_takes_it_from_the_same_queue(store: Store) -> None:
    with store.transaction(CARLA.email) as tx:
        leon, carla = (queries.known_person(tx.session, who.email) for who in (LEON, CARLA))
        people.substitute(tx, leon, "coordinator", carla, tx.today, tx.today)
    folio = received(store)
    doing(store, LEON, folio, taking.take)
    assert queue(store, LEON)[0] == [folio] and queue(store, CARLA)[2] == [folio]


def test_every_hand_stands_in_the_audit_log(store: Store) -> None:
    hire(store, OMAR)
    folio = turned_over(store)
    doing(store, INES, folio, taking.take)
    hand(store, INES, folio, OMAR)
    doing(store, OMAR, folio, taking.give_back)
    with store.reading() as session:
        told = [event.sentence() for event in queries.audit(session, "request 1", most=3)]
    assert told == [
        f"{OMAR.email} devolvió la solicitud {folio} a la cola de su unidad",
        f"{INES.email} pasó la solicitud {folio} a Omar Cruz",
        f"{INES.email} tomó la solicitud {folio}",
    ]


def test_of_two_who_take_it_at_once_one_has_it_and_the_other_is_told(store: Store) -> None:
    hire(store, OMAR)
    folio, start, refused = turned_over(store), Barrier(2), list[str]()

    def run(who: Member) -> None:
        start.wait()
        try:
            doing(store, who, folio, taking.take)
        except Refused as refusal:
            refused.append(refusal.code)

    threads = [Thread(target=run, args=(who,)) for who in (INES, OMAR)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(story(store, folio)) == 1 and len(refused) == 1 and refused[0] in ("taken", "store_busy")


def test_before_the_receipt_it_is_in_the_queue_of_the_desk(store: Store) -> None:
    reference = sent(store)
    doing(store, SOFIA, reference, taking.take)
    assert queue(store, SOFIA) == ([reference], [], [])
    folio = act(store, SOFIA, reference, paper=True).reference
    assert queue(store, SOFIA) == ([], [], []) and queue(store, CARLA) == ([], [folio], [])
