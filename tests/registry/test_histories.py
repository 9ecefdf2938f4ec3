"""What IT sees before it decides: a device's past, and the area's other requests. It warns and never blocks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from netreg.office import Office
from netreg.procedures.asking import Wanted
from netreg.registry import histories, queries
from netreg.registry.commands import devices, retention
from netreg.registry.deciding import approve
from netreg.registry.hashing import AddressHash, make_key
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ACTOR, BETO, INES, ask, computer, do, mac, phone, phones, state
from tests.procedures.test_swaps import a_point, read_back


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    store.office = Office(retention_key=tmp_path / "retention.key")


def past(store: Store, number: int) -> list[tuple[int, tuple[str, ...], bool]]:
    with store.reading() as session:
        found = histories.earlier(session, queries.device(session, number), store.office.retention_key)
        return [(one.device.id, one.shares, one.misuse) for one in found]


def test_a_device_that_was_removed_comes_back_as_a_new_request_with_its_past(store: Store) -> None:
    a_point(store, "palacio")
    (old,) = phones(store, 1)
    read_back(store, "palacio")
    do(store, devices.remove, old, "Abuso", "misuse")
    read_back(store, "palacio")
    assert state(store, old)[0] == "removed"
    (again,) = ask(store, phone(1, "Otra Persona"), by=BETO)
    assert past(store, again) == [(old, ("mac",), True)]
    assert approve(store, INES.email, again) == "pushing", "the past is shown and forbids nothing"


def test_same_name_same_holder_and_what_was_refused_are_found_and_strangers_are_not(store: Store) -> None:
    pc, phone_of_eva, stranger = ask(store, computer("OBRAS-1", "Rita Sol"), phone(2, "Eva Paz"), phone(3, "Noé Ríos"))
    do(store, devices.reject, pc, None, "unfit_device")
    do(store, devices.reject, phone_of_eva, None, "misuse_history")
    do(store, devices.reject, stranger, None, "quota_full")
    (again,) = ask(store, computer("OBRAS-1", "EVA  PAZ"))
    assert past(store, again) == [(phone_of_eva, ("holder",), True), (pc, ("name",), False)]


def test_a_suspension_for_misuse_is_told_also_once_it_is_lifted(store: Store) -> None:
    (mine,) = phones(store, 1)
    do(store, devices.suspend, mine, "", "misuse")
    do(store, devices.restore, mine, "Se aclaró")
    (other,) = ask(store, phone(2))
    assert past(store, other) == [(mine, ("holder",), True)]


def test_a_forgotten_device_is_found_by_its_address_alone_and_only_with_the_key(store: Store) -> None:
    (old,) = ask(store, phone(1, "Rita Sol"))
    do(store, devices.reject, old, None, "unfit_device")
    make_key(store.office.retention_key)
    with store.transaction(ACTOR) as tx:
        retention.forget(tx, now() + timedelta(days=800), AddressHash.read(store.office.retention_key))
    same_address, same_holder = ask(store, phone(1, "Eva Paz"), phone(2, "Rita Sol"))
    assert past(store, same_address) == [(old, ("mac",), False)] and past(store, same_holder) == []
    store.office.retention_key.unlink()
    assert past(store, same_address) == []


def test_deciding_before_an_older_request_of_the_area_is_in_the_log(store: Store) -> None:
    with time_machine.travel(now() - timedelta(hours=2)):
        (first,) = ask(store, phone(1))
        (theirs,) = ask(store, phone(9), by=BETO)
    (second,) = ask(store, Wanted("phone", "Rita Sol", mac=mac(2)))
    with store.reading() as session:
        older, newer = (queries.device(session, number).ticket for number in (first, second))
        assert older and newer
        assert [one.id for one in histories.waiting(session, newer)] == [older.id]
        assert histories.older_requests(session, newer) == [older] and not histories.older_requests(session, older)
        folio = older.folio
    for number in (second, first, theirs):
        assert approve(store, INES.email, number) == "pushing"
    with store.reading() as session:
        logged = [
            event.facts["after"].get("passed_over")
            for number in (second, first, theirs)
            for event in queries.audit(session, f"device {number}")
            if event.name == "device.approved"
        ]
    assert logged == [[folio], None, None]
