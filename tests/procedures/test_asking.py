"""What an area asks for: drafts, removals, changes of data, terms; and who signed its letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.procedures import asking
from netreg.procedures.asking import REMOVE, UPDATE, Change, Form, Wanted
from netreg.registry import queries
from netreg.registry.commands import areas, endings
from netreg.registry.deciding import approve
from netreg.registry.models import Authorisation, Device, Interface, Ticket
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, NORA, SOFIA, Member, mac, phone, phones, state
from tests.procedures.test_swaps import a_point, read_back
from tests.procedures.test_tickets import PAPER, act, extend, look, sent, step


def draft(store: Store, form: Form, by: Member = ANA, once: str = "") -> str:
    with store.transaction(by.email) as tx:
        area, person = queries.area(tx.session, by.area or "OBRAS"), queries.known_person(tx.session, by.email)
        return asking.draft(tx, area, person, form, once).reference


def send(store: Store, reference: str, by: Member = ANA, *, accepted: bool = True) -> None:
    with store.transaction(by.email) as tx:
        ticket, person = queries.ticket(tx.session, reference), queries.known_person(tx.session, by.email)
        asking.send(tx, ticket, person, accepted=accepted)


def asked(store: Store, form: Form, by: Member = ANA) -> str:
    """Drafted, sent and received: the folio."""
    reference = draft(store, form, by)
    send(store, reference, by)
    return str(act(store, SOFIA, reference, **PAPER).folio)


ONE = Form("Trabajo de campo", wanted=[phone(1)])


def test_a_draft_has_no_clock_no_folio_and_no_sending(store: Store) -> None:
    reference = draft(store, ONE)
    found = look(store, reference, lambda t: (t.folio, t.sent, t.received, t.due, t.step))
    assert found == (None, None, None, None, 1)


def test_a_draft_is_sent_only_with_both_terms_accepted(store: Store) -> None:
    reference = draft(store, ONE)
    with pytest.raises(InvalidValue) as refused:
        send(store, reference, accepted=False)
    assert refused.value.code == "not_accepted" and look(store, reference, lambda t: t.sent) is None
    send(store, reference)
    assert look(store, reference, lambda t: t.sent) is not None


def test_a_draft_is_sent_by_its_own_area_only(store: Store) -> None:
    reference = draft(store, ONE)
    with pytest.raises(NotAllowed):
        send(store, reference, BETO)


def test_a_desk_asks_and_sends_for_somebody_who_walked_in_and_for_nobody_elses_draft(store: Store) -> None:
    walk_in = draft(store, ONE, SOFIA)
    send(store, walk_in, SOFIA)
    other = draft(store, replace(ONE, wanted=[phone(2)]))
    with pytest.raises(NotAllowed):
        send(store, other, SOFIA)


def test_a_discarded_draft_leaves_no_trace_but_a_line_in_the_audit_log(store: Store) -> None:
    reference = draft(store, ONE)
    with store.transaction(ANA.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        asking.discard(tx, ticket, seen=ticket.version)
    with store.reading() as session:
        assert all(session.scalar(select(table)) is None for table in (Ticket, Device, Interface, Authorisation))
        assert queries.audit(session, most=1)[0].name == "request.draft_discarded"


def test_what_was_sent_is_not_discarded_but_withdrawn(store: Store) -> None:
    reference = sent(store)
    with store.transaction(ANA.email) as tx, pytest.raises(ConcurrentChange):
        ticket = queries.ticket(tx.session, reference)
        asking.discard(tx, ticket, seen=ticket.version)


def test_the_same_form_twice_is_one_draft(store: Store) -> None:
    once = "the-very-same-form"
    assert draft(store, ONE, once=once) == draft(store, ONE, once=once)


def test_a_corrected_draft_asks_for_the_new_devices_only(store: Store) -> None:
    reference = draft(store, ONE)
    with store.transaction(ANA.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        asking.redraft(tx, ticket, replace(ONE, wanted=[phone(2)]), seen=ticket.version)
    assert look(store, reference, lambda t: [d.interfaces[0].mac for d in t.devices]) == [mac(2)]
    with store.transaction(ANA.email) as tx, pytest.raises(ConcurrentChange):
        asking.redraft(tx, queries.ticket(tx.session, reference), ONE, seen=1)


def test_a_computers_claimed_address_is_kept_as_a_claim_and_let_in_nowhere(store: Store) -> None:
    claimed = Wanted("computer", "Luis Peña", computer_name="OBRAS-07", mac=mac(7))
    reference = draft(store, Form("Oficina", wanted=[claimed]))
    assert look(store, reference, lambda t: (t.devices[0].claimed_mac, t.devices[0].interfaces)) == (mac(7), [])


# --- out, and change of data ----------------------------------------------------------------------------------------


def test_a_removal_is_ordered_by_the_receipt_and_answered_once_it_is_confirmed(store: Store) -> None:
    a_point(store, "palacio")
    one, _other = phones(store, 2)
    read_back(store, "palacio")
    folio = asked(store, Form("Ya no se usa", kind=REMOVE, changes=[Change(str(one))]))
    assert (state(store, one), step(store, folio)) == (("removing", 1), 5), "no decision, and no turning over"
    read_back(store, "palacio")
    assert (state(store, one), step(store, folio)) == (("removed", None), 7)


def test_a_removal_that_is_only_sent_takes_nobody_out(store: Store) -> None:
    (one,) = phones(store, 1)
    send(store, draft(store, Form("Ya no se usa", kind=REMOVE, changes=[Change(str(one))])))
    assert state(store, one) == ("pushing", 1)


@pytest.mark.parametrize("which", ["99", "0", "-1", "1; DROP TABLE device", "", "²"])
def test_a_removal_names_devices_that_are_there(store: Store, which: str) -> None:
    phones(store, 1)
    with pytest.raises(InvalidValue) as refused:
        draft(store, Form("Baja", kind=REMOVE, changes=[Change(which)]))
    assert refused.value.code == "E_DEVICE"


def test_another_areas_device_looks_like_one_that_is_not_there(store: Store) -> None:
    (theirs,) = phones(store, 1, by=BETO, first=11)
    for kind, change in ((REMOVE, Change(str(theirs))), (UPDATE, Change(str(theirs), {"holder": "Ana López"}))):
        with pytest.raises(InvalidValue) as refused:
            draft(store, Form("Es mío", kind=kind, changes=[change]))
        assert refused.value.code == "E_DEVICE"


def test_a_device_is_named_once_in_a_removal(store: Store) -> None:
    (one,) = phones(store, 1)
    with pytest.raises(InvalidValue):
        draft(store, Form("Baja", kind=REMOVE, changes=[Change(str(one)), Change(str(one))]))


def test_a_change_of_data_is_in_force_with_the_receipt_and_keeps_address_and_slot(store: Store) -> None:
    (one,) = phones(store, 1)
    folio = asked(store, Form("Cambió de manos", kind=UPDATE, changes=[Change(str(one), {"holder": "Eva Paz"})]))
    with store.reading() as session:
        device = queries.device(session, one)
        assert (device.holder, device.interfaces[0].mac, device.authorisation.slot) == ("Eva Paz", mac(1), 1)
    assert step(store, folio) == 7


def test_a_change_that_changes_nothing_is_refused(store: Store) -> None:
    (one,) = phones(store, 1)
    with pytest.raises(InvalidValue) as refused:
        draft(store, Form("Nada", kind=UPDATE, changes=[Change(str(one), {"holder": "Luis Peña", "area_id": "2"})]))
    assert refused.value.code == "nothing_changes"


def test_a_removal_comes_back_and_is_corrected_like_any_request(store: Store) -> None:
    one, two = phones(store, 2)
    reference = draft(store, Form("Baja", kind=REMOVE, changes=[Change(str(one))]))
    send(store, reference)
    extend(store, SOFIA, reference, "return_for_correction", "Es el otro")
    with store.transaction(ANA.email) as tx:
        ticket = queries.ticket(tx.session, reference)
        asking.redraft(tx, ticket, Form("Baja", kind=REMOVE, changes=[Change(str(two))]), seen=ticket.version)
    send(store, reference)
    act(store, SOFIA, reference, **PAPER)
    assert (state(store, one)[0], state(store, two)[0]) == ("pushing", "removing")


# --- terms ----------------------------------------------------------------------------------------------------------


def test_temporary_rights_are_off_unless_the_office_gives_them(store: Store) -> None:
    with pytest.raises(InvalidValue) as refused:
        draft(store, Form("Auditoría", wanted=[replace(phone(1), until="2030-01-01")]))
    assert refused.value.code == "not_here"


def test_a_temporary_phone_ends_by_itself_after_its_day(store: Store) -> None:
    store.office = replace(store.office, temporary_days=30)
    with time_machine.travel(datetime(2026, 12, 1, 18, tzinfo=UTC), tick=False) as clock:
        with pytest.raises(InvalidValue) as refused:
            draft(store, Form("Auditoría", wanted=[replace(phone(1), until="2027-01-01")]))
        assert refused.value.code == "E_UNTIL"
        folio = asked(store, Form("Auditoría", wanted=[replace(phone(1), until="20/12/2026")]))
        act(store, CARLA, folio)
        one = look(store, folio, lambda t: t.devices[0].id)
        approve(store, INES.email, one)
        clock.move_to(datetime(2026, 12, 21, 5, 59, tzinfo=UTC))  # 23:59 of its day at the office
        with store.transaction("schedule") as tx:
            assert endings.run(tx) == []
        clock.move_to(datetime(2026, 12, 21, 6, 0, tzinfo=UTC))
        with store.transaction("schedule") as tx:
            assert [device.id for device in endings.run(tx)] == [one]
        assert state(store, one) == ("removing", 1)


# --- who signed -----------------------------------------------------------------------------------------------------


def heads(store: Store) -> None:
    with store.transaction(NORA.email) as tx:
        obras = queries.area(tx.session, "OBRAS")
        areas.name_head(tx, obras, "Tomás Gil", "Director de Obras", date(2026, 1, 1))
        areas.name_head(tx, obras, "Rita Sol", "Encargada de Obras", date(2026, 11, 2), acting=True)


def receive(store: Store, reference: str, signed_by: str, day: str = "2026-11-20") -> Ticket:
    return act(store, SOFIA, reference, **PAPER, signed_by=signed_by, letter_date=day)


def test_scenario_04_a_letter_is_signed_by_the_head_of_record_on_its_date(store: Store) -> None:
    with time_machine.travel(datetime(2026, 11, 21, 18, tzinfo=UTC), tick=False):
        heads(store)
        reference = sent(store)
        with pytest.raises(InvalidValue) as refused:
            receive(store, reference, "Tomás Gil")
        assert refused.value.code == "wrong_signatory" and "Rita Sol" in str(refused.value)
        assert look(store, reference, lambda t: (t.folio, t.step)) == (None, 2)
        extend(store, SOFIA, reference, "return_for_correction", str(refused.value))
        assert look(store, reference, lambda t: t.status) == "prevenida"


def test_a_letter_the_former_head_signed_in_office_stays_valid(store: Store) -> None:
    with time_machine.travel(datetime(2026, 11, 21, 18, tzinfo=UTC), tick=False):
        heads(store)
        assert receive(store, sent(store), "tomas gil", "30/10/2026").folio is not None


def test_the_desk_says_who_signed_where_a_head_is_on_record(store: Store) -> None:
    heads(store)
    with pytest.raises(InvalidValue) as refused:
        act(store, SOFIA, sent(store), **PAPER)
    assert refused.value.code == "wrong_signatory"


def test_a_letter_of_tomorrow_is_not_received(store: Store) -> None:
    with pytest.raises(InvalidValue) as refused:
        receive(store, sent(store), "Tomás Gil", "2099-01-01")
    assert refused.value.code == "E_DATE"
