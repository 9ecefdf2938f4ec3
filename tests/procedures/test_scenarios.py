"""Acceptance scenarios of device access that no other file names: slots, the form's refusals, points that are down.

Scenarios 1, 2, 3, 5, 11, 33, 34 and 39 stand in test_tickets.py, 12 to 14 in test_swaps.py, 31, 32, 35 in
test_answer.py, 35 and 38 in test_reporting.py, 36 and 37 in test_figures.py, 29 and 30 with the worker and detection.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from netreg.errors import DuplicateMac, InvalidValue, QuotaFull, Unreachable
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import devices, points
from netreg.registry.deciding import approve
from netreg.registry.watching import look_for_late_points
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import INES, computer, do, mac, phone, phones, state
from tests.procedures.test_swaps import a_point, let_in, read_back
from tests.procedures.test_tickets import first_device, look, sent, step, turned_over
from tests.processes import decide, together


def pushes_owed(store: Store) -> int:
    with store.reading() as session:
        return session.execute(text("SELECT count(*) FROM delivery WHERE kind = 'push'")).scalar_one()


def test_scenario_06_a_third_phone_takes_slot_three_is_pushed_confirmed_and_active(store: Store) -> None:
    a_point(store, "palacio")
    phones(store, 2)
    folio = turned_over(store, phone(3))
    assert approve(store, INES.email, first_device(store, folio)) == "pushing"
    assert state(store, first_device(store, folio)) == ("pushing", 3) and pushes_owed(store) == 1
    read_back(store, "palacio")
    assert state(store, first_device(store, folio)) == ("active", 3) and step(store, folio) == 7


def test_scenario_07_a_fourth_phone_is_refused_stays_at_step_four_and_nothing_is_pushed(store: Store) -> None:
    phones(store, 3)
    folio = turned_over(store, phone(4))
    before = (pushes_owed(store), let_in(store))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, first_device(store, folio))
    assert step(store, folio) == 4 and (pushes_owed(store), let_in(store)) == before


def test_scenario_08_a_full_area_may_have_a_laptop_by_name_which_takes_no_slot(store: Store) -> None:
    phones(store, 3)
    folio = turned_over(store, computer("OBRAS-LAP1"))
    assert approve(store, INES.email, first_device(store, folio)) == "awaiting_binding"
    assert state(store, first_device(store, folio)) == ("awaiting_binding", None)


def test_scenario_09_of_two_officers_at_one_slot_one_gets_it_and_the_other_reads_which_folio_did(
    database: str, store: Store
) -> None:
    phones(store, 2)
    folios = [turned_over(store, phone(n)) for n in (11, 12)]
    rivals = [first_device(store, folio) for folio in folios]
    assert sorted(together(decide, [(database, device) for device in rivals])) == ["pushing", "quota_full"]
    assert len(let_in(store)) == 3
    loser = next(device for device in rivals if state(store, device)[0] == "requested")
    with pytest.raises(QuotaFull, match=r"Cupo lleno.*ADJ-P03-"):
        approve(store, INES.email, loser)


def test_scenario_10_a_second_click_gives_the_same_answer_one_slot_and_one_line(store: Store) -> None:
    device = first_device(store, turned_over(store))
    assert [approve(store, INES.email, device) for _ in range(2)] == ["pushing"] * 2
    with store.reading() as session:
        lines = [event.name for event in queries.story(session, [f"device {device}"])]
    assert lines == ["device.approved"] and state(store, device) == ("pushing", 1)


def test_scenario_15_a_lost_phone_is_out_of_the_allowlist_at_once_and_keeps_its_slot(store: Store) -> None:
    lost, _other = phones(store, 2)
    do(store, devices.suspend, lost, "Perdido a las 10:00")
    assert let_in(store) == [mac(2)] and state(store, lost) == ("suspended", 1)


def test_scenario_16_while_a_point_is_down_a_removal_holds_its_slot_and_no_fourth_comes_in(store: Store) -> None:
    for name in ("palacio", "mercado"):
        a_point(store, name)
    gone, *_rest = phones(store, 3)
    do(store, devices.remove, gone, "Se va")
    read_back(store, "palacio")
    fourth = first_device(store, turned_over(store, phone(9)))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, fourth)
    read_back(store, "mercado")
    assert approve(store, INES.email, fourth) == "pushing"


@pytest.mark.parametrize(
    ("scenario", "typed", "code"),
    [
        ("20", "", "E_EMPTY"),
        ("21", "da:a1:19:00:00:01", "E_RANDOM"),
        ("22", "02:00:00:00:00:00", "E_PLACEHOLDER"),
        ("23", "356938035643809", "E_IMEI"),
    ],
    ids=lambda value: value if len(value) == 2 else "",
)
def test_scenarios_20_to_23_a_wrong_address_is_refused_at_its_row_and_never_stored(
    store: Store, scenario: str, typed: str, code: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        sent(store, phone(1), Wanted("phone", "Luis Peña", mac=typed))
    assert (refused.value.code, refused.value.field) == (code, "mac"), scenario
    assert not typed or typed not in refused.value.text()
    with store.reading() as session:
        assert queries.tickets(session) == [] and queries.devices(session) == []
        stored = " ".join(str(event.facts) for event in queries.audit(session, most=1000))
    assert not typed or typed not in stored


def test_scenario_24_two_spellings_of_one_address_in_one_form_are_the_same_address(store: Store) -> None:
    twice = [Wanted("phone", "Luis Peña", mac=spelled) for spelled in ("A483.E711.2233", "a4-83-e7-11-22-33")]
    with pytest.raises(DuplicateMac) as refused:
        sent(store, *twice)
    assert refused.value.code == "E_SAME_MAC"


def test_scenario_25_a_computer_passes_only_after_it_bound_it_with_evidence(store: Store) -> None:
    device = first_device(store, turned_over(store, computer("OBRAS-1")))
    approve(store, INES.email, device)
    assert let_in(store) == []
    with pytest.raises(InvalidValue):
        do(store, devices.bind, device, mac(1), "ethernet", " ")
    do(store, devices.bind, device, mac(1), "ethernet", "ipconfig en pantalla")
    assert let_in(store) == [mac(1)]


def test_scenario_27_a_laptop_passes_with_each_interface_that_was_bound_and_no_other(store: Store) -> None:
    device = first_device(store, turned_over(store, computer("OBRAS-1")))
    approve(store, INES.email, device)
    for number, medium in ((1, "ethernet"), (2, "wifi")):
        do(store, devices.bind, device, mac(number), medium, "ipconfig en pantalla")
    assert let_in(store) == [mac(1), mac(2)] and state(store, device) == ("pushing", None)


def test_scenario_28_a_point_that_refuses_the_push_does_not_undo_the_decision(store: Store) -> None:
    a_point(store, "palacio")
    folio = turned_over(store)
    approve(store, INES.email, first_device(store, folio))
    with store.transaction("agent:push") as tx:
        points.record_failure(tx, queries.point(tx.session, "palacio"), Unreachable("palacio", "no route"))
    assert state(store, first_device(store, folio)) == ("pushing", 1)
    assert (step(store, folio), look(store, folio, lambda t: t.closed)) == (5, None)
    opened = []
    for minutes in (14, 16, 17):
        with store.transaction("schedule") as tx:
            late = look_for_late_points(tx, now() + timedelta(minutes=minutes), timedelta(minutes=15))
            opened += [(minutes, alert.kind) for alert in late]
    assert opened == [(16, "unpushed")]
