"""Rights that end: a holder leaves or moves, a term runs out, a slot is released by force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from netreg.errors import ConcurrentChange, InvalidValue, QuotaFull
from netreg.procedures.asking import Wanted
from netreg.registry import queries, slots
from netreg.registry.commands import devices, endings, settling
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.people import ACTOR, ANA, BETO, CARLA, INES, ask, do, mac, phone, phones, state
from tests.procedures.test_swaps import a_point, let_in, read_back

RITA = "Rita Sol"
PERSONAL = Wanted("phone", RITA, mac=mac(1), ownership="personal")
LAPTOP = Wanted("computer", RITA, computer_name="OBRAS-07", ownership="municipal")


def leaves(store: Store, day: date, holder: str = RITA, area: str = "OBRAS") -> None:
    with store.transaction(INES.email) as tx:
        endings.leave(tx, queries.area(tx.session, area), holder, day)


def run(store: Store) -> list[int]:
    with store.transaction(ACTOR) as tx:
        return [device.id for device in endings.run(tx)]


def test_scenario_18_the_phone_goes_on_the_day_and_the_laptop_waits_for_a_new_holder(store: Store) -> None:
    a_point(store, "palacio")
    with time_machine.travel(datetime(2026, 12, 1, 18, tzinfo=UTC), tick=False) as clock:
        own, laptop = ask(store, PERSONAL, LAPTOP)
        for one in (own, laptop):
            approve(store, INES.email, one)
        read_back(store, "palacio")
        leaves(store, date(2026, 12, 15))
        assert state(store, own)[0] == "active" and run(store) == []
        clock.move_to(datetime(2026, 12, 15, 5, 59, tzinfo=UTC))  # the 14th, one minute to midnight in Mexico
        assert run(store) == []
        clock.shift(timedelta(minutes=1))
        assert run(store) == [own] and run(store) == []
        assert state(store, own) == ("removing", 1) and let_in(store) == []
        with store.reading() as session:
            left = queries.device(session, laptop)
            assert (left.flag, left.authorisation.state) == ("reassign", "awaiting_binding")
            assert [one.id for one in endings.waiting(session)] == [laptop]
        do(store, endings.change, laptop, {"holder": "Luis Peña"})
        with store.reading() as session:
            assert (queries.device(session, laptop).flag, queries.device(session, laptop).holder) == ("", "Luis Peña")


def test_scenario_19_somebody_who_moves_to_a_full_area_leaves_a_free_slot_behind(store: Store) -> None:
    a_point(store, "palacio")
    phones(store, 3, by=BETO, first=11)
    (own,) = ask(store, PERSONAL)
    approve(store, INES.email, own)
    read_back(store, "palacio")
    with store.reading() as session:
        day = queries.area(session, "OBRAS").created.astimezone(store.office.zone).date()
    leaves(store, day)
    read_back(store, "palacio")
    assert state(store, own) == ("removed", None)
    (again,) = ask(store, PERSONAL, by=BETO)
    with pytest.raises(QuotaFull):
        approve(store, INES.email, again)
    do(store, devices.reject, again, None, "quota_full")
    assert state(store, again)[0] == "rejected"
    with store.reading() as session:
        assert slots.phones_in_use(session, queries.area(session, "OBRAS").quota_unit_id) == 0, "the former slot"


def test_a_holder_is_found_whatever_the_accents_and_the_case(store: Store) -> None:
    (own,) = ask(store, Wanted("phone", "José Núñez", mac=mac(5), ownership="personal"))
    approve(store, INES.email, own)
    leaves(store, date(2020, 1, 1), "jose NUÑEZ")
    assert state(store, own)[0] == "removing"


def test_who_holds_nothing_in_the_area_cannot_leave_it(store: Store) -> None:
    phones(store, 1)
    with pytest.raises(InvalidValue) as refused:
        leaves(store, date(2026, 12, 15), "Nadie Así")
    assert refused.value.code == "holds_nothing"
    with pytest.raises(InvalidValue):
        leaves(store, date(2026, 12, 15), "Luis Peña", "DIF")


def test_a_computer_that_waits_for_its_address_is_out_at_once(store: Store) -> None:
    (pc,) = ask(store, Wanted("computer", RITA, computer_name="OBRAS-08", ownership="personal"))
    approve(store, INES.email, pc)
    do(store, devices.remove, pc, "Ya no hace falta")
    assert state(store, pc) == ("removed", None)
    (again,) = ask(store, Wanted("computer", RITA, computer_name="obras-08", ownership="personal"))
    assert approve(store, INES.email, again) == "awaiting_binding", "its name is free again"


def test_two_live_computers_never_share_a_name(store: Store) -> None:
    (one,) = ask(store, Wanted("computer", RITA, computer_name="OBRAS-08"))
    (two,) = ask(store, Wanted("computer", RITA, computer_name="obras-08"), by=BETO)
    approve(store, INES.email, one)
    with pytest.raises(InvalidValue) as refused:
        approve(store, INES.email, two)
    assert refused.value.code == "name_active_elsewhere" and state(store, two)[0] == "requested"
    do(store, devices.remove, one, "Baja")
    assert approve(store, INES.email, two) == "awaiting_binding"


def test_only_data_change_never_the_address_or_the_area(store: Store) -> None:
    (one,) = phones(store, 1)
    with store.transaction(ANA.email) as tx, pytest.raises(ValueError, match="not to be changed"):
        endings.change(tx, queries.device(tx.session, one), {"area_id": "2"})
    do(store, endings.change, one, {"inventory_no": "ALM-0042", "model": "Moto G"})
    with store.reading() as session:
        assert (queries.device(session, one).inventory_no, state(store, one)[1]) == ("ALM-0042", 1)


def test_scenario_16_a_slot_of_a_phone_on_its_way_out_is_free_once_confirmed_or_released_by_force(store: Store) -> None:
    a_point(store, "palacio")
    a_point(store, "mercado")
    first, second, _third = phones(store, 3)
    (new,) = ask(store, phone(9))
    do(store, devices.remove, first, "Baja")
    read_back(store, "palacio")  # mercado is down
    with pytest.raises(QuotaFull):
        approve(store, INES.email, new)
    do(store, settling.release, first, "El punto del mercado se quemó", by=CARLA)
    assert approve(store, INES.email, new) == "pushing" and state(store, new) == ("pushing", 1)
    assert mac(1) not in let_in(store), "the address stays off every list"
    with pytest.raises(ConcurrentChange):
        do(store, settling.release, second, "No está de baja", by=CARLA)


def test_a_release_by_force_wants_its_reason(store: Store) -> None:
    (one,) = phones(store, 1)
    do(store, devices.remove, one, "Baja")
    with pytest.raises(InvalidValue):
        do(store, settling.release, one, "  ", by=CARLA)
    assert state(store, one) == ("removing", 1)
