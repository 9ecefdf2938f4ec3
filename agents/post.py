"""What carries messages out, one at a time: a share of each hour, and rest while whoever takes them is away.

The rows are the truth. What is kept in memory only spares work: a worker that starts anew tries at once.
"""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from netreg.errors import MailFailed
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Claim, Delivery
from netreg.store.transaction import Store, Transaction

log = logging.getLogger("netreg.notify")

ACTOR = "agent:notify"
WINDOW = timedelta(hours=1)
BACKOFF_MOST_SECONDS = 3600.0
# What fails for this long will not be taken any more; mail servers give up after about as much.
GIVE_UP = timedelta(days=7)


class Post(ABC):
    """Carries deliveries of some kinds, for one worker."""

    kinds: tuple[str, ...] = ()

    def __init__(self, store: Store, at_most_per_hour: int) -> None:
        self._store, self._most = store, at_most_per_hour
        self._under_way = threading.Event()
        self._rests_until: datetime | None = None
        self._full_until: dict[str, datetime] = {}
        self._failures = 0

    @abstractmethod
    def _send(self, claim: Claim) -> str:
        """Do it with no transaction open; why it need not go out, or nothing. Raises MailFailed."""

    @abstractmethod
    def _sent(self, tx: Transaction, claim: Claim) -> None:
        """Record that it went out, in the transaction that finishes it."""

    def may_go(self, session: Session, at: datetime) -> tuple[str, ...]:
        """What kinds may be claimed now: none while one is under way anywhere, or whoever takes them is away.

        What may not go is not claimed at all, so that a backlog costs no attempts and never keeps a push waiting.
        """
        if self._under_way.is_set() or (self._rests_until and at < self._rests_until):
            return ()
        if outbox.is_carried(session, at, self.kinds):
            return ()  # by a worker in another process
        return tuple(kind for kind in self.kinds if self._has_room(session, kind, at))

    def _has_room(self, session: Session, kind: str, at: datetime) -> bool:
        """Whether something of this kind is due, and its hour is not full."""
        if at < self._full_until.get(kind, at) or not outbox.is_due(session, at, (kind,)):
            return False
        sent, first = outbox.done_since(session, kind, at - WINDOW)
        if first is None or sent < self._most:
            return True
        self._full_until[kind] = first + WINDOW
        return False

    def begin(self) -> None:
        """A message was claimed; the next one waits for its end."""
        self._under_way.set()

    def carry(self, claim: Claim) -> None:
        """Send one message, or record why it need not go; no transaction is open meanwhile."""
        try:
            self._carry(claim)
        finally:
            self._under_way.clear()

    def _carry(self, claim: Claim) -> None:
        try:
            moot = self._send(claim)
        except MailFailed as error:
            self._failed(claim, error)
            return
        if not moot:
            self._failures = 0
            log.info("%s %s sent", claim.kind, claim.target)
        self._finish(claim, moot)

    def _finish(self, claim: Claim, moot: str) -> None:
        with self._store.transaction(ACTOR) as tx:
            mine = outbox.finish(tx.session, claim, now(), moot)
            if mine and not moot:
                self._sent(tx, claim)
        if not mine:
            log.warning("%s %s: the lease ran out before the end; it may go out twice", claim.kind, claim.target)

    def _failed(self, claim: Claim, error: MailFailed) -> None:
        log.warning("%s %s: %s", claim.kind, claim.target, error)
        jitter = outbox.spread()
        with self._store.transaction(ACTOR) as tx:
            permanent = error.permanent or now() - tx.session.get_one(Delivery, claim.id).created > GIVE_UP
            outbox.fail(
                tx.session, claim, now(), str(error), permanent=permanent, jitter=jitter, most=BACKOFF_MOST_SECONDS
            )
        if not error.permanent:
            # Whoever takes them is away for all of them: the others wait without an attempt of their own.
            self._failures += 1
            self._rests_until = now() + outbox.backoff(self._failures, jitter, BACKOFF_MOST_SECONDS)
