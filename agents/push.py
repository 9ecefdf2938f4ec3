"""Push: look, plan, doubt, act, look again. One `reconcile` makes one point hold the list it should.

The order is: read and prove, plan, guard, back up, arm the undo on the point, check, apply, read back, disarm, save,
and end the connections of what was removed. Where the make has the means, the undo is on the point itself, so that it
works when we are gone; the next pass finds what a dead one left and undoes it first. Between any two steps this process
may be killed. Success is an independent read-back, never an exit status.

A small change may start from what the pass before left instead of a read (ADR 7); what is proved after it is the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from agents.console import ConsoleHand
from agents.hand import Hand, Observed, Talks
from agents.quick import QuickHand
from agents.shell import ShellHand
from agents.ssh import Target
from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Drift, GuardLimits, Plan, doubt, strays
from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from netreg.enforcement.reading import IncompleteAnswer, UnreadableAnswer, as_held
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
OnPlan = Callable[[Allowlist, Plan, Drift], None]

# A change of at most so many entries may be made on the word of the pass before.
_SMALL = 20
# Reading a set while somebody else changes it may show two different lists; a quiet moment comes soon.
_LOOKS = 3
# Seconds between two looks at a point that shows a change late.
_LAG_STEP = 1.0
_IN_PART = "changed in part; another pass mends it"


class Lends(Protocol):
    """What lends sessions; `agents.ssh.Sessions` is one."""

    def use(self, target: Target) -> AbstractContextManager[Talks]: ...


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
    """One point and what it should hold.

    `baseline` is the list last verified there, to tell drift; `ours` are the addresses that may be taken out (None: all
    of them; see `netreg.enforcement.plan.strays`); `confirmed` is the checksum of a plan a person approved, `expected`
    that of the only one that may be applied; `unsaved` says that the pass before may not have saved what it applied.
    `held` is all that the point held after the pass before, hand-made entries too: a small change is then made without
    reading the list first, where the make has the means. The whole list is proved after it all the same.
    """

    target: Target
    desired: Allowlist
    limits: GuardLimits = field(default_factory=GuardLimits)
    baseline: Allowlist | None = None
    confirmed: str | None = None
    expected: str | None = None
    ours: frozenset[MacAddress] | None = None
    unsaved: bool = False
    held: Allowlist | None = None


class _LookFirst(Exception):
    """This change is not one to make without reading the list first."""


def hand(session: Talks, target: Target) -> Hand:
    """What does the work at this point: at its prompt, or in its shell."""
    return ConsoleHand(session, target) if isinstance(target.profile, ConsoleProfile) else ShellHand(session, target)


def observe(session: Talks, target: Target) -> Observed:
    """What the point holds now, proved complete.

    Raises CommandRefused (a list that does not exist is this, never an empty one), UnexpectedOutput, IncompleteRead,
    and what the session raises. Changes nothing.
    """
    with closing(hand(session, target)) as worker:
        return _look(worker, target)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a push would do now: the list observed, the plan, and the hand-made entries that it leaves alone."""

    observed: Allowlist
    plan: Plan
    strays: Allowlist


def plan(session: Talks, target: Target, desired: Allowlist, ours: frozenset[MacAddress] | None = None) -> Preview:
    """What a push would do now, without doing it. Raises as `observe`."""
    seen, desired = observe(session, target).allowlist, as_held(target.profile, desired)
    kept = strays(seen, desired, ours)
    return Preview(seen, Plan.between(seen, desired | kept), kept)


def reconcile(
    sessions: Lends,
    order: Order,
    *,
    on_step: OnStep = lambda step: None,
    on_plan: OnPlan = lambda observed, plan, drift: None,
) -> PushResult:
    """Make the point hold what is desired and the entries somebody made there by hand, verified by a fresh read.

    `on_step` is called with the name of each step when it is done, `on_plan` with what was read, what will be done
    about it, and what somebody else changed, before anything is done. Raises UnsafePlan before anything was changed,
    or a PointError whose `left_as` says in what state the point is now.
    """
    with sessions.use(order.target) as session:
        return reconcile_over(session, order, on_step=on_step, on_plan=on_plan)


def reconcile_over(session: Talks, order: Order, *, on_step: OnStep, on_plan: OnPlan) -> PushResult:
    """As `reconcile`, over a session with that point which the caller has."""
    if (quick := _quick_hand(session, order)) is not None:
        # Something there is not as the pass before left it: that is no failure, it only has to be looked at.
        with closing(quick), suppress(_LookFirst, Refused, CommandRefused, IncompleteRead, VerifyFailed):
            return _Pass(quick, order, on_step).run(on_plan)
    with closing(hand(session, order.target)) as worker:
        return _Pass(worker, order, on_step).run(on_plan)


def _quick_hand(session: Talks, order: Order) -> QuickHand | None:
    """The hand for a change without a look before it, where make and order allow one: no person has a say in it."""
    profile = order.target.profile
    plain = order.confirmed is None and order.expected is None and not order.unsaved
    if order.held is None or not plain or not isinstance(profile, ShellProfile) or profile.quick is None:
        return None
    return QuickHand(session, order.target, order.held)


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
        return reconcile(sessions, order)
    except NetregError as error:
        return error


class _Pass:
    """One pass over one point: the order of things. How they are done there is the hand's."""

    def __init__(self, hand: Hand, order: Order, on_step: OnStep) -> None:
        self.hand, self.order, self.target = hand, order, order.target
        self.desired = as_held(order.target.profile, order.desired)
        # What the point shall hold after this pass: what policy wants, and what nobody has decided about yet.
        self.wanted = self.desired
        self.on_step = on_step
        self.steps: list[str] = []
        self.started = time.monotonic()

    def run(self, on_plan: OnPlan) -> PushResult:
        seen = self._read()
        before = seen.allowlist
        kept = strays(before, self.desired, self.order.ours)
        drift = Drift.between(self.order.baseline, before, self.desired, kept)
        self.wanted = self.desired | kept
        plan = Plan.between(before, self.wanted)
        if seen.assumed and not 0 < len(plan.adds) + len(plan.removes) <= _SMALL:
            raise _LookFirst
        on_plan(before, plan, drift)
        self._done("plan")
        _check_expected(self.target, plan, self.order.expected)
        _check_fits(self.target, plan, self.wanted)
        doubt(plan, before, self.desired, self.order.limits, self.order.confirmed)
        self._done("guard")
        after = before if plan.is_empty else self._change(before, plan)
        self._save(seen.saved)
        self._kick(plan)
        seconds = time.monotonic() - self.started
        return PushResult(before, after, plan, drift, after.checksum, seconds, tuple(self.steps))

    def _read(self) -> Observed:
        seen = _look(self.hand, self.target)
        if seen.pending:
            for txn in seen.pending:
                self.hand.undo(txn)
            self._done("undo of an earlier pass")
            seen = _look(self.hand, self.target)
        if seen.pending:
            message = "an undo is still armed there and would take our change back too; try again when it has run out"
            raise UnexpectedOutput(self.target.name, message)
        if not seen.assumed:
            self._done("read")
        return seen

    def _change(self, before: Allowlist, plan: Plan) -> Allowlist:
        held = before
        try:
            for part, wanted in self._rounds(before, plan):
                self.hand.change(held, part, wanted, self._done)
                self.hand.look_anew(part)
                held = self._read_back(wanted)
                self.hand.confirm()
                self._done("disarm")
        except Exception as error:
            self._give_up(error, before)
        return held

    def _rounds(self, before: Allowlist, plan: Plan) -> Iterable[tuple[Plan, Allowlist]]:
        """The whole plan at once, or in parts where the undo of this make holds no more."""
        profile = self.target.profile
        most = profile.apply.most if isinstance(profile, ConsoleProfile) else None
        return [(plan, self.wanted)] if most is None else plan.rounds(before, most)

    def _read_back(self, wanted: Allowlist) -> Allowlist:
        after = self._settled(wanted)
        self._done("read back")
        if after != wanted:
            wrong = Plan.between(after, wanted)
            message = f"read back {len(wrong.removes)} entries too many and {len(wrong.adds)} too few"
            raise VerifyFailed(self.target.name, f"{message}; another pass will follow")
        return after

    def _settled(self, wanted: Allowlist) -> Allowlist:
        """What the point holds once it shows `wanted`, or when the time is over that it may take to show it."""
        until = time.monotonic() + self.target.profile.capabilities.lag
        while (after := _look(self.hand, self.target).allowlist) != wanted and time.monotonic() < until:
            time.sleep(_LAG_STEP)
        return after

    def _save(self, saved: str) -> None:
        try:
            if self.hand.save(self.desired, self.wanted, saved, changed=self.order.unsaved or "apply" in self.steps):
                self._done("save")
        except PointError as error:
            raise _left(error, "applied and verified, not saved: a restart brings an older list") from error

    def _kick(self, plan: Plan) -> None:
        """Most makes refuse to throw off who is not on the air. The list is right all the same, and was read back."""
        try:
            if plan.lost and self.hand.kick(plan.lost):
                self._done("kick")
        except CommandRefused:
            self._done("kick refused")

    def _give_up(self, error: Exception, before: Allowlist) -> NoReturn:
        """Undo at once if the point can be reached; if not, it does so itself. Raises `error` with what is left."""
        # An undo takes back its own round only.
        left = _IN_PART if "disarm" in self.steps else self.hand.left_alone
        try:
            undone = self.hand.undo()
            if undone == "nothing" and not self.hand.acted:
                left = "unchanged"
            else:
                left = undone if undone == "restored" else self._what_stands(before, left)
        except PointError:
            pass
        raise _left(error, left)

    def _what_stands(self, before: Allowlist, left: str) -> str:
        seen = _look(self.hand, self.target)
        stands = seen.allowlist
        if seen.pending:
            return left
        if stands == before:
            return "restored"
        if stands != self.wanted:
            return _IN_PART
        # No undo is armed any more: our confirmation arrived, and only its answer was lost.
        return "applied and verified, not saved" if self.target.profile.save else "applied and verified"

    def _done(self, step: str) -> None:
        self.steps.append(step)
        self.on_step(step)


def _look(hand: Hand, target: Target) -> Observed:
    for attempt in range(_LOOKS):
        try:
            return hand.look()
        except UnreadableAnswer as error:
            raise UnexpectedOutput(
                target.name, f"the list is not readable: {error}; look at the list itself"
            ) from error
        except IncompleteAnswer as error:
            if attempt == _LOOKS - 1:
                raise IncompleteRead(target.name, f"the list may be cut: {error}; try again later") from error
    raise AssertionError("unreachable")


def _check_expected(target: Target, plan: Plan, expected: str | None) -> None:
    if expected is None or plan.is_empty or plan.checksum == expected:
        return
    now = f"+{len(plan.adds)} −{len(plan.removes)}"
    raise Refused(
        f"El plan de {target.name} ya no es ése (ahora {now}); no se cambió nada.",
        f"The plan of {target.name} is no longer that one (now {now}); nothing was changed.",
        code="plan_changed",
        hint=f"Léalo de nuevo: netreg point plan {target.name}",
        hint_en=f"Read it again: netreg point plan {target.name}",
    )


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
