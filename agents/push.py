"""Push: look, plan, doubt, act, look again. One `reconcile` makes one point hold the list it should.

The order is: read and prove, plan, guard, back up, arm the undo on the point, stage, check, apply in one transaction,
read back, disarm, save. The undo is a timer on the point itself, so that it works when we are gone; its marker
carries a transaction id, so that the next pass finds what a dead one left and undoes it first. Between any
two steps this process may be killed. Success is an independent read-back, never an exit status.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from agents.ssh import Answer, Target
from netreg.allowlist import Allowlist
from netreg.enforcement import dialect
from netreg.enforcement.plan import Drift, GuardLimits, Plan, doubt, strays
from netreg.errors import (
    CommandRefused,
    IncompleteRead,
    NetregError,
    PointError,
    Refused,
    UnexpectedOutput,
    VerifyFailed,
)
from netreg.mac import MacAddress

OnStep = Callable[[str], None]
OnDrift = Callable[[Allowlist, Drift], None]

# Reading a set while somebody else changes it may show two different lists; a quiet moment comes soon.
_LOOKS = 3


class Runs(Protocol):
    """What a pass needs of a session; `agents.ssh.Session` is one."""

    def run(self, command: str, stdin: bytes = b"", *, repeatable: bool = False) -> Answer: ...


class Lends(Protocol):
    """What lends sessions; `agents.ssh.Sessions` is one."""

    def use(self, target: Target) -> AbstractContextManager[Runs]: ...


@dataclass(frozen=True, slots=True)
class Observed:
    """What a point holds now, what its saved file's digest is, and the undos that a dead pass left armed."""

    allowlist: Allowlist
    saved: str = ""
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushResult:
    """A verified pass: the lists before and after, hand-made entries among them; `seconds` is the time it took."""

    before: Allowlist
    after: Allowlist
    plan: Plan
    drift: Drift
    checksum: str
    seconds: float
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One point and what it should hold, for `reconcile_all`."""

    target: Target
    desired: Allowlist
    limits: GuardLimits = field(default_factory=GuardLimits)
    baseline: Allowlist | None = None
    confirmed: str | None = None
    ours: frozenset[MacAddress] | None = None


def observe(session: Runs, target: Target) -> Observed:
    """What the point holds now, proved complete by two listings made in different ways that agree.

    Raises CommandRefused (a set that does not exist is this, never an empty list), UnexpectedOutput,
    IncompleteRead, and what `Session.run` raises. Changes nothing.
    """
    return _look(session, target)


def read_refused(session: Runs, target: Target) -> tuple[MacAddress, ...]:
    """The addresses the point itself has refused lately. Raises as `observe`; changes nothing."""
    words = target.profile.settled(target.parameters)
    command = target.profile.fill(target.profile.refused.command, words)
    answer = _run(session, target, "reading the refused addresses", command, repeatable=True)
    try:
        return dialect.parse_refused(answer.out, words["family"], words["table"], words["refused"])
    except dialect.UnreadableAnswer as error:
        raise UnexpectedOutput(target.name, f"the list of refused addresses is not readable: {error}") from error


@dataclass(frozen=True, slots=True)
class Preview:
    """What a push would do now: the list observed, the plan, and the hand-made entries that it leaves alone."""

    observed: Allowlist
    plan: Plan
    strays: Allowlist


def plan(session: Runs, target: Target, desired: Allowlist, ours: frozenset[MacAddress] | None = None) -> Preview:
    """What a push would do now, without doing it. Raises as `observe`."""
    seen = observe(session, target).allowlist
    kept = strays(seen, desired, ours)
    return Preview(seen, Plan.between(seen, desired | kept), kept)


def reconcile(
    sessions: Lends,
    target: Target,
    desired: Allowlist,
    *,
    limits: GuardLimits | None = None,
    baseline: Allowlist | None = None,
    confirmed: str | None = None,
    ours: frozenset[MacAddress] | None = None,
    on_step: OnStep = lambda step: None,
    on_drift: OnDrift = lambda observed, drift: None,
) -> PushResult:
    """Make the point hold `desired` and the entries somebody made there by hand, verified by a fresh read.

    `baseline` is the list last verified there, to tell drift; `ours` are the addresses that may be taken out (None: all
    of them; see `netreg.enforcement.plan.strays`); `confirmed` the checksum of a plan a person approved.
    `on_step` is called with the name of each step when it is done, `on_drift` with what was read and what somebody
    else changed, before anything is done. Raises UnsafePlan before anything was changed, or a PointError
    whose `left_as` says in what state the point is now.
    """
    with sessions.use(target) as session:
        one = _Pass(session, target, desired, on_step)
        return one.run(limits or GuardLimits(), baseline, confirmed, ours, on_drift)


def reconcile_all(
    sessions: Lends, orders: Iterable[Order], *, workers: int = 32
) -> dict[str, PushResult | NetregError]:
    """Every point's result or error by its name; all at once, so that a slow or dead one delays no other."""
    todo = list(orders)
    with ThreadPoolExecutor(max(1, min(workers, len(todo))), thread_name_prefix="push") as pool:
        futures = {order.target.name: pool.submit(_outcome, sessions, order) for order in todo}
    return {name: future.result() for name, future in futures.items()}


def _outcome(sessions: Lends, order: Order) -> PushResult | NetregError:
    try:
        return reconcile(
            sessions,
            order.target,
            order.desired,
            limits=order.limits,
            baseline=order.baseline,
            confirmed=order.confirmed,
            ours=order.ours,
        )
    except NetregError as error:
        return error


class _Pass:
    """One pass over one point. `txn` names its files on the point; nothing of it is remembered here afterwards."""

    def __init__(self, session: Runs, target: Target, desired: Allowlist, on_step: OnStep) -> None:
        self.session, self.target, self.desired = session, target, desired
        # What the point shall hold after this pass: what policy wants, and what nobody has decided about yet.
        self.wanted = desired
        self.profile = target.profile
        self.words = target.profile.settled(target.parameters)
        self.txn = secrets.token_hex(8)
        self.on_step = on_step
        self.steps: list[str] = []
        self.started = time.monotonic()

    def run(
        self,
        limits: GuardLimits,
        baseline: Allowlist | None,
        confirmed: str | None,
        ours: frozenset[MacAddress] | None,
        on_drift: OnDrift,
    ) -> PushResult:
        seen = self._read()
        kept = strays(seen.allowlist, self.desired, ours)
        drift = Drift.between(baseline, seen.allowlist, self.desired, kept)
        on_drift(seen.allowlist, drift)
        self.wanted = self.desired | kept
        plan = Plan.between(seen.allowlist, self.wanted)
        self._done("plan")
        _check_fits(self.target, plan, self.wanted)
        doubt(plan, seen.allowlist, self.desired, limits, confirmed)
        self._done("guard")
        after = seen.allowlist if plan.is_empty else self._change(seen.allowlist, plan)
        self._save(seen.saved)
        seconds = time.monotonic() - self.started
        return PushResult(seen.allowlist, after, plan, drift, after.checksum, seconds, tuple(self.steps))

    def _read(self) -> Observed:
        seen = _look(self.session, self.target)
        if seen.pending:
            for txn in seen.pending:
                self._fire(txn)
            self._done("undo of an earlier pass")
            seen = _look(self.session, self.target)
        self._done("read")
        return seen

    def _change(self, before: Allowlist, plan: Plan) -> Allowlist:
        try:
            self._arm(before)
            self._apply(plan)
            after = self._read_back()
            self._command("disarm", self._fill(self.profile.undo.disarm))
        except Exception as error:
            self._give_up(error)
        return after

    def _arm(self, before: Allowlist) -> None:
        # Backing up touches only our own directory, and arming promises no more than to put this very list back.
        digest = dialect.macs_digest(entry.mac for entry in before)
        backup = self._fill(self.profile.backup.command, sha256=digest)
        arm = self._fill(self.profile.undo.arm, seconds=self.profile.undo.seconds)
        self._command("backup, arm", f"{{ {backup}; }} && {arm}")

    def _apply(self, plan: Plan) -> None:
        script = dialect.delta_script(self.profile, self.words, plan)
        stage = self._fill(self.profile.apply.stage, sha256=hashlib.sha256(script).hexdigest())
        self._command("stage, check", f"{{ {stage}; }} && {self._fill(self.profile.apply.check)}", script)
        self._command("apply", self._fill(self.profile.apply.command))

    def _read_back(self) -> Allowlist:
        after = _look(self.session, self.target).allowlist
        self._done("read back")
        if after != self.wanted:
            wrong = Plan.between(after, self.wanted)
            message = f"read back {len(wrong.removes)} entries too many and {len(wrong.adds)} too few"
            raise VerifyFailed(self.target.name, f"{message}; another pass will follow")
        return after

    def _save(self, saved: str) -> None:
        """Save what policy wants, and no hand-made entry: nobody decided that it should come back after a restart."""
        text = dialect.saved_text(self.profile, self.words, self.desired)
        digest = hashlib.sha256(text).hexdigest()
        if digest == saved:
            return
        try:
            # The point can write its own list to the file; one with hand-made entries in it has to be sent.
            if self.wanted == self.desired:
                self._command("save", self._fill(self.profile.save.command, sha256=digest))
            else:
                self._command("save", self._fill(self.profile.save.given, sha256=digest), text)
        except PointError as error:
            raise _left(error, "applied and verified, not saved: a restart brings an older list") from error

    def _give_up(self, error: Exception) -> NoReturn:
        """Undo at once if the point can be reached; if not, its timer does. Raises `error` with what is left."""
        left = f"undo armed, restores itself within {self.profile.undo.seconds} s"
        try:
            left = {"restored": "restored", "nothing": "unchanged"}[self._fire(self.txn)]
            if left == "unchanged" and "apply" in self.steps:
                # The marker is gone: the timer was quicker, or our disarm arrived and only its answer was lost.
                left = self._what_stands()
        except (PointError, KeyError):
            pass
        raise _left(error, left)

    def _what_stands(self) -> str:
        stands = _look(self.session, self.target).allowlist
        return "applied and verified, not saved" if stands == self.wanted else "restored"

    def _fire(self, txn: str) -> str:
        command = self.profile.fill(self.profile.undo.fire, self.words, txn=txn)
        return _run(self.session, self.target, "undoing", command, repeatable=True).out.strip()

    def _fill(self, template: str, **values: str | int) -> str:
        return self.profile.fill(template, self.words, txn=self.txn, **values)

    def _command(self, step: str, command: str, stdin: bytes = b"") -> None:
        _run(self.session, self.target, step, command, stdin)
        for name in step.split(", "):
            self._done(name)

    def _done(self, step: str) -> None:
        self.steps.append(step)
        self.on_step(step)


def _look(session: Runs, target: Target) -> Observed:
    words = target.profile.settled(target.parameters)
    command = dialect.look_command(target.profile, words)
    for attempt in range(_LOOKS):
        answer = _run(session, target, "reading the list", command, repeatable=True)
        try:
            look = dialect.parse_look(target.profile, words, answer.out)
            return Observed(look.allowlist, look.saved, look.pending)
        except dialect.UnreadableAnswer as error:
            raise UnexpectedOutput(target.name, f"the list is not readable: {error}; look at the set itself") from error
        except dialect.IncompleteAnswer as error:
            if attempt == _LOOKS - 1:
                raise IncompleteRead(target.name, f"the list may be cut: {error}; try again later") from error
    raise AssertionError("unreachable")


def _run(
    session: Runs, target: Target, step: str, command: str, stdin: bytes = b"", *, repeatable: bool = False
) -> Answer:
    answer = session.run(command, stdin, repeatable=repeatable)
    failed = answer.status != 0 or any(text in answer.err for text in target.profile.session.failure)
    if failed:
        said = dialect.shown(answer.err) or f"status {answer.status}"
        raise CommandRefused(target.name, f"{step} was refused ({said}); check the point's gate and the login's rights")
    return answer


def _check_fits(target: Target, plan: Plan, wanted: Allowlist) -> None:
    can = target.profile.capabilities
    if len(wanted) > can.max_entries:
        spanish = f"{target.name} admite {can.max_entries} equipos y la lista tiene {len(wanted)}."
        english = f"{target.name} holds {can.max_entries} devices and the list has {len(wanted)}."
        raise Refused(spanish, english, code="point_full")
    if not wanted and can.empty_list != "deny" and not plan.is_empty:
        spanish = f"En {target.name} una lista vacía no cierra el paso; no se cambió nada."
        english = f"On {target.name} an empty list does not keep everybody out; nothing was changed."
        raise Refused(spanish, english, code="empty_list")


def _left(error: Exception, left_as: str) -> Exception:
    """The same error, saying in what state the point is."""
    if isinstance(error, PointError):
        error.left_as = left_as
        error.message = f"{error.message}; the point is left: {left_as}"
        error.args = (error.message,)
    return error
