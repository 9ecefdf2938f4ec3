"""Open the database of an installation: engine, migrations, reactions."""

from __future__ import annotations

from netreg.registry.deliveries import owe_deliveries
from netreg.store.base import LOCK_WAIT_SECONDS, make_engine
from netreg.store.transaction import Store, translated_errors
from netreg.store.upgrade import upgrade


def open_store(url: str, *, lock_wait: float = LOCK_WAIT_SECONDS) -> Store:
    """The store at `url`, at this version's tables; raises StoreBusy or StoreFull with nothing changed."""
    with translated_errors():
        engine = make_engine(url, lock_wait=lock_wait)
        try:
            upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, owe_deliveries)
