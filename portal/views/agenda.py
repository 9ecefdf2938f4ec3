"""What the office has agreed to be at, month by month, and the same for the calendar of a phone."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from netreg.procedures import agenda
from netreg.procedures.counting import Month
from netreg.store.base import now
from portal.access import permitted
from portal.rows import reading, store

pages = Blueprint("agenda", __name__, url_prefix="/agenda")


@pages.get("")
@permitted("agenda.see")
def show() -> ResponseReturnValue:
    """The appointments of a month."""
    month = _month()
    return render_template(
        "pages/agenda.html", entries=_of(month), month=month, before=month.back(1), after=month.following
    )


@pages.get("/events.ics")
@permitted("agenda.see")
def as_ics() -> ResponseReturnValue:
    """The appointments of a month as iCalendar."""
    month, office = _month(), store().office
    content = agenda.to_ics(_of(month), office.address, now())
    headers = {"Content-Disposition": f'attachment; filename="agenda-{month}.ics"'}
    return Response(content, mimetype="text/calendar", headers=headers)


def _month() -> Month:
    typed = request.args.get("month", "")
    return Month.parse(typed) if typed else Month.of(now(), store().office.zone)


def _of(month: Month) -> list[agenda.Entry]:
    office = store().office
    first, last = (_begins(one) for one in (month, month.following))
    return agenda.entries(reading(), office.catalogue, first, last)


def _begins(month: Month) -> datetime:
    return month.start(store().office.zone)
