"""The figures of a month, each with the requests behind it, and the same as a printed sheet."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from netreg.procedures import registers, reporting
from netreg.procedures.device_access import CODE
from netreg.procedures.figures import Month, Report
from netreg.store.base import now
from portal.access import may, permitted
from portal.rows import reading, store
from portal.tracing import trace_export

pages = Blueprint("reports", __name__, url_prefix="/report")


def _month() -> Month:
    """The month asked for; without one, the present."""
    typed = request.args.get("month", "")
    return Month.parse(typed) if typed else Month.of(now(), store().office.zone)


def _report(month: Month) -> Report:
    return reporting.report(reading(), CODE, month, store().office, now())


@pages.get("")
@permitted("reports.see")
def show() -> ResponseReturnValue:
    found = _report(_month())
    lists = {"received": found.official.received.folios, "attended": found.official.attended.folios}
    return render_template(
        "pages/report.html", month=found.official.month, rows=reporting.rows(found), areas=found.by_area, lists=lists
    )


@pages.get("/sheet.pdf")
@permitted("reports.see")
def sheet() -> ResponseReturnValue:
    month = _month()
    return _pdf(reporting.sheet(_report(month), store().office, now()), f"informe-{month}")


@pages.get("/devices.pdf")
@permitted("reports.see")
def devices() -> ResponseReturnValue:
    """The register of connected devices; whole addresses for those who may see them."""
    whole = may("addresses.whole")
    trace_export("device-register", registers.addresses(reading()))
    return _pdf(registers.device_sheet(reading(), store().office, now(), whole=whole), "registro-equipos")


@pages.get("/letters.pdf")
@permitted("letters.see")
def letters() -> ResponseReturnValue:
    """The register of letters."""
    return _pdf(registers.letter_sheet(reading(), store().office, now()), "registro-oficios")


def _pdf(content: bytes, name: str) -> Response:
    said = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=said)
