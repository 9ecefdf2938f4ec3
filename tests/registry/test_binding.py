"""A computer asked for by name passes once IT bound it to an address, with evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from netreg.detection.sighting import Heard
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed
from netreg.mac import MacAddress
from netreg.policy.binding import CLAIM, INVENTORY, LEASE
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.binding import candidates
from netreg.registry.commands import devices
from netreg.registry.deciding import approve
from netreg.registry.detecting import note_names, take_in
from netreg.registry.watching import look_for_private_addresses
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, INES, ask, computer, do, mac, phone, state
from tests.procedures.test_swaps import a_point, let_in, read_back

RANDOM = "da:a1:19:00:00:01"


def a_computer(store: Store, name: str = "OBRAS-07", claimed: str = "") -> int:
    (pc,) = ask(store, Wanted("computer", "Luis Peña", computer_name=name, mac=claimed))
    assert approve(store, INES.email, pc) == "awaiting_binding"
    return pc


def leased(store: Store, *rows: tuple[int, str]) -> None:
    with store.transaction("agent:scan") as tx:
        note_names(
            tx, "dhcp", [Heard(MacAddress.parse(mac(number)), "10.78.0.7", name=name) for number, name in rows], now()
        )


def offered(store: Store, pc: int) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        return [(str(one.mac), one.source, one.trust) for one in candidates(session, queries.device(session, pc))]


def test_scenario_25_a_computer_passes_only_after_it_was_bound_with_evidence(store: Store) -> None:
    a_point(store, "palacio")
    pc = a_computer(store)
    read_back(store, "palacio")
    assert let_in(store) == [] and state(store, pc)[0] == "awaiting_binding"
    with pytest.raises(InvalidValue):
        do(store, devices.bind, pc, mac(7), "ethernet", " ")
    do(store, devices.bind, pc, mac(7), "ethernet", "ipconfig en pantalla")
    assert let_in(store) == [mac(7)]


def test_scenario_26_two_leases_of_one_name_suggest_nothing_and_want_an_inspection(store: Store) -> None:
    pc = a_computer(store)
    leased(store, (7, "obras-07"), (8, "OBRAS-07"))
    assert len(offered(store, pc)) == 2
    for number in (7, 8):
        with pytest.raises(InvalidValue) as refused:
            do(store, devices.bind, pc, mac(number), "ethernet", "arrendamiento", LEASE)
        assert refused.value.code == "inspection_required" and state(store, pc)[0] == "awaiting_binding"
    do(store, devices.bind, pc, mac(8), "ethernet", "La vi: etiqueta en la tapa")
    assert let_in(store) == [mac(8)]


def test_one_lease_of_the_name_can_be_bound_with_one_click_and_says_so(store: Store) -> None:
    pc = a_computer(store)
    leased(store, (7, "obras-07"))
    assert offered(store, pc) == [(mac(7), LEASE, "medium")]
    with pytest.raises(InvalidValue):
        do(store, devices.bind, pc, mac(9), "ethernet", "otra dirección", LEASE)
    do(store, devices.bind, pc, mac(7), "ethernet", "arrendamiento", LEASE)
    with store.reading() as session:
        (interface,) = queries.device(session, pc).interfaces
        assert (interface.evidence_kind, interface.live) == (LEASE, True)


def test_a_name_that_devices_come_with_is_bound_by_inspection_only(store: Store) -> None:
    pc = a_computer(store, "DESKTOP-4F2K1")
    leased(store, (7, "desktop-4f2k1"))
    with pytest.raises(InvalidValue):
        do(store, devices.bind, pc, mac(7), "ethernet", "arrendamiento", LEASE)


def test_what_the_applicant_typed_is_offered_as_a_claim(store: Store) -> None:
    pc = a_computer(store, claimed=mac(7))
    assert offered(store, pc) == [(mac(7), CLAIM, "low")]
    with pytest.raises(InvalidValue):
        do(store, devices.bind, pc, mac(7), "ethernet", "lo dijo", CLAIM)


def test_an_address_that_is_live_with_another_device_is_no_candidate(store: Store) -> None:
    first, second = a_computer(store), a_computer(store, "OBRAS-08")
    do(store, devices.bind, first, mac(7), "wifi", "vista", INVENTORY)
    leased(store, (7, "OBRAS-08"))
    assert offered(store, second) == []


def test_scenario_27_each_address_of_a_laptop_is_bound_apart_and_the_dock_stays_unregistered(store: Store) -> None:
    pc = a_computer(store)
    do(store, devices.bind, pc, mac(7), "ethernet", "vista")
    do(store, devices.bind, pc, mac(8), "wifi", "vista")
    assert let_in(store) == [mac(7), mac(8)]
    dock = MacAddress.parse(mac(9))
    with store.transaction("agent:scan") as tx:
        (alert,) = take_in(tx, "sweep", "palacio", [Heard(dock, "10.78.0.9")], now())
        assert (alert.kind, alert.mac) == ("rogue", str(dock))
    with store.transaction(INES.email) as tx:
        devices.register_infrastructure(
            tx, queries.area(tx.session, "OBRAS"), str(dock), "Base de la ventanilla", "Planta baja"
        )
    assert let_in(store) == [mac(7), mac(8), mac(9)]


def test_a_lease_is_no_proof_of_being_there_and_opens_no_alert(store: Store) -> None:
    leased(store, (7, "quien-sea"))
    with store.transaction("agent:scan") as tx:
        assert take_in(tx, "sweep", "palacio", [], now(), may_be_silent=True) == []


# --- private addresses ----------------------------------------------------------------------------------------------


def test_it_accepts_a_private_but_fixed_address_with_a_reason(store: Store) -> None:
    (one,) = ask(store, phone(1))
    do(store, devices.accept_private, one, RANDOM, "El equipo no permite apagarla; queda fija")
    approve(store, INES.email, one)
    assert let_in(store) == [RANDOM]


@pytest.mark.parametrize(
    ("address", "reason", "code"),
    [(RANDOM, " ", "E_EMPTY"), (mac(5), "x", "E_NOT_PRIVATE"), ("02:00:00:00:00:00", "x", "E_PLACEHOLDER")],
)
def test_what_is_no_private_address_or_has_no_reason_is_refused(
    store: Store, address: str, reason: str, code: str
) -> None:
    (one,) = ask(store, phone(1))
    with pytest.raises(InvalidValue) as refused:
        do(store, devices.accept_private, one, address, reason)
    assert refused.value.code == code


def test_a_private_address_is_accepted_before_the_decision_and_of_phones_only(store: Store) -> None:
    one, pc = ask(store, phone(1), computer("OBRAS-07"))
    with pytest.raises(InvalidValue):
        do(store, devices.accept_private, pc, RANDOM, "x")
    approve(store, INES.email, one)
    with pytest.raises(ConcurrentChange):
        do(store, devices.accept_private, one, RANDOM, "x")


def test_an_office_may_refuse_private_addresses_altogether(store: Store) -> None:
    store.office = replace(store.office, private_addresses=False)
    (one,) = ask(store, phone(1))
    with pytest.raises(NotAllowed):
        do(store, devices.accept_private, one, RANDOM, "x")


def test_a_private_address_comes_up_again_every_30_days(store: Store) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        (one,) = ask(store, phone(1))
        do(store, devices.accept_private, one, RANDOM, "queda fija")
        approve(store, INES.email, one)
        seen = []
        for days in (29, 2, 29, 2):
            clock.shift(timedelta(days=days))
            with store.transaction(ACTOR) as tx:
                seen.append(len(look_for_private_addresses(tx, now())))
    assert seen[:2] == [0, 1] and seen[2] == 0
    with store.reading() as session:
        (alert,) = queries.alerts(session)
        assert alert.kind == "private" and alert.last_seen > alert.first_seen, "the open one is brought up again"
