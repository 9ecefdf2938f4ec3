"""The one place that commits: rows, audit events and deliveries are stored together, or none of them is."""

from __future__ import annotations

import contextvars
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Engine, TextClause, event, inspect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.interfaces import ONETOMANY

from netreg.errors import NetregError, StoreAway, StoreBusy, StoreFull
from netreg.events import Event
from netreg.office import Office
from netreg.store import audit, summons
from netreg.store.base import Base
from netreg.store.remembering import RAW_SQL, SNAPSHOT, note_changes

REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

_READS = re.compile(r"\s*(SELECT|PRAGMA|EXPLAIN)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(?P<table>\w+)\b", re.IGNORECASE | re.ASCII)


class UnrecordedChange(NetregError):
    """A transaction changed rows and recorded no event: a change nobody would be able to explain later."""

    code = "unrecorded_change"


@dataclass
class Transaction:
    """One unit of work. Commands take it first, change rows, record one event, and never commit."""

    session: Session
    actor: str
    request_id: str
    react: Reaction
    office: Office = field(default_factory=Office)
    wrote: set[str] = field(default_factory=set)
    recorded: list[Event] = field(default_factory=list)

    def record(self, event: Event) -> None:
        """Append the event to the audit log and draw its consequences, in this transaction."""
        self.session.flush()
        self.recorded.append(event)
        audit.append(self.session, event, self.actor, self.request_id)
        self.react(self, event)

    @property
    def today(self) -> date:
        """The date at the office."""
        return self.office.today

    @property
    def year(self) -> int:
        """The year at the office, for numbers that begin anew with it."""
        return self.today.year


OFFICE = "office"
Reaction = Callable[[Transaction, Event], None]


class Store:
    """The database of one installation, with the two ways to use it.

    `react` draws the consequences of an event, inside the transaction that recorded it. `office` is what the
    town hall set about itself.
    """

    def __init__(self, engine: Engine, react: Reaction, office: Office | None = None) -> None:
        self.engine, self.office = engine, office or Office()
        self._react = react
        # Rung after a commit that recorded something, so that a worker in the same process need not wait for its
        # next look. It only hastens: the rows are the truth, and a worker elsewhere finds them by looking.
        self.bell = threading.Event()
        self._write = engine.execution_options(sqlite_begin="IMMEDIATE")

    @property
    def _about(self) -> dict[str, Any]:
        """What a session knows besides its rows: whose they are, for what queries show by the office's own names."""
        return {OFFICE: self.office}

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to read from; whatever is changed in it is thrown away."""
        with translated_errors(), Session(self.engine, info=self._about | {SNAPSHOT: True}) as session:
            yield session
            session.rollback()

    @contextmanager
    def transaction(self, actor: str) -> Iterator[Transaction]:
        """A unit of work by `actor`; commits at the end, rolls back on any error.

        Raises UnrecordedChange when rows changed and no event says why, StoreBusy when another process holds the
        lock for too long, StoreFull when the disk is full. In all three cases nothing was stored.
        """
        writing = Session(self._write, expire_on_commit=False, info=self._about)
        with translated_errors(), writing as session, session.begin():
            tx = Transaction(session, actor, REQUEST_ID.get() or secrets.token_hex(8), self._react, self.office)
            _watch(session, tx.wrote)
            yield tx
            session.flush()
            if tx.wrote and not tx.recorded:
                raise UnrecordedChange(
                    f"changed {', '.join(sorted(tx.wrote))} and recorded no event; nothing was stored"
                )
            if tx.wrote:
                note_changes(session, frozenset(tx.wrote))
            summons.send(session)
        self.bell.set()


def _watch(session: Session, wrote: set[str]) -> None:
    """Note every table that changes, through objects and through statements alike."""

    def flushing(session: Session, _context: UOWTransaction, _instances: Any) -> None:
        changed = [row for row in session.dirty if _changed(row) - row.unaudited]
        wrote.update(row.__tablename__ for row in (*session.new, *changed, *session.deleted) if not row.bookkeeping)

    def executing(state: ORMExecuteState) -> None:
        if state.is_insert or state.is_update or state.is_delete:
            wrote.update({state.statement.table.name} - _bookkeeping())  # type: ignore[attr-defined]
        elif isinstance(state.statement, TextClause) and not _READS.match(state.statement.text):
            wrote.update({_table_of(state.statement.text)} - _bookkeeping())

    event.listen(session, "before_flush", flushing)
    event.listen(session, "do_orm_execute", executing)


def _table_of(statement: str) -> str:
    """The table that a statement in SQL writes to, where that is plain to see; `UPDATE ONLY area` tells nothing."""
    named = _WRITES.match(statement)
    return named["table"] if named and named["table"] in Base.metadata.tables else RAW_SQL


def _bookkeeping() -> set[str]:
    return {mapper.class_.__tablename__ for mapper in Base.registry.mappers if mapper.class_.bookkeeping}


def _changed(row: Any) -> set[str]:
    """What of a row changed. Which rows name it is theirs: a new device is no change of its area."""
    state = inspect(row)
    named = {one.key for one in state.mapper.relationships if one.direction is ONETOMANY}
    return {column.key for column in state.attrs if column.key not in named and column.history.has_changes()}


@contextmanager
def translated_errors() -> Iterator[None]:
    """Say a locked database, a full disk and a server that is away in words a person can act on."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig).lower()
        if "locked" in text or "lock timeout" in text or "deadlock" in text:
            raise StoreBusy(
                "Otro proceso está escribiendo en la base de datos; no se guardó nada.",
                "Another process is writing to the database; nothing was stored.",
                hint="Intente de nuevo en un momento.",
                hint_en="Try again in a moment.",
            ) from error
        if "full" in text or "no space" in text or "disk i/o" in text:
            raise StoreFull(
                "El disco está lleno; no se guardó nada.",
                "The disk is full; nothing was stored.",
                hint="Libere espacio en el servidor y repita la operación.",
                hint_en="Free some space on the server and do it again.",
            ) from error
        if _is_away(error):
            raise StoreAway(
                "La base de datos no contesta; quizá no se guardó nada.",
                "The database does not answer; perhaps nothing was stored.",
                hint="Intente de nuevo en un momento; si sigue así, revise el servidor de la base de datos.",
                hint_en="Try again in a moment; if it goes on, look at the database server.",
            ) from error
        raise


def _is_away(error: OperationalError) -> bool:
    """PostgreSQL cannot be reached, broke the connection off, or is starting or shutting down (classes 08 and 57P)."""
    state = getattr(error.orig, "sqlstate", "")
    return error.connection_invalidated or state is None or str(state).startswith(("08", "57P"))
