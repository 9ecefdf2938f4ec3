"""What is remembered of the register and its points is what they say, whatever was done to them since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from netreg.allowlist import Allowlist, Entry
from netreg.detection.sighting import Heard
from netreg.enforcement.plan import Drift
from netreg.importing.places import Places
from netreg.mac import MacAddress
from netreg.registry import allowlists, census, point_views, presence, queries
from netreg.registry.commands import areas, devices, people, points
from netreg.registry.commands.strays import note_drift
from netreg.registry.deciding import approve
from netreg.registry.detecting import take_in
from netreg.registry.memory import Register
from netreg.store.base import now
from netreg.store.transaction import Store, Transaction
from tests.databases import asked
from tests.people import ACTOR, CARLA, INES, NORA, ask, do, mac, phone, phones
from tests.registry.test_points import add

STRANGER, PHONE = MacAddress.parse("00:1a:11:c0:ff:ee"), MacAddress.parse(mac(1))
Deed = Callable[[Store, int], object]


def told(session: Session) -> list[Any]:
    """All that anything remembered has a part in."""
    here, views = presence.here(session, now()), point_views.every(session)
    counted = census.take(session, now(), 14, blind_after=timedelta(minutes=30)).counts
    let_in = census.lines(session, now(), 14, census.LET_IN)
    area = Places.of(session).coded("OBRAS")
    return [
        [(one.mac, one.unknown) for one in here],
        [(one.point.name, one.desired, one.verified, one.to_add, one.to_remove) for one in views],
        (counted, [(str(one.mac), one.points) for one in let_in]),
        Register.of(session).courses,
        area,
    ]


def doing(store: Store, deed: Callable[[Transaction], object]) -> None:
    with store.transaction(ACTOR) as tx:
        deed(tx)


def verified(store: Store, *extra: MacAddress) -> None:
    """The point holds what it should, and what somebody put there by hand."""
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "palacio")
        hand_made = Allowlist.of(Entry(one) for one in extra)
        listed = allowlists.desired(tx.session, point)
        note_drift(tx, point, listed | hand_made, Drift(hand_made), frozenset())
        points.record_push(tx, point, listed, added=0, removed=0)


DEEDS: dict[str, Deed] = {
    "approved": lambda store, device: approve(store, INES.email, device),
    "let in": lambda store, device: (approve(store, INES.email, device), verified(store)),
    "taken out": lambda store, device: (
        approve(store, INES.email, device),
        verified(store),
        do(store, devices.remove, device, "Se fue"),
    ),
    "asked for": lambda store, _device: phones(store, 1, first=2),
    "infrastructure": lambda store, _device: doing(
        store,
        lambda tx: devices.register_infrastructure(
            tx, queries.area(tx.session, "OBRAS"), str(STRANGER), "Cámara", "Patio"
        ),
    ),
    "made by hand": lambda store, _device: verified(store, STRANGER),
    "another point": lambda store, _device: doing(store, lambda tx: add(tx, name="bodega")),
    "narrower": lambda store, _device: doing(
        store, lambda tx: points.set_scope(tx, queries.point(tx.session, "palacio"), "wifi", ["Palacio"])
    ),
    "renamed": lambda store, _device: doing(
        store, lambda tx: areas.rename(tx, queries.area(tx.session, "OBRAS"), "Obras y Servicios")
    ),
    "moved": lambda store, _device: doing(
        store, lambda tx: areas.set_site(tx, queries.area(tx.session, "OBRAS"), "Palacio")
    ),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_is_remembered_is_what_was_worked_out_anew(store: Store, deed: Deed) -> None:
    with store.transaction(ACTOR) as tx:
        areas.set_site(tx, queries.area(tx.session, "DIF"), "Palacio")
        areas.set_site(tx, queries.area(tx.session, "OBRAS"), "Anexo")
        points.set_scope(tx, add(tx, name="palacio"), "wifi", ["Anexo"])
        devices.register_infrastructure(tx, queries.area(tx.session, "OBRAS"), mac(50), "Imprenta", "Planta")
    (device,) = ask(store, phone(1))
    with store.transaction("agent:scan") as tx:
        take_in(tx, "sweep", "planta", [Heard(PHONE, "10.1.0.7"), Heard(STRANGER, "10.1.0.8")], now())
    with store.reading() as session:
        before = told(session)
    deed(store, device)
    with store.reading() as session:
        remembered = told(session)
    with store.transaction(ACTOR) as tx:  # who writes remembers nothing
        assert remembered == told(tx.session)
    assert remembered != before, "the deed has to show somewhere, or it proves nothing"


def test_a_snapshot_asks_once_what_somebody_may_do_and_who_writes_asks_each_time(store: Store) -> None:
    with asked(store) as statements, store.reading() as session:
        coordinator = queries.known_person(session, CARLA.email)
        first = queries.held(session, coordinator, store.office.today)
        before = len(statements)
        assert queries.held(session, coordinator, store.office.today) == first and len(statements) == before
    with store.transaction(NORA.email) as tx:
        coordinator, absent = (queries.known_person(tx.session, one.email) for one in (CARLA, INES))
        assert "it" not in queries.held(tx.session, coordinator, tx.today)
        people.substitute(tx, coordinator, "it", absent, tx.today, tx.today)
        assert queries.held(tx.session, coordinator, tx.today)["it"] == INES.name
