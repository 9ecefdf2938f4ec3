"""The first census, beside presence: the register and what the network shows, in four lists to work through."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from netreg.importing import census_sheet, exporting
from netreg.registry import census as counting
from netreg.store.base import now
from portal.access import may, permitted
from portal.paging import ROWS, page_fetched
from portal.rows import reading, settings, store
from portal.tracing import trace_export, trace_reading
from portal.views.presence import pages

SPANS = (1, 7, 14, 30, 90)


def _asked() -> tuple[str, int]:
    """Which list is asked for, and of how many days."""
    name, days = request.args.get("list", counting.STRANGERS), request.args.get("days", counting.DAYS, type=int)
    if name not in counting.LISTS or days not in SPANS:
        abort(404)
    return name, days


@pages.get("/census")
@permitted("presence.see")
def census() -> ResponseReturnValue:
    """Four counts, one list at a time, and what to do with it."""
    trace_reading("census")
    (name, days), said, at = _asked(), settings(), now()
    found = counting.take(reading(), at, days, expected=said.expected_macs, blind_after=said.scan.blind_after)
    page = page_fetched(
        min(found.counts[name], counting.MANY) if name == counting.STRANGERS else found.counts[name],
        lambda after: counting.lines(
            reading(), at, days, name, expected=said.expected_macs, most=ROWS, after=after
        ),
    )  # fmt: skip
    return render_template(
        "pages/census.html", census=found, most=counting.MANY, name=name, days=days, spans=SPANS, page=page
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
    name, days = _asked()
    lines = counting.lines(reading(), now(), days, name, expected=settings().expected_macs)
    office = store().office
    trace_export("census", len(lines))
    content = census_sheet.write(kind, name, lines, office, whole=may("addresses.whole"))
    said = {"Content-Disposition": f'attachment; filename="censo-{name}.{kind}"'}
    return Response(content, mimetype=exporting.MIME[kind], headers=said)
