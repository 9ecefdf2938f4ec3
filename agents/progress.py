"""Tell where a push stands while it goes on, at no cost to the push itself."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from netreg.registry import progress
from netreg.store.base import now
from netreg.store.outbox import Claim
from netreg.store.transaction import Store

log = logging.getLogger("netreg.progress")

# A push that takes less is over before anybody could read where it stands.
EVERY_SECONDS = 0.3


class Notes:
    """The steps of one push, written down now and then.

    By a thread of its own: a database that is slow or locked must not hold up a pass whose undo is running. What cannot
    be written is not written; the push goes on.
    """

    def __init__(self, store: Store, claim: Claim, actor: str) -> None:
        self._store, self._claim, self._actor = store, claim, actor
        self._since = now()
        self._said: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="progress", daemon=True)

    def __enter__(self) -> Notes:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is written after this, so that what records the end has the last word."""
        self._ended.set()
        self._thread.join()

    def said(self, step: str) -> None:
        """The pass has done this."""
        self._said.append(step)

    def _keep(self) -> None:
        written: list[str] | None = None
        while not self._ended.wait(EVERY_SECONDS):
            said = list(self._said)
            if said != written and self._write(said):
                written = said

    def _write(self, said: list[str]) -> bool:
        try:
            with self._store.transaction(self._actor) as tx:
                return progress.note(tx.session, self._claim, said, self._since, now())
        except Exception as error:
            log.info("%s: where the push stands could not be noted: %s", self._claim.target, error)
            return False
