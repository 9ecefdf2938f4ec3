"""The audit log, as sentences."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from netreg.registry import queries
from netreg.store.audit import verify_store
from portal.access import permitted
from portal.rows import reading

pages = Blueprint("audit", __name__, url_prefix="/audit")

_PAGE = 50


def _number(typed: str) -> int:
    return min(int(typed), 2**31 - 1)


@pages.get("")
@permitted("audit.see")
def listing() -> ResponseReturnValue:
    """The newest events first; `?subject=` follows one thing, `?before=` pages back, `?check=1` walks the chain."""
    subject = request.args.get("subject", "").strip()[:200]
    before = request.args.get("before", type=_number)
    events = queries.audit(reading(), subject or None, before=before, most=_PAGE)
    check = verify_store(reading()) if "check" in request.args else None
    older = events[-1].seq if len(events) == _PAGE else None
    return render_template("pages/audit.html", events=events, subject=subject, older=older, check=check)
