"""Areas merge, split, close and change heads, and nobody is cut off by it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from netreg.errors import InvalidValue, QuotaFull
from netreg.policy import quota
from netreg.procedures import asking
from netreg.registry import queries
from netreg.registry.commands import areas, devices
from netreg.registry.deciding import approve
from netreg.registry.models import Authorisation, Device
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, NORA, ask, computer, do, mac, phone, phones, state
from tests.procedures.test_swaps import a_point, let_in, read_back


def merge(store: Store) -> list[int]:
    """The DIF becomes part of Obras; the phones too many."""
    with store.transaction(NORA.email) as tx:
        into = queries.area(tx.session, "OBRAS")
        return [device.id for device in areas.merge(tx, [queries.area(tx.session, "DIF")], into)]


def until(store: Store, device: int) -> date | None:
    with store.reading() as session:
        return queries.device(session, device).authorisation.grandfathered_until


def slots(store: Store) -> dict[int, int | None]:
    with store.reading() as session:
        return {row.device_id: row.slot for row in session.query(Authorisation) if row.state in quota.LIVE}


def test_scenario_17_merged_areas_keep_five_phones_two_of_them_until_a_day(store: Store) -> None:
    a_point(store, "palacio")
    ours, theirs = phones(store, 3), phones(store, 2, by=BETO, first=11)
    read_back(store, "palacio")
    excess = merge(store)
    assert excess == theirs, "the three oldest have the slots"
    assert let_in(store) == [mac(n) for n in (1, 2, 3, 11, 12)], "five work"
    with store.reading() as session:
        day = queries.area(session, "DIF").closed
    assert day is not None
    assert [until(store, one) for one in theirs] == [day + timedelta(days=areas.GRACE_DAYS)] * 2
    (new,) = ask(store, phone(21))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, new)
    assert [state(store, one)[1] for one in ours] == [1, 2, 3]


def test_a_slot_that_comes_free_goes_to_a_phone_in_excess_before_any_new_one(store: Store) -> None:
    a_point(store, "palacio")
    first, *_others = phones(store, 3)
    second, third = phones(store, 2, by=BETO, first=11)
    merge(store)
    read_back(store, "palacio")
    do(store, devices.remove, first, "Ya no se usa")
    read_back(store, "palacio")
    assert (state(store, second), until(store, second)) == (("active", 1), None)
    assert state(store, third) == ("active", None) and until(store, third) is not None
    (new,) = ask(store, phone(21))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, new)
    for gone in (second, third):
        do(store, devices.remove, gone, "Ya no se usa")
        read_back(store, "palacio")
    assert approve(store, INES.email, new) == "pushing", "live is two: there is room again"


def test_a_phone_in_excess_is_never_taken_out_by_the_program(store: Store) -> None:
    phones(store, 3)
    (extra,) = phones(store, 1, by=BETO, first=11)
    merge(store)
    with store.transaction(CARLA.email) as tx:
        areas.prolong(tx, queries.area(tx.session, "OBRAS"), tx.today + timedelta(days=90))
    assert state(store, extra)[0] == "pushing"
    with store.transaction(CARLA.email) as tx, pytest.raises(InvalidValue):
        areas.prolong(tx, queries.area(tx.session, "OBRAS"), tx.today)


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE authorisation SET slot = NULL, grandfathered_until = '2030-01-01' WHERE slot = 1",
        "UPDATE authorisation SET grandfathered_until = '2030-01-01' WHERE state = 'requested'",
        "UPDATE authorisation SET state = 'active', grandfathered_until = '2030-01-01' WHERE state = 'requested'",
    ],
)
def test_no_statement_makes_room_by_calling_a_phone_an_excess(store: Store, forged: str) -> None:
    phones(store, 3)
    ask(store, phone(4))
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(sql(forged))
    assert sorted(slot or 0 for slot in slots(store).values()) == [1, 2, 3]


def test_what_was_removed_or_rejected_before_does_not_stand_in_the_way_of_a_merger(store: Store) -> None:
    a_point(store, "palacio")
    (gone,) = phones(store, 1)
    (refused,) = ask(store, phone(2))
    read_back(store, "palacio")
    do(store, devices.remove, gone, "Baja")
    do(store, devices.reject, refused, None, "quota_full")
    read_back(store, "palacio")
    (theirs,) = phones(store, 1, by=BETO, first=11)
    do(store, devices.remove, theirs, "Baja")
    read_back(store, "palacio")
    merge(store)
    assert [state(store, one)[0] for one in (gone, refused, theirs)] == ["removed", "rejected", "removed"]
    assert slots(store) == {}, "what is over takes no place"
    with store.reading() as session:
        assert queries.device(session, theirs).area.code == "DIF", "what is over stays with the area it was of"


def test_people_and_open_requests_go_along_with_the_merger(store: Store) -> None:
    (asked,) = ask(store, phone(11), by=BETO)
    merge(store)
    with store.reading() as session:
        beto, into = queries.known_person(session, BETO.email), queries.area(session, "OBRAS")
        assert beto.area_id == into.id and queries.device(session, asked).area_id == into.id
        assert queries.device(session, asked).ticket.area_id == into.id  # type: ignore[union-attr]
    assert approve(store, INES.email, asked) == "pushing"


def test_a_closed_area_asks_for_nothing_more(store: Store) -> None:
    merge(store)
    with pytest.raises(InvalidValue) as refused, store.transaction(NORA.email) as tx:
        asking.submit(tx, queries.area(tx.session, "DIF"), None, "Trabajo de campo", [phone(1)])
    assert refused.value.code == "area_closed"


def test_an_area_that_splits_takes_its_holders_devices_and_starts_with_its_own_three(store: Store) -> None:
    one, two, three = phones(store, 3)
    with store.transaction(NORA.email) as tx:
        moved = [queries.device(tx.session, number) for number in (two, three)]
        areas.split(tx, queries.area(tx.session, "OBRAS"), "AGUA", "Agua potable", moved)
    assert [state(store, n)[1] for n in (one, two, three)] == [1, 1, 2]
    with store.reading() as session:
        assert queries.device(session, two).area.code == "AGUA"
    (new,) = ask(store, phone(9))
    assert approve(store, INES.email, new) == "pushing"


def test_a_split_seats_the_phones_that_were_in_excess(store: Store) -> None:
    first, *_others = phones(store, 3)
    extra = phones(store, 2, by=BETO, first=11)
    merge(store)
    with store.transaction(NORA.email) as tx:
        areas.split(tx, queries.area(tx.session, "OBRAS"), "AGUA", "Agua potable", [queries.device(tx.session, first)])
    assert [state(store, one)[1] for one in extra] == [1, None], "the one slot that came free"


def test_devices_of_an_area_that_ends_go_on_working_until_somebody_decides(store: Store) -> None:
    (one,) = phones(store, 1)
    with store.transaction(NORA.email) as tx:
        areas.close(tx, queries.area(tx.session, "OBRAS"))
    with store.reading() as session:
        assert queries.device(session, one).flag == "area_closed" and state(store, one)[0] == "pushing"


def test_the_head_of_record_is_the_one_of_that_day(store: Store) -> None:
    with store.transaction(NORA.email) as tx:
        obras = queries.area(tx.session, "OBRAS")
        areas.name_head(tx, obras, "Tomás Gil", "Director de Obras", date(2026, 1, 1))
        areas.name_head(tx, obras, "Rita Sol", "Encargada", date(2026, 7, 1), acting=True)
    with store.reading() as session:
        obras = queries.area(session, "OBRAS")
        on = {day: areas.head_on(session, obras, day) for day in (date(2026, 6, 30), date(2026, 7, 1))}
        assert [head.name if head else None for head in on.values()] == ["Tomás Gil", "Rita Sol"]
        assert areas.head_on(session, obras, date(2025, 12, 31)) is None


def test_a_head_is_not_named_before_one_of_record(store: Store) -> None:
    with store.transaction(NORA.email) as tx:
        areas.name_head(tx, queries.area(tx.session, "OBRAS"), "Tomás Gil", "Director", date(2026, 1, 1))
    with pytest.raises(InvalidValue), store.transaction(NORA.email) as tx:
        areas.name_head(tx, queries.area(tx.session, "OBRAS"), "Rita Sol", "Directora", date(2025, 1, 1))


def test_a_renamed_area_stays_the_same_area(store: Store) -> None:
    with store.transaction(NORA.email) as tx:
        areas.rename(tx, queries.area(tx.session, "OBRAS"), "Obras y Servicios")
    with pytest.raises(InvalidValue), store.transaction(NORA.email) as tx:
        areas.rename(tx, queries.area(tx.session, "DIF"), "Obras y Servicios")
    phones(store, 1, by=ANA)


def test_computers_move_without_a_slot(store: Store) -> None:
    (pc,) = ask(store, computer("DIF-01"), by=BETO)
    approve(store, INES.email, pc)
    merge(store)
    with store.reading() as session:
        moved = session.get_one(Device, pc)
        assert (moved.area.code, moved.authorisation.slot, moved.authorisation.quota_unit_id) == (
            "OBRAS",
            None,
            moved.area.quota_unit_id,
        )
