"""Whoever opens a list with whole addresses leaves a line in the log: once an hour, before the list is shown."""

from __future__ import annotations

from flask_security import current_user

from netreg.registry.commands import tracing
from netreg.store.base import now
from portal.access import may
from portal.rows import reading, writing


def trace_reading(what: str) -> None:
    """Note that this list is read, unless it was within the hour or shows no whole address to this person.

    The lock on the database is asked for only when there is something to note.
    """
    if may("addresses.whole") and not tracing.is_noted(reading(), current_user.email, what, now()):
        with writing() as tx:
            tracing.note_reading(tx, what)


def trace_trail(device: int) -> None:
    """Note in the device's own story that somebody reads where it was, unless that is there within the hour."""
    if not tracing.is_followed(reading(), current_user.email, device, now()):
        with writing() as tx:
            tracing.note_trail(tx, device)


def trace_export(what: str, addresses: int) -> None:
    """Note that so many whole addresses are about to be handed out as a file."""
    if may("addresses.whole"):
        with writing() as tx:
            tracing.note_export(tx, what, addresses)
