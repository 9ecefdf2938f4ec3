"""The audit log: append-only, numbered without gaps, each row chained to the one before by SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import Row, Select, Text, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from netreg.events import CATALOGUE, Event
from netreg.store.base import Base, now

GENESIS = "0" * 64
# So many rows are walked in about 15 ms: a page that checks one piece answers well within 100 ms.
PIECE = 1_500
# Made once: a check of the chain writes every row there is.
_JSON = json.JSONEncoder(ensure_ascii=False)
_CHAIN_LOCK = 0x6E72_6175  # "nrau": one writer at a time appends to the chain on PostgreSQL


class AuditEvent(Base):
    """One fact. Everything is text as it was hashed, so that no driver can change its form."""

    __tablename__ = "audit_event"
    bookkeeping = True

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, index=True)
    subject: Mapped[str] = mapped_column(Text, index=True)
    data: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)

    @property
    def facts(self) -> dict[str, Any]:
        """The stored document: the event's fields, `before`, `after` and `reason`."""
        document: dict[str, Any] = json.loads(self.data)
        return document

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.at)

    def sentence(self, language: str = "es") -> str:
        """What a person reads; an event this version no longer knows shows its name."""
        event = CATALOGUE.get(self.name)
        if event is None:
            return f"{self.actor}: {self.name}"
        template = event.says_en if language == "en" else event.says
        return template.format(actor=self.actor, **self.facts["facts"])

    def digest(self) -> str:
        """The hash this row must have, given its content and the hash before it."""
        return digest_of(self)


# A row of the table, or its columns as they were read.
Link: TypeAlias = AuditEvent | Row[Any]


def digest_of(row: Link) -> str:
    """The hash that a link must have."""
    parts = (row.previous, row.seq, row.at, row.actor, row.name, row.subject, row.data, row.request_id)
    return hashlib.sha256(_JSON.encode(parts).encode()).hexdigest()


def append(session: Session, event: Event, actor: str, request_id: str) -> AuditEvent:
    """Write the event as the next row of the chain, in the caller's transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    last = session.execute(select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)).first()
    row = AuditEvent(
        seq=last.seq + 1 if last else 1,
        at=now().astimezone(UTC).isoformat(timespec="microseconds"),
        actor=actor,
        name=event.name,
        subject=event.subject,
        data=_document(event),
        request_id=request_id,
        previous=last.hash if last else GENESIS,
    )
    row.hash = row.digest()
    session.add(row)
    session.flush()
    return row


def _document(event: Event) -> str:
    content = {"facts": event.facts, "before": event.before, "after": event.after, "reason": event.reason}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What a walk over the chain found: so many rows that were good when it came by, and the hash of the last of them.

    `broken_at` is the first bad row's number, or None.
    """

    rows: int
    head: str
    broken_at: int | None = None
    problem: str = ""


NOT_BEGUN = ChainCheck(0, GENESIS)


def verify(rows: Iterable[Link], since: ChainCheck = NOT_BEGUN) -> ChainCheck:
    """Walk rows in order of number; the first that is missing, altered or re-linked is named.

    A walk that goes on `since` an earlier one begins with the row that one ended at: it must still be what it was.
    """
    walk = iter(rows)
    if since.rows and (problem := _changed(next(walk, None), since)):
        return replace(since, broken_at=since.rows, problem=problem)
    previous, count = since.head, since.rows
    for row in walk:
        if row.seq != count + 1:
            return ChainCheck(count, previous, count + 1, f"row {count + 1} is missing")
        if row.previous != previous:
            return ChainCheck(count, previous, row.seq, f"row {row.seq} does not follow the row before it")
        if digest_of(row) != row.hash:
            return ChainCheck(count, previous, row.seq, f"row {row.seq} was altered")
        previous, count = row.hash, count + 1
    return ChainCheck(count, previous)


def _changed(row: Link | None, since: ChainCheck) -> str:
    """What became of the row that an earlier walk ended at; nothing if it is as it was."""
    if row is None or row.seq != since.rows:
        return f"row {since.rows} is missing"
    return "" if digest_of(row) == row.hash == since.head else f"row {since.rows} was altered"


def verify_store(session: Session) -> ChainCheck:
    """The check over the whole table, read in batches."""
    with session.execute(_links().execution_options(yield_per=1000)) as rows:
        return verify(cast("Iterable[Link]", rows))


def verify_piece(session: Session, since: ChainCheck, most: int) -> tuple[ChainCheck, bool]:
    """Go on `since` an earlier check over `most` rows; what is found up to there, and whether rows may come after."""
    links = _links().limit(most)
    if since.rows:  # a first piece begins with whatever row is first, be its number below one
        links = _links().where(AuditEvent.seq >= since.rows).limit(most + 1)
    found = verify(cast("Iterable[Link]", session.execute(links)), since)
    return found, found.broken_at is None and found.rows == since.rows + most


def verify_in_pieces(session: Session, most: int) -> Iterator[ChainCheck]:
    """The check over the whole table, told after each piece of `most` rows; the last one is the answer."""
    found, goes_on = NOT_BEGUN, True
    while goes_on:
        found, goes_on = verify_piece(session, found, most)
        yield found


def newest(session: Session) -> int:
    """The number of the newest row, which is how many there are; 0 where there is none."""
    return session.scalar(select(func.max(AuditEvent.seq))) or 0


def _links() -> Select[Any]:
    return select(*AuditEvent.__table__.columns).order_by(AuditEvent.seq)
