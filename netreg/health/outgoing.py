"""Messages and events that do not go out: mail, channels and webhooks take their turns, but not for hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from netreg.health.findings import Finding, found
from netreg.hooking import KIND
from netreg.store.outbox import FAILED, RUNNING, WAITING, Delivery

# The hour's share of a queue is used up at times, and a mail server restarts.
LATE = timedelta(hours=1)
# What was given up longer ago is no news; whoever looks here once a week still sees it.
RECENT = timedelta(days=7)
_HOOK = f"{KIND}:"
_IS_HOOK = Delivery.kind.startswith(_HOOK, autoescape=True)


def examine(session: Session, at: datetime, at_once: Sequence[str]) -> Iterator[Finding]:
    """The findings about what goes out to people and to other programs; `at_once` are the kinds of all other work."""
    yield from _messages(_late(session, at, ~_IS_HOOK & Delivery.kind.not_in(at_once)))
    for kind, rows in groupby(_late(session, at, _IS_HOOK), key=lambda row: row.kind):
        yield found("netreg.D092", kind.removeprefix(_HOOK), **_told(list(rows)))
    yield from _given_up(session, at)


def _late(session: Session, at: datetime, what: ColumnElement[bool]) -> Sequence[Delivery]:
    """What was owed more than an hour ago and is not done; the oldest of each kind first."""
    owed = Delivery.state.in_((WAITING, RUNNING)) & (Delivery.created < at - LATE)
    return session.scalars(select(Delivery).where(owed, what).order_by(Delivery.kind, Delivery.created)).all()


def _messages(rows: Sequence[Delivery]) -> Iterator[Finding]:
    """One finding for all: they go by the same way."""
    if rows:
        yield found("netreg.D091", **_told(sorted(rows, key=lambda row: row.created)))


def _told(rows: Sequence[Delivery]) -> dict[str, object]:
    """How many there are, since when, and what was the matter with the newest of them that was tried."""
    problems = [row.error for row in rows if row.error]
    since = rows[0].created.isoformat(timespec="minutes")
    return {"count": len(rows), "since": since, "problem": problems[-1] if problems else "—"}


def _given_up(session: Session, at: datetime) -> Iterator[Finding]:
    lately = (Delivery.state == FAILED) & (Delivery.finished > at - RECENT)
    query = select(Delivery).where(_IS_HOOK, lately).order_by(Delivery.kind, Delivery.finished)
    for kind, rows in groupby(session.scalars(query), key=lambda row: row.kind):
        lost = list(rows)
        yield found("netreg.D093", kind.removeprefix(_HOOK), count=len(lost), problem=lost[-1].error)
