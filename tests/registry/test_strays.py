"""Entries that somebody made by hand on a point: told once by name, left alone, and settled by a decision of IT."""

from __future__ import annotations

import pytest

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import Drift
from netreg.errors import InvalidValue, NotFound
from netreg.mac import MacAddress
from netreg.registry import allowlists, queries
from netreg.registry.commands import alerts, devices, points, strays
from netreg.registry.models import Alert, Stray
from netreg.registry.strays import kept, on_point, ours
from netreg.store.transaction import Store
from tests.people import ACTOR, INES, approve, ask, mac, phone, phones
from tests.registry.test_points import add

A, B, C = (MacAddress.parse(mac(90 + number)) for number in range(3))


@pytest.fixture
def store(store: Store) -> Store:
    """With one point, "palacio"."""
    with store.transaction(ACTOR) as tx:
        add(tx)
    return store


def found(store: Store, *macs: MacAddress, quiet: tuple[MacAddress, ...] = (), others: Allowlist | None = None) -> None:
    """A look finds these made by hand, beside what is registered."""
    made = Allowlist.of(Entry(one) for one in macs)
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "palacio")
        stands = made | (others or Allowlist())
        strays.note_drift(tx, point, stands, Drift(made), quiet)
        points.record_push(tx, point, stands - made, added=0, removed=0)


def waiting(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {row.mac: row.state for row in on_point(session, queries.point(session, "palacio"))}


def told(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        return [(alert.state, alert.explanation, alert.explanation_en) for alert in queries.alerts(session)]


def removable(store: Store) -> frozenset[MacAddress]:
    with store.reading() as session:
        return ours(session, queries.point(session, "palacio"))


def test_a_hand_made_entry_is_one_alert_that_names_it_however_often_it_is_seen(store: Store) -> None:
    for _ in range(3):
        found(store, A, B)
    ((state, spanish, english),) = told(store)
    assert state == "open" and all(str(one) in spanish and str(one) in english for one in (A, B))
    assert waiting(store) == {str(A): "found", str(B): "found"}


def test_one_more_entry_wakes_an_alert_somebody_put_aside_and_the_same_ones_do_not(store: Store) -> None:
    found(store, A)
    with store.transaction(INES.email) as tx:
        alerts.acknowledge(tx, tx.session.query(Alert).one())
    found(store, A)
    assert told(store)[0][0] == "acknowledged"
    found(store, A, B)
    assert told(store)[0][0] == "open" and str(B) in told(store)[0][1]


def test_many_are_counted_after_the_first_ten(store: Store) -> None:
    found(store, *(MacAddress.parse(mac(100 + number)) for number in range(30)))
    ((_, spanish, english),) = told(store)
    assert "30 entradas" in spanish and "y 20 más" in spanish and "and 20 more" in english


def test_what_is_ordered_out_may_be_removed_and_settles_the_alert(store: Store) -> None:
    found(store, A, B)
    assert not removable(store) & {A, B}
    with store.transaction(INES.email) as tx:
        strays.remove(tx, queries.point(tx.session, "palacio"), [str(A).upper()], "Nadie la pidió")
    assert A in removable(store) and B not in removable(store)
    found(store, B)
    assert waiting(store) == {str(B): "found"} and str(A) not in told(store)[0][1]
    found(store)
    assert waiting(store) == {} and told(store) == []
    with store.reading() as session:
        assert [row.state for row in session.query(Stray).order_by(Stray.mac)] == ["removed", "vanished"]


def test_what_was_ordered_out_and_is_there_again_later_is_told_anew(store: Store) -> None:
    found(store, A)
    with store.transaction(INES.email) as tx:
        strays.remove(tx, queries.point(tx.session, "palacio"), [str(A)], "Nadie la pidió")
    found(store)
    found(store, A)
    assert waiting(store) == {str(A): "found"} and len(told(store)) == 1


def test_an_adopted_entry_is_a_registered_device_like_any_other(store: Store) -> None:
    found(store, A)
    with store.transaction(INES.email) as tx:
        area = queries.area(tx.session, "OBRAS")
        made = strays.adopt(tx, queries.point(tx.session, "palacio"), str(A), area, "Reloj", "Pasillo")
        assert made.kind == "infrastructure"
    with store.reading() as session:
        assert A in allowlists.desired(session)
    assert waiting(store) == {} == dict.fromkeys(told(store))


def test_an_entry_of_a_phone_that_is_approved_becomes_netregs_own(store: Store) -> None:
    (device,) = ask(store, phone(1))
    address = MacAddress.parse(mac(1))
    assert address not in removable(store), "a request that waits decides nothing yet"
    found(store, address)
    approve(store, INES.email, device)
    found(store, others=Allowlist.of([Entry(address, f"nr-{device}")]))
    assert waiting(store) == {} == dict.fromkeys(told(store))


def test_an_address_somebody_decided_against_is_no_hand_made_entry(store: Store) -> None:
    (device,) = phones(store, 1)
    with store.transaction(INES.email) as tx:
        devices.suspend(tx, queries.device(tx.session, device), "Extraviado")
    assert MacAddress.parse(mac(1)) in removable(store)


def test_what_came_back_or_went_missing_is_told_by_name_and_recorded(store: Store) -> None:
    with store.transaction("agent:push") as tx:
        strays.note_drift(tx, queries.point(tx.session, "palacio"), Allowlist(), Drift(Allowlist(), (A,), (B,)))
    ((_, spanish, english),) = told(store)
    assert all(str(one) in spanish and str(one) in english for one in (A, B))
    with store.reading() as session:
        assert "point.drifted" in [event.name for event in queries.story(session, ["point palacio"])]


def test_a_protected_address_is_left_alone_in_silence(store: Store) -> None:
    found(store, A, quiet=(A,))
    assert waiting(store) == {} == dict.fromkeys(told(store))


def test_a_decision_needs_a_reason_and_an_entry_that_is_there(store: Store) -> None:
    found(store, A)
    with store.reading() as session:
        assert [entry.mac for entry in kept(session, queries.point(session, "palacio"))] == [A]
    for macs, reason, error in (([str(C)], "x", NotFound), ([], "x", InvalidValue), ([str(A)], " ", InvalidValue)):
        with pytest.raises(error), store.transaction(ACTOR) as tx:
            strays.remove(tx, queries.point(tx.session, "palacio"), macs, reason)
    with pytest.raises(InvalidValue), store.transaction(ACTOR) as tx:
        strays.remove(tx, queries.point(tx.session, "palacio"), ["no es una dirección"], "x")
    assert waiting(store) == {str(A): "found"}
