"""A folio's story goes on to the read-back of every point, and says of each point whether it confirmed."""

from __future__ import annotations

from netreg.registry import allowlists, queries, telling
from netreg.registry.commands import devices, points
from netreg.store.transaction import Store
from tests.people import do, phones
from tests.portal.conftest import a_point


def read_back(store: Store, name: str) -> None:
    """The point bears what it must."""
    with store.transaction("agent:push") as tx:
        wanted = allowlists.desired(tx.session)
        points.record_push(tx, queries.point(tx.session, name), wanted, added=1, removed=0)


def told(store: Store, folio: str) -> list[str]:
    with store.reading() as session:
        return [event.name for event in telling.story(session, queries.ticket(session, folio))]


def confirmed(store: Store, device: int) -> dict[str, bool]:
    with store.reading() as session:
        found = telling.read_backs(session, queries.device(session, device), queries.points(session))
        return {one.point: one.confirmed for one in found}


def test_the_story_tells_each_points_first_read_back_after_the_approval(store: Store) -> None:
    for name in ("norte", "sur"):
        a_point(store, name)
    read_back(store, "norte")
    number = phones(store, 1)[0]
    with store.reading() as session:
        ticket = queries.device(session, number).ticket
        assert ticket is not None
        folio = ticket.reference
    assert "point.pushed" not in told(store, folio), "what was read before the approval proves nothing"
    read_back(store, "norte")
    read_back(store, "norte")
    assert told(store, folio).count("point.pushed") == 1 and "device.activated" not in told(store, folio)
    read_back(store, "sur")
    names = told(store, folio)
    assert names.count("point.pushed") == 2 and names.index("device.approved") < names.index("device.activated")
    read_back(store, "norte")
    assert told(store, folio) == names, "later pushes are other stories"


def test_each_point_confirms_what_it_was_read_to_bear_and_a_removal_only_what_was_read_since(store: Store) -> None:
    for name in ("norte", "sur"):
        a_point(store, name)
    number = phones(store, 1)[0]
    assert confirmed(store, number) == {"norte": False, "sur": False}
    read_back(store, "norte")
    assert confirmed(store, number) == {"norte": True, "sur": False}
    read_back(store, "sur")
    do(store, devices.remove, number, "Se perdió", "lost")
    assert confirmed(store, number) == {"norte": False, "sur": False}
    read_back(store, "sur")
    assert confirmed(store, number) == {"norte": False, "sur": True}
    read_back(store, "norte")
    assert confirmed(store, number) == {}, "it is out: nothing is owed any more"
