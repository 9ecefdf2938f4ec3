"""Where the tries at the doors are counted: in memory for one process, in the database where several serve."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from limits.storage import MemoryStorage, Storage
from sqlalchemy.exc import SQLAlchemyError

from netreg.store.counters import Counters
from netreg.store.transaction import Store

SCHEME = "netreg+sql"


class SharedStorage(Storage):
    """The counters of `limits`, kept by the installation's own database."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  (as the library declares it)

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, *, counters: Counters, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._counters = counters

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self._counters.hit(key, timedelta(seconds=expiry), amount)

    def get(self, key: str) -> int:
        return self._counters.count(key)

    def get_expiry(self, key: str) -> float:
        return self._counters.end_of(key).timestamp()

    def check(self) -> bool:
        self._counters.count("")
        return True

    def reset(self) -> int | None:
        return self._counters.reset()

    def clear(self, key: str) -> None:
        self._counters.clear(key)


def storage(store: Store) -> Storage:
    """Where this installation counts."""
    counters = shared(store)
    return SharedStorage(counters=counters) if counters else MemoryStorage()


def configuration(store: Store) -> dict[str, Any]:
    """The same for Flask-Limiter, as its own settings."""
    counters = shared(store)
    if counters is None:
        return {"RATELIMIT_STORAGE_URI": "memory://"}
    return {"RATELIMIT_STORAGE_URI": f"{SCHEME}://", "RATELIMIT_STORAGE_OPTIONS": {"counters": counters}}


def shared(store: Store) -> Counters | None:
    """The counters that all processes of this installation share; None where there is one process."""
    return Counters(store.engine.url) if store.engine.dialect.name == "postgresql" else None
