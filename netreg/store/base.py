"""The declarative base, column types and the engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LOCK_WAIT_SECONDS = 30


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Goes in with a time zone or is refused; comes out in UTC, on SQLite as well."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """In one step: a list of who is there reads ten thousand instants."""
        return _from_sqlite if dialect.name == "sqlite" else _from_a_server


def _from_sqlite(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored + "+00:00")


def _from_a_server(told: datetime | None) -> datetime | None:
    return None if told is None else told.astimezone(UTC)


class Base(DeclarativeBase):
    """`bookkeeping` marks rows that may change without an audit event: they record no decision of anybody.

    `unaudited` names single columns of the same kind, such as when something was last seen.
    """

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}
    bookkeeping: ClassVar[bool] = False
    unaudited: ClassVar[frozenset[str]] = frozenset()


def now() -> datetime:
    """The present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def make_engine(url: str | URL, threads: int = 40, lock_wait: float = LOCK_WAIT_SECONDS) -> Engine:
    """An engine for SQLite (WAL, own BEGIN) or PostgreSQL; `lock_wait` is in seconds.

    The connection used last is used next: each keeps pages and statements of its own, several megabytes of them.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_size=threads,
            max_overflow=0,
            pool_use_lifo=True,
            pool_pre_ping=True,
            connect_args={"options": f"-c lock_timeout={int(lock_wait * 1000)}"},
        )
    engine = create_engine(
        url, pool_size=threads, max_overflow=0, pool_use_lifo=True, connect_args={"timeout": lock_wait}
    )
    event.listen(engine, "connect", lambda dbapi, _record: _prepare_sqlite(dbapi, lock_wait))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(dbapi: Any, lock_wait: float) -> None:
    # Without this the driver begins transactions by itself, and reads before the first write see no snapshot.
    dbapi.isolation_level = None
    # busy_timeout comes first: even the switch to WAL may have to wait for another process.
    for pragma in (
        f"busy_timeout={int(lock_wait * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",  # a decision that was answered survives a power cut
        "foreign_keys=ON",
        "journal_size_limit=67108864",
    ):
        dbapi.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that turns into a write fails at once when somebody else wrote meanwhile; writers say so first.
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
