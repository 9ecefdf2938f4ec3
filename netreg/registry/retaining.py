"""The retention run as the timetable and the command line start it: many short transactions, repeatable at any time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from netreg.registry.commands import retention
from netreg.registry.commands.retention import BATCH, Forgotten
from netreg.registry.hashing import AddressHash
from netreg.store.transaction import Store, Transaction


def run(store: Store, actor: str, at: datetime) -> Forgotten:
    """Forget everything whose term is over at this instant; what was forgotten.

    Raises ConfigError before anything is touched when the key is missing or not the one of the hashes so far. A run
    that is cut short loses nothing: the next one finds what is left.
    """
    with store.reading() as session:
        hashed = AddressHash.of_store(session, store.office.retention_key)
    gone = sum(_in_batches(store, actor, at, step) for step in (retention.drop_strangers, retention.fold_trails))
    _in_batches(store, actor, at, retention.drop_history)
    total = part = _forget(store, actor, at, hashed, gone)
    while part.devices or part.addresses or part.alerts:
        part = _forget(store, actor, at, hashed, 0)
        total += part
    return total


def _in_batches(store: Store, actor: str, at: datetime, step: Callable[[Transaction, datetime], int]) -> int:
    total, gone = 0, BATCH
    while gone >= BATCH:
        with store.transaction(actor) as tx:
            gone = step(tx, at)
        total += gone
    return total


def _forget(store: Store, actor: str, at: datetime, hashed: AddressHash, sightings: int) -> Forgotten:
    with store.transaction(actor) as tx:
        return retention.forget(tx, at, hashed, sightings=sightings)
