"""The answer to an alert that is more than a word about it."""

from __future__ import annotations

from netreg.registry.commands import alerts, devices
from netreg.registry.models import Alert, Area, Device
from netreg.store.transaction import Transaction


def register(tx: Transaction, alert: Alert, area: Area, name: str, location: str) -> Device:
    """Register the device of an alert as infrastructure of an area, and close the alert.

    Raises what `devices.register_infrastructure` does, and ConcurrentChange for an alert that is closed.
    """
    device = devices.register_infrastructure(tx, area, alert.mac, name, location)
    alerts.close(tx, alert, f"registrado como equipo {device.id}", "infrastructure")
    return device
