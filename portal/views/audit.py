"""The audit log: as sentences, one event with all it holds, and as a table for a spreadsheet."""

from __future__ import annotations

from datetime import date
from itertools import islice

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from netreg.registry import audit_search
from netreg.registry.audit_search import Sought
from portal.access import may, permitted
from portal.languages import language
from portal.rows import reading, store
from portal.tracing import trace_export, trace_reading

pages = Blueprint("audit", __name__, url_prefix="/audit")

# What one file from the page holds at most; the console has no such bound.
MOST_IN_FILE = 20_000


def _number(typed: str) -> int:
    return min(int(typed), 2**31 - 1)


def _typed(name: str) -> str:
    return request.args.get(name, "").strip()[:200]


def _day(name: str) -> date | None:
    """The day typed; one that is none is left out, and the field shows it empty."""
    return request.args.get(name, type=date.fromisoformat)


def _sought() -> Sought:
    return Sought(_typed("subject"), _typed("actor"), _typed("name"), _day("since"), _day("until"), _typed("text"))


@pages.get("")
@permitted("audit.see")
def listing() -> ResponseReturnValue:
    """The newest events first, those that are looked for; `?before=` pages back."""
    trace_reading("audit")
    sought, before = _sought(), request.args.get("before", type=_number)
    found = audit_search.page(reading(), sought, store().office.zone, whole=may("addresses.whole"), before=before)
    filters = _filters(sought)
    return render_template("pages/audit.html", found=found, sought=sought, filters=filters, most=MOST_IN_FILE)


def _filters(sought: Sought) -> dict[str, str]:
    """What was looked for, as the next page's address has it."""
    said = {name: getattr(sought, name) for name in ("subject", "actor", "name", "since", "until", "text")}
    return {name: str(value) for name, value in said.items() if value}


@pages.get("/<row:number>")
@permitted("audit.see")
def show(number: int) -> ResponseReturnValue:
    """One event: before, after, reason, and its place in the chain."""
    event = audit_search.one(reading(), number)
    changes = audit_search.differences(event)
    return render_template("pages/audit_event.html", event=event, changes=changes, whole=event.digest() == event.hash)


@pages.get("/events.csv")
@permitted("audit.see")
def as_csv() -> ResponseReturnValue:
    """What is looked for as CSV; whose reading it is stands in the log before it is handed out."""
    zone, whole = store().office.zone, may("addresses.whole")
    events = list(islice(audit_search.find(reading(), _sought(), zone, whole=whole), MOST_IN_FILE))
    lines = audit_search.to_csv(events, zone, language(), whole=whole)
    content = b"".join(lines)
    trace_export("audit-csv", audit_search.addresses(events))
    said = {"Content-Disposition": 'attachment; filename="bitacora.csv"'}
    return Response(content, mimetype="text/csv", headers=said)
