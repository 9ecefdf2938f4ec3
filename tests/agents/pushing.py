"""One pass, said in the words of a test."""

from __future__ import annotations

from typing import Any

from agents import push
from agents.push import Order, PushResult
from agents.ssh import Target
from netreg.allowlist import Allowlist


def reconcile(
    sessions: Any,
    point: Target,
    desired: Allowlist,
    *,
    on_step: push.OnStep = lambda step: None,
    on_plan: push.OnPlan = lambda observed, plan, drift: None,
    **order: Any,
) -> PushResult:
    """Have this point hold `desired`; `order` is the rest of the `Order`."""
    return push.reconcile(sessions, Order(point, desired, **order), on_step=on_step, on_plan=on_plan)
