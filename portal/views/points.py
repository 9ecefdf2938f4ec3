"""Enforcement points: what they should let through, what was verified there, and what to do about a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.enforcement.plan import Plan
from netreg.registry import point_views, queries
from netreg.registry.commands import passes, points, strays
from netreg.registry.commands.restoring import held_since_restore
from netreg.registry.confirming import Confirmers, confirmers
from netreg.registry.models import Point, Stray
from netreg.registry.progress import Running, running
from netreg.registry.strays import next_plan, on_point
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.access import permitted
from portal.live import fragment
from portal.rows import act, reading, store
from portal.tracing import trace_reading

# How many pushes one page of the history shows.
_PAGE = 20

pages = Blueprint("points", __name__, url_prefix="/points")


class Card(NamedTuple):
    """A point as the page shows it: with the push that is under way there, and the plan that the guard stopped, if the
    point still stands as last read.
    """

    view: point_views.PointView
    fingerprint: str
    plan: Plan | None
    strays: Sequence[Stray]
    running: Running | None
    confirmers: Confirmers | None


def _card(view: point_views.PointView) -> Card:
    key, made = view.point.host_key, on_point(reading(), view.point)
    under_way = running(reading(), view.point, now())
    return Card(
        view, points.fingerprint(key) if key else "", _stopped_plan(view), made, under_way, _confirmers(view.point)
    )


def _confirmers(point: Point) -> Confirmers | None:
    """Who may confirm the plan that is stopped; None where none is, or where anybody may."""
    if not point.refused_plan or not store().office.second_person:
        return None
    return confirmers(reading(), point, store().office.today)


def _stopped_plan(view: point_views.PointView) -> Plan | None:
    if view.point.refused_plan is None:
        return None
    plan = next_plan(reading(), view.point)
    return plan if plan is not None and plan.checksum == view.point.refused_plan else None


@pages.get("")
@permitted("points.see")
def listing() -> ResponseReturnValue:
    cards = [_card(view) for view in point_views.every(reading())]
    areas = dict(queries.open_areas(reading()))
    held = held_since_restore(reading())
    return render_template("pages/points.html", cards=cards, areas=areas, held=held)


@pages.get("/<name>/live")
@permitted("points.see")
def live(name: str) -> ResponseReturnValue:
    """How the point stands now, as the piece of the page that renews itself."""
    session = reading()
    view = point_views.of(session, queries.point(session, name))
    return fragment("components/point_state.html", view=view)


@pages.get("/<name>/running")
@permitted("points.see")
def progress(name: str) -> ResponseReturnValue:
    """Where the push under way stands, as a piece of the page that renews itself."""
    session = reading()
    under_way = running(session, queries.point(session, name), now())
    return fragment("components/point_progress.html", running=under_way)


@pages.get("/<name>/history")
@permitted("points.see")
def history(name: str) -> ResponseReturnValue:
    """The last pushes, each with its plan; older ones page by page."""
    trace_reading("points")
    point = queries.point(reading(), name)
    before = request.args.get("before", type=int)
    rows = passes.history(reading(), point, before=before, most=_PAGE)
    return render_template(
        "pages/point_history.html",
        point=point,
        rows=rows,
        more=len(rows) == _PAGE,
        running=running(reading(), point, now()),
    )


@pages.post("/<name>/push")
@permitted("points.change")
def push(name: str) -> ResponseReturnValue:
    def command(tx: Transaction) -> None:
        points.ask_push(tx, queries.point(tx.session, name))

    return act(command, _("Se pidió revisar %(name)s ahora.", name=name), _back(name))


@pages.post("/<name>/confirm")
@permitted("points.change")
def confirm(name: str) -> ResponseReturnValue:
    checksum, reason = request.form.get("checksum", ""), request.form.get("reason", "")

    def command(tx: Transaction) -> None:
        points.confirm_plan(tx, queries.point(tx.session, name), checksum, reason)

    return act(command, _("Plan confirmado: se aplica ese plan y ningún otro."), _back(name))


@pages.post("/<name>/remove")
@permitted("points.change")
def remove(name: str) -> ResponseReturnValue:
    """Have entries made by hand taken out."""
    macs, reason = request.form.getlist("mac"), request.form.get("reason", "")

    def command(tx: Transaction) -> None:
        strays.remove(tx, queries.point(tx.session, name), macs, reason)

    return act(command, _("Se quitan de %(name)s en el siguiente ajuste.", name=name), _back(name))


@pages.post("/<name>/adopt")
@permitted("points.change")
def adopt(name: str) -> ResponseReturnValue:
    """Register what an entry made by hand belongs to as infrastructure of an area."""
    mac, area, called, location = (request.form.get(key, "") for key in ("mac", "area", "name", "location"))

    def command(tx: Transaction) -> None:
        point = queries.point(tx.session, name)
        strays.adopt(tx, point, mac, queries.area(tx.session, area), called, location)

    return act(command, _("Registrado como infraestructura."), _back(name))


def _back(name: str) -> str:
    return url_for(".listing", _anchor=f"point-{name}")
