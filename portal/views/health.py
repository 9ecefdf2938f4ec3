"""Whether the portal lives, and whether it can do its work. For machines; they say nothing about the installation."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from netreg.health import readiness
from netreg.health.readiness import Check
from netreg.store.base import now
from portal.rows import reading, settings

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@pages.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when pages can be served, 503 when they cannot, each with every check; a worker that is away is told and no
    reason to send people elsewhere.
    """
    checks = readiness.look(reading, settings().data_dir, now())
    if all(one.ok for one in checks):
        return _told("ok", checks)
    if all(one.ok for one in checks if one.needed):
        return _told("warning", checks)
    return _told("unavailable", checks), 503


def _told(status: str, checks: list[Check]) -> dict[str, object]:
    return {"status": status, "checks": {one.name: {"ok": one.ok, "why": one.why} for one in checks}}
