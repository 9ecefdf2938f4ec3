"""The worker: claims deliveries, does the outside work with no transaction open, and records what came of it.

A worker may die at any moment: its lease runs out, somebody takes the delivery again, and a push is a look at the
point and not an order, so doing it twice does no harm.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy.orm import Session

from agents import hooks, leases, notify, push, scan, tables, targets
from agents.apart import ipv4_last, wire_of
from agents.carrying import by_looking
from agents.post import Post
from agents.progress import Notes
from agents.ssh import Sessions, Target, fetch_host_key
from netreg.allowlist import Allowlist
from netreg.config import Settings
from netreg.detection.sighting import Heard
from netreg.detection.sources import SWEEP
from netreg.enforcement.plan import Drift, Plan
from netreg.errors import NetregError, PointError, Refused, StoreBusy, StoreFull, Unreachable
from netreg.reactions import KICK, LOOK, PUSH
from netreg.registry import allowlists, progress, queries, strays, verdicts
from netreg.registry.commands import enrolling, passes, pausing, points
from netreg.registry.commands.sightings import LEASES, note_source
from netreg.registry.commands.strays import note_drift
from netreg.registry.detecting import note_names, take_in
from netreg.registry.models import Point
from netreg.registry.profiles import profile
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.outbox import Claim
from netreg.store.transaction import Store, Transaction

log = logging.getLogger("netreg.worker")

TABLES = "tables"
# The work that goes to a point in service by itself, and rests while the point is left alone.
TO_A_POINT = frozenset({PUSH, TABLES, KICK})
PUSH_ACTOR, SCAN_ACTOR = "agent:push", "agent:scan"


class Share(Enum):
    """Which part of the work a process does: all of it, or what needs to stand in the segments apart from the rest."""

    ALL, OFFICE, SEGMENTS = "all", "office", "segments"


class LeaseLost(Exception):
    """Somebody else took the delivery over; what was found is theirs to record."""


@dataclass
class Worker:
    """One process's share of the work. `on_step` is told each step of a push (the tests kill there)."""

    store: Store
    settings: Settings
    sessions: Sessions = field(default_factory=Sessions)
    on_step: Callable[[str], None] = lambda step: None
    share: Share = Share.ALL
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        self._claiming = threading.Lock()
        self._handlers: dict[str, Callable[[Claim], None]] = {}
        self._posts: list[Post] = []
        if self.share is not Share.OFFICE:
            self._handlers |= {SWEEP: self._sweep, LEASES: self._leases}
        if self.share is not Share.SEGMENTS:
            self._handlers |= {PUSH: self._push, LOOK: self._look, KICK: self._kick, TABLES: self._tables}
            self._take_post()

    def _take_post(self) -> None:
        mailer, channels = notify.Mailer.of(self.settings), notify.Channels.of(self.settings)
        self._posts += [notify.Notifier(self.store, self.settings, mailer)] if mailer else []
        self._posts += [notify.Announcer(self.store, self.settings, channels)] if channels else []
        self._posts += hooks.posts(self.store, self.settings)
        for post in self._posts:
            self._handlers |= dict.fromkeys(post.kinds, post.carry)

    def run(self, stopping: threading.Event) -> None:
        """Work until `stopping` is set; what is under way is finished first."""
        with ThreadPoolExecutor(self.settings.push.parallel, thread_name_prefix="carry") as pool:
            if self.store.engine.dialect.name == "postgresql":
                from agents.jobs import by_jobs  # an installation on SQLite does not have it

                by_jobs(self, pool, stopping)
            else:
                by_looking(self, pool, stopping)
        self.sessions.close()

    def run_once(self) -> bool:
        """Carry what is due now, one delivery at a time; False if nothing was."""
        claim = self.claim()
        if claim is None:
            return False
        self.carry(claim)
        return True

    def claim(self, only: int | None = None) -> Claim | None:
        """The right to carry one delivery that is due (this one, where `only` names it), or None."""
        # One thread after the other: a message that is claimed keeps the next from being claimed.
        with self._claiming:
            claim = self._claim(only)
            for post in self._posts:
                if claim and claim.kind in post.kinds:
                    post.begin()
            return claim

    def _claim(self, only: int | None) -> Claim | None:
        try:
            with self.store.reading() as session:
                kinds, named = self._asked(session, only)
                if not outbox.is_due(session, now(), kinds, self._held(session), named):
                    return None
            with self.store.transaction(PUSH_ACTOR) as tx:
                outbox.in_turn(tx.session)
                # Looked at again, now that nobody else claims: another worker may carry a message by now.
                kinds, named = self._asked(tx.session, only)
                lease = timedelta(seconds=self.settings.push.lease_seconds)
                return outbox.claim(tx.session, self.name, now(), lease, kinds, self._held(tx.session), named)
        except NetregError as error:
            log.warning("cannot claim work now, will look again: %s", error)
            return None

    def _asked(self, session: Session, only: int | None) -> tuple[tuple[str, ...], int | None]:
        """What kinds may be claimed now, and which delivery alone; messages keep their order, whichever is named."""
        kinds = self._kinds(session)
        kind = None if only is None else outbox.kind_of(session, only)
        if kind is None or not any(kind in post.kinds for post in self._posts):
            return kinds, only
        return tuple(one for one in kinds if one == kind), None

    def _kinds(self, session: Session) -> tuple[str, ...]:
        """What may be claimed now: messages only while they may go out."""
        messages = {kind for post in self._posts for kind in post.kinds}
        may_go = {kind for post in self._posts for kind in post.may_go(session, now())}
        return tuple(kind for kind in self._handlers if kind not in messages or kind in may_go)

    def _held(self, session: Session) -> list[tuple[str, str]]:
        """What may not be claimed now: all that goes to a point in its pause; after it, all but the push that tries."""
        at, pauses = now(), targets.pauses(self.settings)
        return [
            (kind, name)
            for name, breaker in queries.breakers(session).items()
            for kind in (TO_A_POINT if breaker.is_open(at, pauses) else TO_A_POINT - {PUSH})
        ]

    def carry(self, claim: Claim) -> None:
        """Do one delivery; whatever goes wrong is on its row afterwards, and never stops the loop."""
        try:
            self._handlers[claim.kind](claim)
        except LeaseLost:
            log.warning(
                "%s %s: the lease ran out before the end; another worker does it again", claim.kind, claim.target
            )
        except Exception as error:
            log.exception("%s %s failed", claim.kind, claim.target)
            # Where not even that can be stored, the lease runs out.
            with suppress(StoreBusy, StoreFull):
                self._not_done(claim, str(error) or type(error).__name__, permanent=False)

    # --- push -------------------------------------------------------------------------------------------------------

    def _push(self, claim: Claim) -> None:
        self.on_step("claimed")
        seen = _Seen(now())
        try:
            with Notes(self.store, claim, PUSH_ACTOR) as notes:
                result = self._reconcile(claim, seen.note, notes.said)
        except NetregError as error:
            self._push_failed(claim, error, seen)
            return
        self.on_step("verified")
        self._push_done(claim, result)
        self.on_step("recorded")

    def _reconcile(self, claim: Claim, on_plan: push.OnPlan, on_step: push.OnStep) -> push.PushResult:
        with self.store.reading() as session:
            target = targets.target(queries.point(session, claim.target))
        with self.sessions.use(target) as talk:
            # Before its lists are read: a dozen points that are away would each hold thousands of entries meanwhile.
            talk.connect()
            order = self._order(claim, target)
            return push.reconcile_over(talk, order, on_step=self._keep_lease(claim, on_step), on_plan=on_plan)

    def _order(self, claim: Claim, target: Target) -> push.Order:
        with self.store.reading() as session:
            point = queries.point(session, claim.target)
            return push.Order(
                target,
                allowlists.desired(session, point),
                limits=targets.limits(self.settings),
                baseline=allowlists.baseline(point),
                confirmed=point.confirmed_plan,
                expected=point.expected_plan,
                ours=strays.ours(session, point),
                # A worker that died may have died between confirming and saving.
                unsaved=point.status in ("failing", "refused") or claim.attempt > 1,
                held=strays.held(session, point),
            )

    def _keep_lease(self, claim: Claim, on_step: push.OnStep) -> push.OnStep:
        """A listener of steps that renews the lease of a long push, so that nobody else starts on the same point."""
        lease = timedelta(seconds=self.settings.push.lease_seconds)
        renewed = now()

        def step(name: str) -> None:
            nonlocal renewed
            on_step(name)
            self.on_step(name)
            if now() - renewed > lease / 3:
                renewed = now()
                with self.store.transaction(PUSH_ACTOR) as tx:
                    outbox.extend(tx.session, claim, renewed + lease)

        return step

    def _push_done(self, claim: Claim, result: push.PushResult) -> None:
        with self.store.transaction(PUSH_ACTOR) as tx:
            if not outbox.finish(tx.session, claim, now()):
                raise LeaseLost
            point = queries.point(tx.session, claim.target)
            progress.end(tx.session, point)
            note_drift(tx, point, result.after, result.drift, self.settings.protected_macs)
            verified = result.after - result.drift.strays
            points.record_push(tx, point, verified, added=len(result.plan.adds), removed=len(result.plan.removes))
            pausing.answered(tx, point)
            passes.note(tx, point, result.plan, seconds=result.seconds, steps=result.steps)

    def _push_failed(self, claim: Claim, error: NetregError, seen: _Seen) -> None:
        log.warning("push %s: %s", claim.target, error)
        jitter = outbox.spread()
        with self.store.transaction(PUSH_ACTOR) as tx:
            point = queries.point(tx.session, claim.target)
            progress.end(tx.session, point)
            pausing.failed(tx, point, error, seen.since, targets.pauses(self.settings), jitter)
            permanent, again = _is_permanent(error), point.retry_at
            if not outbox.fail(tx.session, claim, now(), str(error), permanent=permanent, jitter=jitter, again=again):
                raise LeaseLost from error
            if seen.observed is not None:
                # What waits for a person is told though the push came to nothing; what it would mend is not mended.
                note_drift(tx, point, seen.observed, Drift(seen.strays), self.settings.protected_macs)
            passes.note(tx, point, seen.plan, error=error)
            points.record_failure(tx, point, error)

    # --- blocked clients --------------------------------------------------------------------------------------------

    def _kick(self, claim: Claim) -> None:
        """Throw off who is blocked and connected all the same; that no list has them is the push's part."""
        try:
            with self.store.reading() as session:
                target = targets.target(queries.point(session, claim.target))
                unwanted = verdicts.blocked(session)
            with self.sessions.use(target) as session_:
                gone = tables.kick(session_, target, unwanted)
        except NetregError as error:
            log.warning("kick %s: %s", claim.target, error)
            self._not_done(claim, str(error), permanent=_is_permanent(error))
            return
        with self.store.transaction(PUSH_ACTOR) as tx:
            outbox.finish(tx.session, claim, now(), "" if gone else "nobody who is blocked is connected")

    # --- a point that is not in service yet -------------------------------------------------------------------------

    def _look(self, claim: Claim) -> None:
        """Fetch the key of a new point, or, once that is pinned, read its list; nothing is changed there."""
        with self.store.reading() as session:
            point = queries.point(session, claim.target)
            name, host, port, trusted = point.name, point.host, point.port, point.host_key is not None
        try:
            found = self._read(name) if trusted else fetch_host_key(host, port, point=name)
        except NetregError as error:
            found = error
        with self.store.transaction(PUSH_ACTOR) as tx:
            if not outbox.finish(tx.session, claim, now()):
                raise LeaseLost
            point = queries.point(tx.session, claim.target)
            if isinstance(found, NetregError):
                enrolling.note_failure(tx, point, found)
            elif isinstance(found, push.Preview):
                enrolling.note_look(tx, point, found.observed, found.plan, found.strays)
            else:
                enrolling.note_key(tx, point, found)

    def _read(self, name: str) -> push.Preview | str | NetregError:
        with self.store.reading() as session:
            point = queries.point(session, name)
            target, desired = targets.target(point), allowlists.desired(session, point)
            ours = strays.ours(session, point)
        with self.sessions.use(target) as session_:
            return push.plan(session_, target, desired, ours)

    # --- detection --------------------------------------------------------------------------------------------------

    def _sweep(self, claim: Claim) -> None:
        segment = next((one for one in self.settings.scan.segment if one.name == claim.target), None)
        if segment is None:
            self._not_done(claim, "the configuration has no such segment any more", permanent=True)
            return
        rate = self.settings.scan.rate
        self._take_time(claim, timedelta(seconds=scan.longest(segment.network, rate)))
        try:
            heard = [Heard(one.mac, str(one.ip), one.at) for one in scan.sweep(wire_of(segment), rate=rate).heard]
        except NetregError as error:
            self._source_failed(claim, error)
            return
        self._heard(claim, ipv4_last(heard))

    def _take_time(self, claim: Claim, time: timedelta) -> None:
        """A large segment is swept for longer than a lease: nobody else is to begin meanwhile."""
        if time > timedelta(seconds=self.settings.push.lease_seconds):
            with self.store.transaction(SCAN_ACTOR) as tx:
                outbox.extend(tx.session, claim, now() + time)

    def _tables(self, claim: Claim) -> None:
        try:
            with self.store.reading() as session:
                target = targets.target(queries.point(session, claim.target))
            told = tables.read(self.sessions, target, self.sessions.limits.again)
        except NetregError as error:
            self._source_failed(claim, error)
            return
        for one in told:
            with self.store.transaction(SCAN_ACTOR) as tx:
                tables.keep(tx, claim.target, one, now(), ignored=self.settings.expected_macs)
        with self.store.transaction(SCAN_ACTOR) as tx:
            if not outbox.finish(tx.session, claim, now()):
                raise LeaseLost

    def _leases(self, claim: Claim) -> None:
        file = next((one.file for one in self.settings.scan.leases if one.name == claim.target), None)
        if file is None:
            self._not_done(claim, "the configuration has no such lease file any more", permanent=True)
            return
        try:
            found = leases.read(file, now()).found
        except NetregError as error:
            self._source_failed(claim, error)
            return
        with self.store.transaction(SCAN_ACTOR) as tx:
            if not outbox.finish(tx.session, claim, now()):
                raise LeaseLost
            note_names(tx, claim.target, [Heard(one.mac, str(one.ip), name=one.name) for one in found], now())

    def _heard(self, claim: Claim, heard: list[Heard]) -> None:
        with self.store.transaction(SCAN_ACTOR) as tx:
            if not outbox.finish(tx.session, claim, now()):
                raise LeaseLost
            take_in(tx, SWEEP, claim.target, heard, now(), ignored=self.settings.expected_macs)

    def _source_failed(self, claim: Claim, error: NetregError) -> None:
        log.warning("%s %s: %s", claim.kind, claim.target, error)
        with self.store.transaction(SCAN_ACTOR) as tx:
            # The timetable asks again; a failed look is not worth a queue of its own.
            if not outbox.fail(tx.session, claim, now(), str(error), permanent=True, jitter=0):
                raise LeaseLost from error
            if claim.kind != TABLES:
                note_source(tx.session, f"{claim.kind}:{claim.target}", now(), error=str(error))
                return
            point = queries.point(tx.session, claim.target)
            tables.note_failure(tx, point.name, profile(point.profile), error, now())
            if isinstance(error, Unreachable):
                self._away(tx, point, error)

    def _away(self, tx: Transaction, point: Point, error: Unreachable) -> None:
        """A point that cannot be asked cannot be pushed to either; the push that tries it again is owed here."""
        pausing.failed(tx, point, error, now(), targets.pauses(self.settings), outbox.spread())
        if point.retry_at is not None:
            outbox.owe(tx.session, PUSH, point.name, point.retry_at)

    def _not_done(self, claim: Claim, error: str, *, permanent: bool) -> None:
        with self.store.transaction(PUSH_ACTOR) as tx:
            mine = outbox.fail(tx.session, claim, now(), error, permanent=permanent, jitter=outbox.spread())
            if mine and claim.kind == PUSH:
                progress.end(tx.session, queries.point(tx.session, claim.target))


@dataclass
class _Seen:
    """When a pass began, and what it saw before it did anything, for when it comes to nothing."""

    since: datetime
    observed: Allowlist | None = None
    plan: Plan | None = None
    strays: Allowlist = field(default_factory=Allowlist)

    def note(self, observed: Allowlist, plan: Plan, drift: Drift) -> None:
        self.observed, self.plan, self.strays = observed, plan, drift.strays


def _is_permanent(error: NetregError) -> bool:
    """What a retry cannot mend: a refusal of ours, a wrong setting, a key or login the point will not take."""
    return (
        error.permanent
        if isinstance(error, PointError)
        else (isinstance(error, Refused) and not isinstance(error, StoreBusy | StoreFull))
        or error.code.startswith("netreg.")
    )
