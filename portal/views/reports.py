"""The figures of a month, each with the requests behind it, and the same as a printed sheet."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from netreg.procedures import registers, report_sheet, reporting
from netreg.procedures.asking import CODE
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
    found, office = _report(_month()), store().office
    return render_template(
        "pages/report.html",
        month=found.official.month,
        frozen=report_sheet.frozen_text(found, office),
        rows=report_sheet.rows(found),
        listings=report_sheet.listings(found, office),
    )


@pages.get("/sheet.pdf")
@permitted("reports.see")
def sheet() -> ResponseReturnValue:
    month = _month()
    return _pdf(report_sheet.sheet(_report(month), store().office, now()), f"informe-{month}")


@pages.get("/figures.csv")
@permitted("reports.see")
def figures() -> ResponseReturnValue:
    """The numbers and the lists, for a spreadsheet."""
    month = _month()
    said = {"Content-Disposition": f'attachment; filename="informe-{month}.csv"'}
    return Response(report_sheet.to_csv(_report(month), store().office), mimetype="text/csv", headers=said)


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
