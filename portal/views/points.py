"""Enforcement points: what they should let through, what was verified there, and what to do about a problem."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.allowlist import Allowlist
from netreg.enforcement.plan import Plan
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.registry.queries import PointView
from netreg.store.transaction import Transaction
from portal.access import permitted
from portal.live import fragment
from portal.rows import act, reading

pages = Blueprint("points", __name__, url_prefix="/points")


class Card(NamedTuple):
    """A point as the page shows it; `plan` is the one the guard stopped, if the point still stands as last read."""

    view: PointView
    fingerprint: str
    plan: Plan | None


def _card(view: PointView, wanted: Allowlist) -> Card:
    key = view.point.host_key
    return Card(view, points.fingerprint(key) if key else "", _stopped_plan(view, wanted))


def _stopped_plan(view: PointView, wanted: Allowlist) -> Plan | None:
    known = queries.baseline(view.point)
    plan = Plan.between(known, wanted) if known is not None else None
    return plan if plan is not None and plan.checksum == view.point.refused_plan else None


@pages.get("")
@permitted("points.see")
def listing() -> ResponseReturnValue:
    wanted = queries.desired(reading())
    cards = [_card(view, wanted) for view in queries.point_views(reading())]
    return render_template("pages/points.html", cards=cards)


@pages.get("/<name>/live")
@permitted("points.see")
def live(name: str) -> ResponseReturnValue:
    """How the point stands now, as the piece of the page that renews itself."""
    session = reading()
    view = queries.point_view(session, queries.point(session, name), queries.desired(session))
    return fragment("components/point_state.html", view=view)


@pages.post("/<name>/push")
@permitted("points.change")
def push(name: str) -> ResponseReturnValue:
    def command(tx: Transaction) -> None:
        points.ask_push(tx, queries.point(tx.session, name))

    return act(command, _("Se pidió revisar %(name)s ahora.", name=name), _back(name))


@pages.post("/<name>/confirm")
@permitted("points.change")
def confirm(name: str) -> ResponseReturnValue:
    checksum = request.form.get("checksum", "")

    def command(tx: Transaction) -> None:
        points.confirm_plan(tx, queries.point(tx.session, name), checksum)

    return act(command, _("Plan confirmado: se aplica ese plan y ningún otro."), _back(name))


def _back(name: str) -> str:
    return url_for(".listing", _anchor=f"point-{name}")
