"""Who hands a worker its deliveries: a loop in the one process, or Procrastinate where PostgreSQL serves several.

Either only says when to look. What may be carried, and by whom, the row alone says.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from typing import Protocol

from netreg.config import Settings
from netreg.store.outbox import Claim
from netreg.store.transaction import Store

# How often to look when nobody rings.
LOOK_SECONDS = 0.25


class Hands(Protocol):
    """A worker, as those see it that hand it its work."""

    store: Store
    settings: Settings
    name: str

    def claim(self, only: int | None = None) -> Claim | None: ...

    def carry(self, claim: Claim) -> None: ...


def by_looking(hands: Hands, pool: Executor, stopping: threading.Event) -> None:
    """Look whenever the bell rings, and now and then; as many deliveries at a time as the settings say."""
    carried: set[Future[None]] = set()
    bell = hands.store.bell
    while not stopping.is_set():
        bell.clear()
        carried = {one for one in carried if not one.done()}
        while len(carried) < hands.settings.push.parallel and (claim := hands.claim()):
            carried.add(one := pool.submit(hands.carry, claim))
            one.add_done_callback(lambda _done: bell.set())
        bell.wait(LOOK_SECONDS)
