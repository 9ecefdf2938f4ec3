"""The weekly report of unregistered devices, beside the monthly one: as a page, a printed sheet and a CSV."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from netreg.policy.week import Week
from netreg.procedures import rogue_sheet
from netreg.registry import rogues
from netreg.registry.rogues import Report
from netreg.store.base import now
from portal.access import may, permitted
from portal.paging import page_of
from portal.rows import reading, settings, store
from portal.tracing import trace_export, trace_reading
from portal.views.reports import pages


def _week() -> Week:
    """The week asked for; without one, the present."""
    typed = request.args.get("week", "")
    return Week.parse(typed) if typed else Week.of(now(), store().office.zone)


def _report(week: Week) -> Report:
    said = settings()
    return rogues.report(
        reading(), week, store().office.zone, now(),
        expected=said.expected_macs, blind_after=said.scan.blind_after,
    )  # fmt: skip


@pages.get("/rogues")
@permitted("presence.see")
def unregistered() -> ResponseReturnValue:
    """Every unregistered device of the week with what became of it; beneath, who was looking."""
    trace_reading("rogues")
    at, found = now(), _report(_week())
    present = Week.of(at, store().office.zone)
    return render_template(
        "pages/rogues.html", report=found, is_kept=found.at < at, page=page_of(found.rogues), present=present
    )


@pages.get("/rogues.csv")
@permitted("presence.see")
def unregistered_csv() -> ResponseReturnValue:
    return _file(rogue_sheet.to_csv, "csv", "text/csv", "attachment")


@pages.get("/rogues.pdf")
@permitted("presence.see")
def unregistered_pdf() -> ResponseReturnValue:
    return _file(rogue_sheet.sheet, "pdf", "application/pdf", "inline")


def _file(written: Callable[..., bytes], ending: str, kind: str, shown: str) -> Response:
    found = _report(_week())
    trace_export(f"rogues-{ending}", len(found.rogues))
    said = {"Content-Disposition": f'{shown}; filename="sin-registro-{found.week}.{ending}"'}
    return Response(written(found, store().office, whole=may("addresses.whole")), mimetype=kind, headers=said)
