"""What was decided about addresses that nobody registered: which are ignored or blocked, and taking that back."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.registry import queries, verdicts
from netreg.registry.commands import verdicts as decisions
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.access import permitted
from portal.paging import page_of
from portal.rows import act, reading
from portal.tracing import trace_reading
from portal.views.alerts import pages


@pages.get("/decided")
@permitted("alerts.see")
def decided() -> ResponseReturnValue:
    """Every decision that stands."""
    trace_reading("verdicts")
    page = page_of(verdicts.standing(reading(), now()))
    seen = {one.mac: queries.last_seen(reading(), one.mac) for one in page.rows}
    return render_template("pages/verdicts.html", page=page, seen=seen)


@pages.post("/decided/<row:number>/lift")
@permitted("alerts.handle")
def lift(number: int) -> ResponseReturnValue:
    """Take one back; the next sighting of the address is an alert again."""
    reason = request.form.get("reason", "")

    def command(tx: Transaction) -> None:
        decisions.lift(tx, verdicts.numbered(tx.session, number), reason)

    return act(command, _("Se levantó: si se vuelve a ver, habrá una alerta."), url_for("alerts.decided"))
