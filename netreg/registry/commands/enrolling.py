"""A new point, step by step: the key that answers there, what it holds, what a push would do; and then into service."""

from __future__ import annotations

from netreg import events
from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Plan
from netreg.errors import ConcurrentChange, NetregError, NotAllowed
from netreg.registry.commands import points
from netreg.registry.models import Point
from netreg.store.base import now
from netreg.store.transaction import Transaction

# How much of a plan is kept for the page.
_SHOWN = 200


def ask_look(tx: Transaction, point: Point) -> None:
    """Have a point that is not in service looked at: its key, or, once that is pinned, its list. Nothing is changed."""
    _check_new(point)
    points.try_login_again(point)
    tx.record(events.LookAsked(point=point.name))


def note_key(tx: Transaction, point: Point, host_key: str) -> None:
    """The key that answered, for a person to compare with the one on the device itself."""
    point.offered_key, point.looked = host_key, None
    point.problem = point.problem_code = ""
    tx.record(events.PointLookedAt(point=point.name, found=points.fingerprint(host_key)))


def note_look(tx: Transaction, point: Point, observed: Allowlist, plan: Plan, by_hand: Allowlist) -> None:
    """What the point holds, proved complete, and what a push would do."""
    point.looked = {
        "at": now().isoformat(),
        "entries": len(observed),
        "adds": [[str(entry.mac), entry.label] for entry in plan.adds][:_SHOWN],
        "removes": [[str(entry.mac), entry.label] for entry in plan.removes][:_SHOWN],
        "add": len(plan.adds),
        "remove": len(plan.removes),
        "by_hand": len(by_hand),
        "plan": plan.checksum,
        "problem": "",
    }
    point.problem = point.problem_code = ""
    tx.record(events.PointLookedAt(point=point.name, found=f"{len(observed)} ({plan.checksum[:12]})"))


def note_failure(tx: Transaction, point: Point, error: NetregError) -> None:
    """A look that came to nothing; what an earlier one found holds no longer."""
    point.looked, point.problem, point.problem_code = None, str(error), error.code
    tx.record(events.PointLookedAt(point=point.name, found=error.code))


def pin(tx: Transaction, point: Point, fingerprint: str) -> None:
    """Pin the key that answered, which the person saw as `fingerprint` and compared; raises ConcurrentChange if it is
    another one by now.
    """
    _check_new(point)
    if point.offered_key is None or points.fingerprint(point.offered_key) != fingerprint:
        raise ConcurrentChange(
            "La llave que contesta ya no es la que usted comparó.",
            "The key that answers is no longer the one you compared.",
            hint="Compárela de nuevo.", hint_en="Compare it again.",
        )  # fmt: skip
    points.trust(tx, point, point.offered_key)


def enable(tx: Transaction, point: Point, plan: str) -> None:
    """Put the point into service: the first push applies the plan the person saw, and no other."""
    _check_new(point)
    if not point.looked or point.looked["plan"] != plan:
        raise ConcurrentChange(
            "El plan ya no es el que usted vio.", "The plan is no longer the one you saw.",
            hint="Véalo de nuevo.", hint_en="Look at it again.",
        )  # fmt: skip
    point.enabled, point.expected_plan, point.looked = True, plan, None
    tx.record(events.PointEnabled(point=point.name, after={"plan": plan}))


def _check_new(point: Point) -> None:
    if point.enabled:
        raise NotAllowed(
            f"{point.name} ya está en servicio.", f"{point.name} is in service already.", code="point_enabled"
        )
