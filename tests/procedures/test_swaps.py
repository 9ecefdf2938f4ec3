"""A phone is replaced: the new one takes the slot once the old one was read back as gone, and not before."""

from __future__ import annotations

import pytest

from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, QuotaFull
from netreg.procedures.asking import Wanted
from netreg.registry import allowlists, queries
from netreg.registry.commands import devices, points
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.people import ACTOR, BETO, INES, do, mac, phone, phones, state
from tests.procedures.test_tickets import first_device, look, sent, step, turned_over


def swap(number: int, old: int) -> Wanted:
    return Wanted("phone", "Luis Peña", mac=mac(number), replaces=str(old))


def a_point(store: Store, name: str) -> None:
    with store.transaction(ACTOR) as tx:
        points.add_point(tx, name, "linux-nftables", "192.0.2.1", 22, "netreg", "key", {})


def read_back(store: Store, name: str) -> None:
    """The point is pushed and read back with what is wanted there now."""
    with store.transaction("agent:push") as tx:
        wanted = allowlists.desired(tx.session)
        points.record_push(tx, queries.point(tx.session, name), wanted, added=0, removed=0)


def let_in(store: Store) -> list[str]:
    with store.reading() as session:
        return sorted(str(entry.mac) for entry in allowlists.desired(session))


def test_scenario_12_the_new_phone_waits_until_the_old_one_is_gone_and_then_takes_its_slot(store: Store) -> None:
    a_point(store, "palacio")
    a_point(store, "mercado")
    old, *_others = phones(store, 3)
    folio = turned_over(store, swap(9, old))
    new = first_device(store, folio)
    assert approve(store, INES.email, new) == "waiting_swap"
    assert (state(store, old), state(store, new)) == (("removing", 1), ("waiting_swap", None))
    assert let_in(store) == [mac(2), mac(3)], "never four that can connect"
    (other,) = look(store, turned_over(store, phone(20)), lambda t: [device.id for device in t.devices])
    with pytest.raises(QuotaFull):
        approve(store, INES.email, other)
    read_back(store, "palacio")
    assert state(store, new) == ("waiting_swap", None), "one point has not confirmed yet"
    read_back(store, "mercado")
    assert (state(store, old), state(store, new)) == (("removed", None), ("pushing", 1))
    assert let_in(store) == [mac(2), mac(3), mac(9)] and step(store, folio) == 5
    for name in ("palacio", "mercado"):
        read_back(store, name)
    assert state(store, new) == ("active", 1) and step(store, folio) == 7


def test_scenario_13_a_swap_to_an_address_that_is_live_elsewhere_leaves_the_old_phone_alone(store: Store) -> None:
    phones(store, 1, by=BETO, first=9)
    (old,) = phones(store, 1)
    new = first_device(store, turned_over(store, swap(9, old)))
    with pytest.raises(DuplicateMac):
        approve(store, INES.email, new)
    assert (state(store, old), state(store, new)) == (("pushing", 1), ("requested", None))


def test_scenario_14_a_swap_of_another_areas_phone_is_refused_as_if_there_were_none(store: Store) -> None:
    (theirs,) = phones(store, 1, by=BETO, first=9)
    said = set()
    for old in (theirs, 999):
        with pytest.raises(InvalidValue) as refused:
            sent(store, swap(1, old))
        said.add((refused.value.code, refused.value.field, refused.value.text()))
    assert len(said) == 1 and said.pop()[:2] == ("E_REPLACES", "replaces")


@pytest.mark.parametrize("replaces", ["0", "-1", "one", "1 OR 1=1", "²", "9" * 30])
def test_what_is_replaced_is_the_number_of_a_phone(sqlite_store: Store, replaces: str) -> None:
    phones(sqlite_store, 1)
    with pytest.raises(InvalidValue) as refused:
        sent(sqlite_store, Wanted("phone", "Luis Peña", mac=mac(2), replaces=replaces))
    assert refused.value.code == "E_REPLACES"


def test_one_phone_is_replaced_by_one(store: Store) -> None:
    (old,) = phones(store, 1)
    with pytest.raises(InvalidValue):
        sent(store, swap(2, old), swap(3, old))
    first, second = (first_device(store, turned_over(store, swap(n, old))) for n in (2, 3))
    assert approve(store, INES.email, first) == "waiting_swap"
    with pytest.raises(ConcurrentChange):
        approve(store, INES.email, second)
    assert state(store, second) == ("requested", None)


def test_a_swap_whose_old_phone_is_gone_by_now_takes_a_free_slot_like_any_other(store: Store) -> None:
    a_point(store, "palacio")
    (old,) = phones(store, 1)
    new = first_device(store, turned_over(store, swap(2, old)))
    do(store, devices.remove, old, "Se perdió")
    read_back(store, "palacio")
    assert state(store, old) == ("removed", None)
    assert approve(store, INES.email, new) == "pushing" and state(store, new) == ("pushing", 1)


def test_a_swap_of_a_phone_that_is_on_its_way_out_waits_for_that_slot(store: Store) -> None:
    a_point(store, "palacio")
    (old,) = phones(store, 1)
    new = first_device(store, turned_over(store, swap(2, old)))
    do(store, devices.remove, old, "Se perdió")
    assert approve(store, INES.email, new) == "waiting_swap"
    read_back(store, "palacio")
    assert state(store, new) == ("pushing", 1)


def test_approving_a_swap_again_gives_the_same_answer(store: Store) -> None:
    (old,) = phones(store, 1)
    new = first_device(store, turned_over(store, swap(2, old)))
    assert [approve(store, INES.email, new) for _ in range(2)] == ["waiting_swap"] * 2
