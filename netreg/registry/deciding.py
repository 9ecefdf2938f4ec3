"""Decisions as the portal and the command line make them: one transaction, and a refusal that leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netreg import events
from netreg.errors import QuotaFull
from netreg.registry import queries
from netreg.registry.commands import devices
from netreg.registry.models import Device
from netreg.store.transaction import Store, Transaction


def approve(store: Store, actor: str, device_id: int) -> str:
    """Approve a device and return its new state. A full area is refused, and the attempt is in the audit log."""
    with told_conflict(store, actor, device_id), store.transaction(actor) as tx:
        return approved(tx, device_id).authorisation.state


def approved(tx: Transaction, device_id: int) -> Device:
    """The device, approved by whoever acts; inside of `told_conflict`."""
    device = queries.device(tx.session, device_id)
    devices.approve(tx, device, queries.person(tx.session, tx.actor))
    return device


@contextmanager
def told_conflict(store: Store, actor: str, device_id: int) -> Iterator[None]:
    """Around an approval with a transaction of its own: that the area was full is kept, though nothing else is."""
    try:
        yield
    except QuotaFull:
        with store.transaction(actor) as tx:
            tx.record(_conflict(queries.device(tx.session, device_id)))
        raise


def _conflict(device: Device) -> events.QuotaConflict:
    folio = device.ticket.reference if device.ticket else ""
    return events.QuotaConflict(device=device.id, folio=folio, area=device.area.code)
