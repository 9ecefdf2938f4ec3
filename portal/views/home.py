"""The start page: what waits for the person who opens it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures import queue
from netreg.registry import queries
from portal import chores
from portal.access import may, own_area, permitted
from portal.rows import reading
from portal.views.requests import groups, slot_meter, visible

pages = Blueprint("home", __name__)


@pages.get("/")
@permitted("home")
def start() -> ResponseReturnValue:
    session = reading()
    waiting = groups() if may("requests.work") else {}
    return render_template(
        "pages/home.html",
        meter=slot_meter() if may("requests.ask") else None,
        requests=visible(queries.tickets(session, own_area()))[:10] if may("requests.see") else [],
        waiting=waiting,
        chores=chores.chores(),
        late=len(waiting.get(queue.OVERDUE, ())),
        points=queries.point_views(session) if may("points.see") else [],
        alerts=queries.alerts(session, ["open"]) if may("alerts.see") else [],
        most=PHONES_PER_AREA,
    )
