"""The figures of a month as a dashboard, each number with the requests behind it, and the same as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from netreg.errors import NotFound
from netreg.procedures import registers, report_book, report_charts, report_lines, report_sheet, reporting
from netreg.procedures.counting import Month
from netreg.procedures.report_lines import Say
from netreg.procedures.trends import Overview
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.store.base import now
from portal.access import may, permitted
from portal.languages import language
from portal.paging import page_of
from portal.rows import reading, store
from portal.tracing import trace_export

pages = Blueprint("reports", __name__, url_prefix="/report")

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _month() -> Month:
    """The month asked for; without one, the present."""
    typed = request.args.get("month", "")
    return Month.parse(typed) if typed else Month.of(now(), store().office.zone)


def _scope() -> Scope:
    """The procedure and the area asked for; without them, all."""
    code, area = request.args.get("procedure", ""), request.args.get("area", "")
    return Scope(
        store().office.catalogue.known_as(code).code if code else None, queries.area(reading(), area) if area else None
    )


def _asked(scope: Scope) -> dict[str, str | None]:
    """The same as the parameters of an address."""
    return {"procedure": scope.procedure, "area": scope.area.code if scope.area else None}


def _behind(asked: dict[str, str | None]) -> Callable[[str, str], str]:
    """The address of the list behind a number of a month: a page has hundreds of them, of a dozen months."""

    @cache
    def month_of(month: str) -> str:
        return url_for("reports.behind", month=month, **asked)

    return lambda key, month: f"{month_of(month)}&{urlencode({'of': key})}"


def _overview(scope: Scope) -> Overview:
    return reporting.overview(reading(), scope, _month(), store().office, now())


def _say() -> Say:
    return report_lines.english if language() == "en" else report_lines.spanish


@pages.get("")
@permitted("reports.see")
def show() -> ResponseReturnValue:
    """The dashboard: the main figures, the charts with their tables, every figure, and the lists with reasons."""
    scope, office, say = _scope(), store().office, _say()
    found = _overview(scope)
    return render_template(
        "pages/report.html",
        month=str(found.report.official.month),
        month_name=report_charts.month_name(found.report.official.month, say),
        subject=found.subject.text(language()),
        asked=_asked(scope),
        behind=_behind(_asked(scope)),
        frozen=report_lines.frozen_text(found.report, office, say),
        lines=report_lines.lines(found, say),
        charts=[(chart, Markup(chart.svg)) for chart in report_charts.charts(found, say)],  # noqa: S704  (escaped)
        listings=report_lines.listings(found, office, say),
        comments=found.report.comments,
        procedures={"": _("todos")}
        | {one.code: one.title.short(language()) for one in office.catalogue.known.values()},
        areas={"": _("todas")} | dict(queries.area_names(reading())),
    )


@pages.get("/list")
@permitted("reports.see")
def behind() -> ResponseReturnValue:
    """The requests behind one number: as many as it says."""
    scope, say, key = _scope(), _say(), request.args.get("of", "")
    found = _overview(scope)
    count = report_lines.counts(found).get(key)
    if count is None:
        raise NotFound("No hay esa cifra en ese mes.", "There is no such figure in that month.")
    listed = report_lines.folios(found, store().office, count, say)
    return render_template(
        "pages/report_list.html",
        called=report_charts.called(found, say).get(key, key),
        columns=listed.columns,
        page=page_of(listed.rows),
        key=key,
        month=str(found.report.official.month),
        month_name=report_charts.month_name(found.report.official.month, say),
        subject=found.subject.text(language()),
        asked=_asked(scope),
    )


@pages.get("/sheet.pdf")
@permitted("reports.see")
def sheet() -> ResponseReturnValue:
    """The printed report, to sign."""
    scope = _scope()
    return _pdf(report_sheet.sheet(_overview(scope), store().office, now()), _named(scope))


@pages.get("/figures.csv")
@permitted("reports.see")
def figures() -> ResponseReturnValue:
    """The numbers and the lists, for a spreadsheet."""
    scope = _scope()
    return _file(report_sheet.to_csv(_overview(scope), store().office), "text/csv", f"{_named(scope)}.csv")


@pages.get("/figures.xlsx")
@permitted("reports.see")
def workbook() -> ResponseReturnValue:
    """The same as a workbook, each list on a sheet of its own."""
    scope = _scope()
    return _file(report_book.to_xlsx(_overview(scope), store().office, now()), WORKBOOK, f"{_named(scope)}.xlsx")


@pages.get("/devices.pdf")
@permitted("reports.see")
def devices() -> ResponseReturnValue:
    """The register of connected devices; whole addresses for those who may see them."""
    whole = may("addresses.whole")
    sheet = registers.device_sheet(reading(), store().office, now(), whole=whole)
    trace_export("device-register", registers.addresses(reading()))
    return _pdf(sheet, "registro-equipos")


@pages.get("/letters.pdf")
@permitted("letters.see")
def letters() -> ResponseReturnValue:
    """The register of letters."""
    return _pdf(registers.letter_sheet(reading(), store().office, now()), "registro-oficios")


def _named(scope: Scope) -> str:
    """What a file is called. The code of an area may hold anything, so its number stands for it."""
    parts = ["informe", str(_month()), scope.procedure or "", f"area-{scope.area.id}" if scope.area else ""]
    return "-".join(part for part in parts if part)


def _file(content: bytes, mimetype: str, name: str) -> Response:
    said = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=said)


def _pdf(content: bytes, name: str) -> Response:
    said = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=said)
