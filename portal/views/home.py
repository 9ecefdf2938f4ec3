"""The start page: what waits for the person who opens it."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user

from netreg.policy.roles import OF_AN_AREA
from netreg.procedures import queue
from netreg.registry import point_views, queries
from netreg.registry.models import Area, Ticket
from portal import chores
from portal.access import may, my_roles, permitted
from portal.rows import reading
from portal.seen import listed
from portal.slots import Slots, slots_of
from portal.views.requests import groups

pages = Blueprint("home", __name__)

_MOST_OTHERS = 5
# So many of each group are on the page, the most urgent ones: it is to be taken in at a look.
MOST_WAITING = 10


@pages.get("/")
@permitted("home")
def start() -> ResponseReturnValue:
    session = reading()
    waiting = groups() if may("requests.work") else {}
    known = {ticket.id for those in waiting.values() for ticket in those}
    others = _others(known) if may("requests.see") else []
    # Those that wait are there already; what the tables say beside them is read for all that is shown, and no more.
    shown = [one.id for those in waiting.values() for one in those[:MOST_WAITING]]
    rows = queries.tickets_numbered(session, [*shown, *others])
    return render_template(
        "pages/home.html",
        slots=_own_slots(),
        requests=rows[len(shown) :],
        waiting=waiting,
        most=MOST_WAITING,
        chores=chores.chores(),
        late=len(waiting.get(queue.OVERDUE, ())),
        points=point_views.every(session) if may("points.see") else [],
        alerts=queries.open_alerts(session) if may("alerts.see") else 0,
    )


def _others(known: Collection[int]) -> list[int]:
    """The first of the list that do not wait for the reader."""
    first = reading().scalars(listed().with_only_columns(Ticket.id).limit(len(known) + _MOST_OTHERS))
    return [number for number in first if number not in known][:_MOST_OTHERS]


def _own_slots() -> Slots | None:
    """The three places of the area that the person asks for, or None for somebody of none."""
    number = current_user.area_id if set(OF_AN_AREA) & set(my_roles()) else None
    area = reading().get(Area, number) if number else None
    return slots_of(area) if area else None
