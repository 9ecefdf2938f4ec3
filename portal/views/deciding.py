"""IT decides the devices of a request, one by one."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import NotFound
from netreg.procedures import tickets
from netreg.registry import deciding, queries
from netreg.registry.commands import devices
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction
from portal import collision
from portal.access import permitted
from portal.rows import reading, store
from portal.seen import found
from portal.views.requests import clock, pages


@pages.post("/<folio>/devices/<row:number>/approve")
@permitted("requests.decide")
def approve(folio: str, number: int) -> ResponseReturnValue:
    back = _landing(_check_pair(folio, number), number)
    email = current_user.email
    return collision.attempt(folio, lambda: deciding.approve(store(), email, number), _("Aprobado."), back)


@pages.post("/<folio>/devices/<row:number>/reject")
@permitted("requests.decide")
def reject(folio: str, number: int) -> ResponseReturnValue:
    back = _landing(_check_pair(folio, number), number)
    if "begin" in request.form:
        return collision.begin(folio, "rejection", "reason")
    code, reason = request.form.get("code", ""), request.form.get("reason", "")
    email = current_user.email

    def command(tx: Transaction) -> None:
        officer = queries.person(tx.session, email)
        devices.reject(tx, queries.device(tx.session, number), officer, code, reason)

    return collision.act(folio, command, _("Rechazado."), back)


def _landing(ticket: Ticket, number: int) -> str:
    """Where the officer looks after a decision: at the device or, past the term, at the question why."""
    shown = clock(ticket, tickets.definition(reading(), ticket))
    asks = shown is not None and shown.late and not ticket.late_reason
    return url_for(".show", folio=ticket.reference, _anchor="delay-title" if asks else f"device-{number}")


def _check_pair(folio: str, number: int) -> Ticket:
    """The request of this device, which must be one of it: an address put together by hand decides nothing."""
    ticket = found(folio)
    if number not in {device.id for device in ticket.devices}:
        raise NotFound("Ese equipo no está en ese folio.", "That device is not in that request.")
    return ticket
