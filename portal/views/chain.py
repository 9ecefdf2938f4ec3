"""The check of the log's chain, beside the log: a piece with each look, so that nobody waits for years of rows."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from netreg.store import audit
from portal.access import permitted
from portal.chain_marker import Marker, read, sign
from portal.live import fragment
from portal.rows import reading
from portal.tracing import trace_reading
from portal.views.audit import pages


@pages.get("/check")
@permitted("audit.see")
def check() -> ResponseReturnValue:
    """The check from the first row on, or `?from=` a marker; the page goes on by itself, and by a link."""
    return render_template("pages/audit_check.html", **_next_piece())


@pages.get("/check/piece")
@permitted("audit.see")
def piece() -> ResponseReturnValue:
    """The next piece alone: what the page shows then."""
    return fragment("components/chain_check.html", **_next_piece())


def _next_piece() -> dict[str, Any]:
    """What is found up to the end of one more piece, of how many rows, and the marker to go on from, if it does."""
    begun, total, anew = _place(request.args.get("from", ""))
    found, goes_on = audit.verify_piece(reading(), begun, audit.PIECE)
    total = max(total, found.rows)
    marker = sign(Marker(found, total, anew)) if goes_on else ""
    return {"check": found, "total": total, "anew": anew, "marker": marker}


def _place(typed: str) -> Marker:
    """Where to go on; the start, which leaves its line in the log, where no good marker says otherwise."""
    marker = read(typed)
    if marker is not None:
        return marker
    trace_reading("audit")
    return Marker(audit.NOT_BEGUN, audit.newest(reading()), anew=bool(typed))
