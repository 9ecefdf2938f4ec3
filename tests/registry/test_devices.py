"""What happens to a device after it was approved: on the points, suspended, removed, bound."""

from __future__ import annotations

import pytest

from netreg.allowlist import Allowlist
from netreg.errors import ConcurrentChange, DuplicateMac, InvalidValue, QuotaFull
from netreg.registry import allowlists, queries
from netreg.registry.commands import devices, points, settling
from netreg.registry.deciding import approve
from netreg.store.transaction import Store
from tests.people import ACTOR, BETO, INES, ask, computer, do, mac, phone, phones, state


@pytest.fixture
def store(store: Store) -> Store:
    """With two points."""
    for name in ("palacio", "mercado"):
        with store.transaction(ACTOR) as tx:
            points.add_point(tx, name, "linux-nftables", "192.0.2.1", 22, "netreg", "key", {})
    return store


def verify(store: Store, *names: str, holding: Allowlist | None = None) -> None:
    """These points are read back with what policy wants there now."""
    for name in names:
        with store.transaction("agent:push") as tx:
            listed = allowlists.desired(tx.session) if holding is None else holding
            points.record_push(tx, queries.point(tx.session, name), listed, added=0, removed=0)


def request_state(store: Store, device: int) -> str:
    with store.reading() as session:
        ticket = queries.device(session, device).ticket
        assert ticket is not None
        return ticket.status


# --- letting in ---


def test_a_phone_is_active_when_every_point_confirmed_it(store: Store) -> None:
    (device,) = phones(store, 1)
    verify(store, "palacio")
    assert state(store, device) == ("pushing", 1) and request_state(store, device) == "en_atencion"
    verify(store, "mercado")
    assert state(store, device) == ("active", 1) and request_state(store, device) == "respuesta_en_elaboracion"


def test_with_no_point_nothing_is_confirmed(sqlite_store: Store) -> None:
    (device,) = phones(sqlite_store, 1)
    with sqlite_store.transaction(ACTOR) as tx:
        settling.settle(tx)
    assert state(sqlite_store, device) == ("pushing", 1)


# --- taking out ---


def test_a_removal_keeps_the_slot_until_every_point_was_read_without_the_address(store: Store) -> None:
    device, *_ = phones(store, 3)
    verify(store, "palacio", "mercado")
    do(store, devices.remove, device, "Se va de la oficina")
    verify(store, "palacio")
    assert state(store, device) == ("removing", 1)
    (fourth,) = ask(store, phone(4))
    with pytest.raises(QuotaFull):
        approve(store, INES.email, fourth)
    verify(store, "mercado")
    assert state(store, device) == ("removed", None)
    assert approve(store, INES.email, fourth) == "pushing"
    assert state(store, fourth) == ("pushing", 1)


def test_a_point_that_was_never_read_keeps_the_slot(store: Store) -> None:
    (device,) = phones(store, 1)
    do(store, devices.remove, device, "Se va de la oficina")
    verify(store, "palacio")
    assert state(store, device) == ("removing", 1)


def test_a_list_read_before_the_removal_was_ordered_proves_nothing(store: Store) -> None:
    """A push may have put the address on the market's point and failed before it could tell."""
    verify(store, "palacio", "mercado")
    (device,) = phones(store, 1)
    do(store, devices.remove, device, "Se va de la oficina")
    verify(store, "palacio")
    assert state(store, device) == ("removing", 1)
    verify(store, "mercado")
    assert state(store, device) == ("removed", None)


def test_removing_again_gives_the_same_answer(store: Store) -> None:
    (device,) = phones(store, 1)
    answers = [do(store, devices.remove, device, "Se va") for _ in range(2)]
    assert [answer.state for answer in answers] == ["removing", "removing"]
    with store.reading() as session:
        names = [event.name for event in queries.story(session, [f"device {device}"])]
    assert names.count("device.removal_ordered") == 1


def test_a_removed_address_may_be_asked_for_again(store: Store) -> None:
    (device,) = phones(store, 1)
    do(store, devices.remove, device, "Se va")
    verify(store, "palacio", "mercado")
    (again,) = phones(store, 1, by=BETO)
    with store.reading() as session:
        bearer = queries.device_by_mac(session, next(iter(allowlists.desired(session))).mac)
        assert bearer is not None and bearer.id == again


def test_a_suspended_phone_comes_back_only_by_being_restored(store: Store) -> None:
    (device,) = phones(store, 1)
    do(store, devices.suspend, device, "Abuso")
    verify(store, "palacio", "mercado")
    assert state(store, device) == ("suspended", 1)
    do(store, devices.restore, device, "Se aclaró")
    verify(store, "palacio", "mercado")
    assert state(store, device) == ("active", 1)


@pytest.mark.parametrize("command", [devices.suspend, devices.restore, devices.remove])
def test_what_was_only_asked_for_can_be_neither_suspended_restored_nor_removed(
    sqlite_store: Store, command: object
) -> None:
    (device,) = ask(sqlite_store, phone(1))
    with pytest.raises(ConcurrentChange, match="requested"):
        do(sqlite_store, command, device, "porque sí")  # type: ignore[arg-type]
    assert state(sqlite_store, device) == ("requested", None)


@pytest.mark.parametrize("command", [devices.suspend, devices.remove])
def test_suspending_and_removing_need_a_reason(sqlite_store: Store, command: object) -> None:
    (device,) = phones(sqlite_store, 1)
    with pytest.raises(InvalidValue) as refused:
        do(sqlite_store, command, device, "  ")  # type: ignore[arg-type]
    assert refused.value.field == "reason"
    assert state(sqlite_store, device) == ("pushing", 1)


# --- computers and infrastructure ---


def test_a_computer_passes_once_it_is_bound_with_evidence_and_with_each_address(store: Store) -> None:
    (laptop,) = ask(store, computer("obras-lap1"))
    with pytest.raises(ConcurrentChange):
        do(store, devices.bind, laptop, mac(1), "wifi", "etiqueta")
    approve(store, INES.email, laptop)
    with pytest.raises(InvalidValue) as refused:
        do(store, devices.bind, laptop, mac(1), "wifi", "")
    assert refused.value.field == "evidence"
    do(store, devices.bind, laptop, mac(1), "wifi", "etiqueta")
    do(store, devices.bind, laptop, mac(2), "ethernet", "etiqueta")
    verify(store, "palacio", "mercado")
    assert state(store, laptop) == ("active", None)
    with store.reading() as session:
        assert [str(entry.mac) for entry in allowlists.desired(session)] == [mac(1), mac(2)]


def test_a_computer_is_not_bound_to_an_address_that_is_live_elsewhere(store: Store) -> None:
    phones(store, 1)
    (laptop,) = ask(store, computer("OBRAS-LAP1"))
    approve(store, INES.email, laptop)
    with pytest.raises(DuplicateMac):
        do(store, devices.bind, laptop, mac(1), "wifi", "etiqueta")
    assert state(store, laptop) == ("awaiting_binding", None)


def test_infrastructure_takes_no_slot_and_is_let_in(store: Store) -> None:
    phones(store, 3)
    with store.transaction(INES.email) as tx:
        printer = devices.register_infrastructure(
            tx, queries.area(tx.session, "OBRAS"), mac(60), "Impresora", "Planta baja"
        ).id
    assert state(store, printer) == ("pushing", None)
    with store.transaction(INES.email) as tx, pytest.raises(DuplicateMac):
        devices.register_infrastructure(tx, queries.area(tx.session, "OBRAS"), mac(60), "Otra", "Planta baja")
