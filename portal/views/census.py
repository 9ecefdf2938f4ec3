"""The first census, beside presence: the register and what the network shows, in four lists to work through."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from netreg.importing import census_sheet, exporting
from netreg.registry import census as counting
from netreg.registry.census import Census
from netreg.store.base import now
from portal.access import may, permitted
from portal.paging import page_of
from portal.rows import reading, settings, store
from portal.tracing import trace_export, trace_reading
from portal.views.presence import pages

SPANS = (1, 7, 14, 30, 90)


def _taken() -> tuple[Census, str, int]:
    """The census that is asked for, which of its lists, and of how many days."""
    name, days = request.args.get("list", counting.STRANGERS), request.args.get("days", counting.DAYS, type=int)
    if name not in counting.LISTS or days not in SPANS:
        abort(404)
    said = settings()
    found = counting.take(
        reading(), now(), days, expected=said.expected_macs, blind_after=said.scan.blind_after
    )  # fmt: skip
    return found, name, days


@pages.get("/census")
@permitted("presence.see")
def census() -> ResponseReturnValue:
    """Four counts, one list at a time, and what to do with it."""
    trace_reading("census")
    found, name, days = _taken()
    return render_template(
        "pages/census.html", census=found, name=name, days=days, spans=SPANS, page=page_of(found.lists[name])
    )


@pages.get("/census.csv")
@permitted("presence.see")
def census_csv() -> ResponseReturnValue:
    return _file(exporting.CSV)


@pages.get("/census.xlsx")
@permitted("presence.see")
def census_xlsx() -> ResponseReturnValue:
    return _file(exporting.XLSX)


def _file(kind: str) -> Response:
    found, name, _days = _taken()
    lines, office = found.lists[name], store().office
    trace_export("census", len(lines))
    content = census_sheet.write(kind, name, lines, office, whole=may("addresses.whole"))
    said = {"Content-Disposition": f'attachment; filename="censo-{name}.{kind}"'}
    return Response(content, mimetype=exporting.MIME[kind], headers=said)
