"""How often something was tried in a stretch of time, counted for all processes of an installation together.

Only where several serve one PostgreSQL: one process counts in its memory. Connections of its own, so that a request
that holds a snapshot never waits for one that waits for it; what is asked of them waits for nothing else.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Engine, Text, case, create_engine, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL
from sqlalchemy.orm import Mapped, Session, mapped_column

from netreg.store.base import Base, now

_CONNECTIONS = 4


class TryCount(Base):
    """`key` is a hash: who is counted, by address or account, is nobody's to read."""

    __tablename__ = "try_count"
    bookkeeping = True

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    hits: Mapped[int]
    expires: Mapped[datetime]


class Counters:
    """Counters that end after a stretch of time and then begin anew."""

    def __init__(self, url: URL) -> None:
        # A count that a power cut takes with it does no harm, and nobody waits for a disk at the door.
        self._engine: Engine = create_engine(
            url, pool_size=_CONNECTIONS, max_overflow=0, pool_pre_ping=True, isolation_level="AUTOCOMMIT",
            connect_args={"options": "-c synchronous_commit=off"},
        )  # fmt: skip

    def hit(self, key: str, stretch: timedelta, amount: int = 1) -> int:
        """Count `amount` more and say how many there are in this stretch, which begins with the first of them."""
        at = now()
        over = TryCount.expires <= at
        query = insert(TryCount).values(key=_hashed(key), hits=amount, expires=at + stretch)
        query = query.on_conflict_do_update(
            index_elements=[TryCount.key],
            set_={
                "hits": case((over, amount), else_=TryCount.hits + amount),
                "expires": case((over, at + stretch), else_=TryCount.expires),
            },
        )
        with self._engine.connect() as connection:
            return connection.execute(query.returning(TryCount.hits)).scalar_one()

    def count(self, key: str) -> int:
        """How many there are in the present stretch."""
        query = select(TryCount.hits).where(TryCount.key == _hashed(key), TryCount.expires > now())
        with self._engine.connect() as connection:
            return connection.scalar(query) or 0

    def end_of(self, key: str) -> datetime:
        """When the stretch is over; now, where none has begun."""
        with self._engine.connect() as connection:
            return connection.scalar(select(TryCount.expires).where(TryCount.key == _hashed(key))) or now()

    def clear(self, key: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(delete(TryCount).where(TryCount.key == _hashed(key)))

    def reset(self) -> int:
        """Forget every count; how many there were."""
        with self._engine.connect() as connection:
            return connection.execute(delete(TryCount)).rowcount

    def close(self) -> None:
        self._engine.dispose()


def forget(session: Session, at: datetime) -> None:
    """Forget the counts whose stretch is over."""
    session.execute(delete(TryCount).where(TryCount.expires <= at))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
