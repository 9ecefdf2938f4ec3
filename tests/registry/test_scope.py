"""A point takes what is its own; a device is active when every point that takes it lets it in."""

from __future__ import annotations

import pytest

from netreg.allowlist import Allowlist
from netreg.errors import InvalidValue
from netreg.registry import allowlists, point_views, queries
from netreg.registry.commands import areas, devices, points
from netreg.store.transaction import Store
from tests.databases import asked
from tests.people import ACTOR, INES, do, mac, phones, state
from tests.registry.test_points import add


@pytest.fixture
def store(store: Store) -> Store:
    """Two points: an access point at the palace, and the firewall of everything."""
    with store.transaction(ACTOR) as tx:
        areas.set_site(tx, queries.area(tx.session, "OBRAS"), "Palacio")
        areas.set_site(tx, queries.area(tx.session, "DIF"), "Casa del DIF")
        points.set_scope(tx, add(tx, name="antena"), "wifi", ["Palacio"])
        add(tx, name="cortafuegos")
    return store


def read_back(store: Store, name: str, *, empty: bool = False) -> None:
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, name)
        listed = Allowlist() if empty else allowlists.desired(tx.session, point)
        points.record_push(tx, point, listed, added=0, removed=0)


def wanted(store: Store, name: str) -> set[str]:
    with store.reading() as session:
        return {str(one) for one in allowlists.desired(session, queries.point(session, name)).by_mac}


def printer(store: Store, number: int, area: str = "OBRAS") -> int:
    with store.transaction(INES.email) as tx:
        return devices.register_infrastructure(tx, queries.area(tx.session, area), mac(number), "Imprenta", "Planta").id


def test_each_point_wants_only_its_own(store: Store) -> None:
    phones(store, 1)
    printer(store, 50)
    printer(store, 51, "DIF")
    assert wanted(store, "antena") == {mac(1), mac(50)}
    assert wanted(store, "cortafuegos") == {mac(1), mac(50), mac(51)}


def test_all_points_at_once_show_what_each_shows_alone(store: Store) -> None:
    phones(store, 2)
    printer(store, 51, "DIF")
    read_back(store, "antena")
    read_back(store, "cortafuegos", empty=True)
    with store.transaction(ACTOR) as tx:
        add(tx, name="bodega", enabled=False)
        points.set_scope(tx, add(tx, name="patio"), "wired", ["Casa del DIF"])
    with store.reading() as session:
        together = point_views.every(session)
        assert together == [point_views.of(session, row) for row in queries.points(session)]
        told = {view.point.name: (view.status, view.desired, view.to_add) for view in together}
    assert told == {
        "antena": ("pushing", 2, 0),
        "bodega": ("new", 3, 3),
        "cortafuegos": ("pushing", 3, 3),
        "patio": ("never", 1, 1),
    }


def test_more_points_ask_the_database_no_more_questions(store: Store) -> None:
    def looked() -> int:
        with asked(store) as statements, store.reading() as session:
            point_views.every(session)
        return len(statements)

    before = looked()
    with store.transaction(ACTOR) as tx:
        for number in range(5):
            points.set_scope(tx, add(tx, name=f"p{number}"), "wifi", ["Palacio"])
    assert looked() == before


def test_a_device_is_active_once_every_point_that_takes_it_lets_it_in(store: Store) -> None:
    (phone,) = phones(store, 1)
    elsewhere = printer(store, 51, "DIF")
    read_back(store, "antena")
    assert (state(store, phone)[0], state(store, elsewhere)[0]) == ("pushing", "pushing")
    read_back(store, "cortafuegos")
    assert (state(store, phone)[0], state(store, elsewhere)[0]) == ("active", "active")


def test_a_device_that_no_point_takes_is_never_called_active(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        points.set_scope(tx, queries.point(tx.session, "cortafuegos"), "wifi", ["Palacio"])
    elsewhere = printer(store, 51, "DIF")
    for name in ("antena", "cortafuegos"):
        read_back(store, name)
    assert state(store, elsewhere)[0] == "pushing"


def test_a_removal_waits_for_points_of_other_sites_too(store: Store) -> None:
    (phone,) = phones(store, 1)
    for name in ("antena", "cortafuegos"):
        read_back(store, name)
    do(store, devices.remove, phone, "Se va")
    read_back(store, "cortafuegos")
    assert state(store, phone)[0] == "removing"
    read_back(store, "antena")
    assert state(store, phone)[0] == "removed"


def test_a_site_where_nobody_works_is_a_typing_mistake(store: Store) -> None:
    with pytest.raises(InvalidValue, match="Palcio"), store.transaction(ACTOR) as tx:
        points.set_scope(tx, queries.point(tx.session, "antena"), "wifi", ["Palcio"])
    with pytest.raises(InvalidValue, match="wifi, wired"), store.transaction(ACTOR) as tx:
        points.set_scope(tx, queries.point(tx.session, "antena"), "aire", [])


def test_who_moves_to_another_site_is_pushed_and_so_is_an_area_that_does(store: Store) -> None:
    with store.transaction(ACTOR) as tx:
        areas.set_site(tx, queries.area(tx.session, "OBRAS"), "Anexo")
        areas.set_site(tx, queries.area(tx.session, "OBRAS"), "Anexo")
    with store.reading() as session:
        assert queries.is_owed(session, "antena")
        assert [event.name for event in queries.story(session, ["area OBRAS"])].count("area.sited") == 2
