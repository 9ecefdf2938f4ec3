"""Whether the portal lives, and whether it can do its work. For machines; they say nothing about the installation."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from netreg.errors import NetregError
from netreg.registry.models import Role
from portal.rows import reading

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@pages.get("/readyz")
def ready() -> ResponseReturnValue:
    """200 when the database answers, 503 when it does not."""
    try:
        reading().execute(select(Role.id).limit(1))
    except (SQLAlchemyError, NetregError):
        return {"status": "unavailable", "reason": "database"}, 503
    return {"status": "ok"}
