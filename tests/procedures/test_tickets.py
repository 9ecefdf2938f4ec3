"""A ticket is at one step; who holds the step's role moves it, and everybody else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound, Refused
from netreg.procedures import asking, catalogue, device_access, tickets
from netreg.procedures.asking import Form, Wanted
from netreg.registry import queries
from netreg.registry.commands import devices, people
from netreg.registry.deciding import approve
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction
from tests.people import (
    ALMA,
    ANA,
    BETO,
    CARLA,
    CAST,
    INES,
    NADIA,
    NORA,
    SARA,
    SOFIA,
    TOMAS,
    Member,
    computer,
    mac,
    phone,
    phones,
    state,
)  # fmt: skip

ACCEPTED = {"use_ack": True, "privacy_ack": True}
PAPER = {"paper": True, "annexes": "2"}


def sent(store: Store, *wanted: Wanted, by: Member = ANA) -> str:
    """A request that was sent and not received yet; its number of sending."""
    with store.transaction(by.email) as tx:
        area = queries.area(tx.session, by.area or "OBRAS")
        person = queries.person(tx.session, by.email)
        return asking.submit(tx, area, person, "Trabajo de campo", wanted or (phone(1),)).reference


def act(store: Store, by: Member, reference: str, choice: str = "else", **values: Any) -> Ticket:
    with store.transaction(by.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        return tickets.answer(tx, ticket, queries.person(tx.session, by.email), choice, values)


def extend(store: Store, by: Member, reference: str, extension: str, note: str = "Falta la firma") -> Ticket:
    with store.transaction(by.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        return tickets.extend(tx, ticket, queries.person(tx.session, by.email), extension, note)


def received(store: Store, *wanted: Wanted, by: Member = ANA) -> str:
    folio = act(store, SOFIA, sent(store, *wanted, by=by), **PAPER).folio
    assert folio is not None
    return folio


def turned_over(store: Store, *wanted: Wanted, by: Member = ANA) -> str:
    folio = received(store, *wanted, by=by)
    act(store, CARLA, folio, instruction="Atender")
    return folio


def look(store: Store, reference: str, of: Callable[[Ticket], Any]) -> Any:
    with store.reading() as session:
        return of(queries.ticket(session, reference))


def step(store: Store, reference: str) -> int:
    return int(look(store, reference, lambda ticket: ticket.step))


def first_device(store: Store, reference: str) -> int:
    return int(look(store, reference, lambda ticket: ticket.devices[0].id))


# --- from the sending to the decision ---


def test_scenario_01_a_request_that_is_sent_has_a_number_of_sending_no_folio_and_no_clock(store: Store) -> None:
    reference = sent(store)
    assert reference == "E1"
    assert look(store, "E1", lambda t: (t.folio, t.received, t.due, t.step, t.status)) == (None,) * 3 + (2, "recibida")
    assert look(store, "E1", lambda t: t.sent) is not None


def test_scenario_02_the_desk_receives_it_and_the_folio_is_taken_with_the_minute(store: Store) -> None:
    folio = received(store)
    assert folio.startswith("ADJ-P03-") and folio.endswith("-00001")
    assert look(store, folio, lambda t: (t.received_by, t.annexes, t.step)) == (SOFIA.email, 2, 3)
    assert look(store, "E1", lambda t: t.folio) == folio


def test_scenario_03_without_its_letter_there_is_no_receipt_and_a_return_is_offered(store: Store) -> None:
    with pytest.raises(InvalidValue) as refused:
        act(store, SOFIA, sent(store))
    assert refused.value.code == "letter_missing" and "Devuelva" in refused.value.hint
    assert look(store, "E1", lambda t: (t.folio, t.step)) == (None, 2)


@pytest.mark.parametrize("annexes", ["-1", "many", "1000", "1.5"])
def test_a_count_of_annexes_is_a_small_number(sqlite_store: Store, annexes: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        act(sqlite_store, SOFIA, sent(sqlite_store), paper=True, annexes=annexes)
    assert refused.value.field == "annexes"


def test_scenario_05_it_does_not_decide_before_the_coordinator_turned_it_over(store: Store) -> None:
    folio = received(store)
    with pytest.raises(NotAllowed) as refused:
        approve(store, INES.email, first_device(store, folio))
    assert refused.value.code == "not_turned_over"
    with pytest.raises(NotAllowed), store.transaction(INES.email) as tx:
        one = queries.device(tx.session, first_device(store, folio))
        devices.reject(tx, one, queries.person(tx.session, INES.email), "not_official_use")
    assert state(store, first_device(store, folio)) == ("requested", None)


def test_scenario_11_a_letter_with_four_phones_and_two_slots_is_decided_device_by_device(store: Store) -> None:
    phones(store, 1)
    folio = turned_over(store, *(phone(n) for n in range(10, 14)))
    numbers = look(store, folio, lambda t: [device.id for device in t.devices])
    for number in numbers[:2]:
        approve(store, INES.email, number)
    assert step(store, folio) == 4, "two are not decided yet"
    for number in numbers[2:]:
        with store.transaction(INES.email) as tx:
            person = queries.person(tx.session, INES.email)
            devices.reject(tx, queries.device(tx.session, number), person, "quota_full")
    assert (step(store, folio), look(store, folio, lambda t: t.status)) == (5, "en_atencion")
    assert look(store, folio, lambda t: [device.authorisation.state for device in t.devices]) == [
        "pushing", "pushing", "rejected", "rejected",
    ]  # fmt: skip


def test_a_request_whose_devices_are_all_rejected_goes_to_the_drafting_desk(store: Store) -> None:
    folio = turned_over(store)
    with store.transaction(INES.email) as tx:
        one = queries.device(tx.session, first_device(store, folio))
        devices.reject(tx, one, queries.person(tx.session, INES.email), "not_official_use")
    assert (step(store, folio), look(store, folio, lambda t: [m.left for m in t.moves])) == (7, [1, 2, 3, 4, 6])


def test_a_computer_that_waits_for_its_address_keeps_its_request_at_the_registration(store: Store) -> None:
    folio = turned_over(store, computer("OBRAS-1"))
    approve(store, INES.email, first_device(store, folio))
    assert step(store, folio) == 5


# --- who may ---


def test_nobody_but_the_steps_role_moves_it(store: Store) -> None:
    reference = sent(store)
    for member in CAST:
        if member is not SOFIA:
            with pytest.raises(NotAllowed):
                act(store, member, reference, **PAPER)
    folio = str(act(store, SOFIA, reference, **PAPER).folio)
    for member in CAST:
        if member is not CARLA:
            with pytest.raises(NotAllowed):
                act(store, member, folio)
    assert step(store, folio) == 3


def test_scenario_34_the_coordinator_does_not_turn_over_a_device_of_their_own(store: Store) -> None:
    folio = received(store, phone(1, holder="carla ríos"))
    with pytest.raises(NotAllowed) as refused:
        act(store, CARLA, folio)
    assert refused.value.code == "own_request" and "suplente" in refused.value.hint


def test_scenario_33_a_substitute_acts_in_the_days_named_and_the_log_says_for_whom(store: Store) -> None:
    folio = received(store)
    with store.transaction("cli:root") as tx:
        people_by = {one.email: queries.person(tx.session, one.email) for one in (CARLA, SARA)}
        sara, carla = people_by[SARA.email], people_by[CARLA.email]
        assert sara and carla
        people.substitute(tx, sara, "coordinator", carla, tx.today - timedelta(days=9), tx.today - timedelta(days=1))
    with pytest.raises(NotAllowed):
        act(store, SARA, folio)
    with store.transaction("cli:root") as tx:
        sara, carla = queries.person(tx.session, SARA.email), queries.person(tx.session, CARLA.email)
        assert sara and carla
        people.substitute(tx, sara, "coordinator", carla, tx.today, tx.today + timedelta(days=5))
    with store.reading() as session:
        everybody, today = queries.people(session), store.office.today
        roles = queries.held_by(session, everybody, today)
        assert roles == {one.id: queries.held(session, one, today) for one in everybody}
        assert roles[sara.id]["coordinator"] == "Carla Ríos"
    act(store, SARA, folio)
    assert look(store, folio, lambda t: t.moves[-1].absent) == "Carla Ríos"
    with store.reading() as session:
        assert "por ausencia de Carla Ríos" in queries.audit(session, most=1)[0].sentence("es")


@pytest.mark.parametrize(
    ("person", "role", "absent"), [(SARA, "legal", CARLA), (CARLA, "coordinator", CARLA), (SARA, "administrator", NORA)]
)
def test_one_stands_in_only_for_another_and_in_a_role_that_one_has(
    sqlite_store: Store, person: Member, role: str, absent: Member
) -> None:
    with pytest.raises(InvalidValue), sqlite_store.transaction("cli:root") as tx:
        one, other = queries.person(tx.session, person.email), queries.person(tx.session, absent.email)
        assert one and other
        people.substitute(tx, one, role, other, tx.today, tx.today)


def test_the_head_of_the_area_may_do_what_its_liaison_may_and_another_areas_may_not(store: Store) -> None:
    reference = sent(store)
    with pytest.raises(NotAllowed):
        extend(store, BETO, reference, "withdraw")
    assert extend(store, TOMAS, reference, "withdraw").status == "desistida"


# --- back, and out ---


def test_a_request_that_is_returned_keeps_its_folio_and_comes_back_as_the_next_revision(store: Store) -> None:
    folio = received(store, phone(1), phone(2))
    returned = extend(store, CARLA, folio, "return_for_correction", "La segunda dirección no es del equipo")
    assert (returned.step, returned.status) == (1, "prevenida")
    with store.transaction(ANA.email) as tx:
        ticket, ana = queries.ticket(tx.session, folio), queries.person(tx.session, ANA.email)
        asking.redraft(tx, ticket, Form("Trabajo de campo", wanted=[phone(3)]), seen=ticket.version)
        asking.send(tx, ticket, ana, accepted=True)
    assert act(store, SOFIA, folio, **PAPER).folio == folio
    assert look(store, folio, lambda t: (t.revision, t.step, len(t.devices))) == (2, 3, 1)
    assert look(store, folio, lambda t: t.devices[0].interfaces[0].mac) == mac(3)


def test_a_request_that_is_not_in_the_areas_hands_is_not_revised(store: Store) -> None:
    folio = received(store)
    with pytest.raises(ConcurrentChange), store.transaction(ANA.email) as tx:
        ticket = queries.ticket(tx.session, folio)
        asking.redraft(tx, ticket, Form("Otra cosa", wanted=[phone(3)]), seen=ticket.version)
        asking.send(tx, ticket, None, accepted=True)


def test_a_request_with_a_decided_device_is_not_returned_so_that_nothing_let_in_vanishes(store: Store) -> None:
    folio = turned_over(store, phone(1), phone(2))
    approve(store, INES.email, first_device(store, folio))
    with pytest.raises(ConcurrentChange) as refused:
        extend(store, INES, folio, "return_for_correction", "Falta la firma")
    assert refused.value.code == "already_decided"
    assert (step(store, folio), state(store, first_device(store, folio))) == (4, ("pushing", 1))


def test_a_request_is_withdrawn_until_the_first_device_is_decided(store: Store) -> None:
    folio = turned_over(store, phone(1), phone(2))
    approve(store, INES.email, first_device(store, folio))
    with pytest.raises(ConcurrentChange) as refused:
        extend(store, ANA, folio, "withdraw")
    assert refused.value.code == "already_decided" and step(store, folio) == 4
    other = turned_over(store, phone(3))
    withdrawn = extend(store, ANA, other, "withdraw", "Ya no hace falta")
    assert (withdrawn.status, withdrawn.outcome, withdrawn.closed is not None) == ("desistida", "withdrawn", True)
    assert state(store, first_device(store, other)) == ("rejected", None)
    with pytest.raises(ConcurrentChange):
        extend(store, ANA, other, "withdraw")


def test_it_or_the_coordinator_reject_a_whole_request_with_words_and_a_letter_follows(store: Store) -> None:
    folio = turned_over(store, phone(1), phone(2))
    with pytest.raises(InvalidValue):
        extend(store, INES, folio, "reject_other_reason", " ")
    assert extend(store, INES, folio, "reject_other_reason", "No es de uso oficial").step == 7
    early = received(store, phone(3))
    assert extend(store, CARLA, early, "reject_other_reason", "No es de uso oficial").step == 7
    assert look(store, folio, lambda t: {d.authorisation.reason for d in t.devices}) == {"No es de uso oficial"}


@pytest.mark.parametrize("extension", ["return_for_correction", "reject_other_reason", "withdraw", "sing"])
def test_a_way_is_open_at_its_steps_only(sqlite_store: Store, extension: str) -> None:
    folio = turned_over(sqlite_store, computer("OBRAS-1"))
    approve(sqlite_store, INES.email, first_device(sqlite_store, folio))
    with pytest.raises(NotAllowed) as refused:
        extend(sqlite_store, INES, folio, extension)
    assert refused.value.code == "not_at_this_step"


# --- two people, one ticket ---


def test_w_01_who_comes_second_is_told_and_nothing_is_lost(store: Store) -> None:
    folio = received(store)
    seen = look(store, folio, lambda t: t.version)
    act(store, CARLA, folio)
    with pytest.raises(ConcurrentChange, match=CARLA.email), store.transaction(SARA.email) as tx:
        tickets.answer(tx, queries.ticket(tx.session, folio), None, seen=seen)
    assert look(store, folio, lambda t: len(t.moves)) == 3


def test_a_step_that_ends_by_itself_has_no_button(store: Store) -> None:
    folio = turned_over(store)
    with pytest.raises(NotAllowed) as refused:
        act(store, INES, folio, "no")
    assert refused.value.code == "moves_by_itself"


# --- what the office sees ---


def test_scenario_39_another_areas_request_looks_like_none_by_folio_and_by_number(store: Store) -> None:
    folio = received(store)
    with store.reading() as session:
        dif = queries.area(session, "DIF").id
        for asked in (folio, "E1", "E99", "ADJ-P03-2026-99999"):
            with pytest.raises(NotFound, match="No existe ese folio"):
                queries.ticket(session, asked, dif)


def test_a_ticket_keeps_the_definition_it_was_opened_with(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = sent(store)
    core = catalogue.procedure("ADJ-P03")
    newer = core.model_copy(update={"sha256": "0" * 64, "steps": core.steps[:1]})
    monkeypatch.setattr(catalogue, "procedures", lambda: {"ADJ-P03": newer})
    with store.transaction(SOFIA.email) as tx:
        kept = tickets.definition(tx.session, queries.ticket(tx.session, reference))
    assert (kept.sha256, len(kept.steps)) == (core.sha256, 11)


def test_every_effect_of_the_catalogue_is_written() -> None:
    assert set(tickets.EFFECTS) >= catalogue.EFFECTS


@pytest.mark.parametrize("member", [NADIA, ALMA, NORA], ids=lambda one: one.name)
def test_new_technologies_auditor_and_administrator_take_no_step(sqlite_store: Store, member: Member) -> None:
    reference = sent(sqlite_store)
    with pytest.raises(Refused):
        act(sqlite_store, member, reference, **PAPER)
    with pytest.raises(Refused):
        extend(sqlite_store, member, reference, "withdraw")


def test_the_operator_at_the_console_may_act_and_is_named(store: Store) -> None:
    with store.transaction("cli:root") as tx:
        ticket = queries.ticket(tx.session, sent_by_operator(tx))
        device_access.put_through(tx, ticket)
        assert {move.actor for move in ticket.moves} == {"cli:root"}


def sent_by_operator(tx: Transaction) -> str:
    return asking.submit(tx, queries.area(tx.session, "OBRAS"), None, "Censo", [phone(1)]).reference


def test_moves_are_in_order_and_never_in_the_future(store: Store) -> None:
    folio = turned_over(store)
    times = look(store, folio, lambda t: [move.at for move in t.moves])
    assert times == sorted(times) and times[-1] <= now()
