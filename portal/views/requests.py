"""Requests: an area asks, IT decides, and both read how it stands."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import DuplicateMac, InvalidValue, NotAllowed, NotFound, StoreBusy, StoreFull
from netreg.policy.quota import PHONES_PER_AREA
from netreg.registry import deciding, queries
from netreg.registry.commands import devices, requests
from netreg.registry.models import Area, Device, Request
from netreg.store.transaction import Transaction
from portal import words
from portal.access import may, own_area, permitted
from portal.forms import RequestForm
from portal.languages import language
from portal.live import fragment
from portal.paging import page_of
from portal.rows import act, attempt, reading, release, settings, store, writing

pages = Blueprint("requests", __name__, url_prefix="/requests")


class Meter(NamedTuple):
    """How many of an area's phones are in use."""

    area: Area
    used: int
    most: int = PHONES_PER_AREA


def slot_meter() -> Meter | None:
    """The meter of the person's own area, or None for a person without one."""
    area = reading().get(Area, current_user.area_id) if current_user.area_id else None
    return Meter(area, queries.phones_in_use(reading(), area.quota_unit_id)) if area else None


@pages.get("")
@permitted("requests.see")
def listing() -> ResponseReturnValue:
    """The requests a person may see; for IT the queue, oldest undecided first."""
    state = request.args.get("state", "")
    found = queries.requests(reading(), own_area(), state if state in words.REQUEST else None)
    return render_template("pages/requests.html", page=page_of(found), state=state)


@pages.get("/new")
@permitted("requests.ask")
def new() -> ResponseReturnValue:
    return _show(RequestForm(once=secrets.token_urlsafe(18)))


@pages.post("/new")
@permitted("requests.ask")
def submit() -> ResponseReturnValue:
    """Send the form, or give it one row more or less; with a mistake it comes back as it was typed."""
    form = RequestForm.of(request.form)
    action = request.form.get("action", "send")
    if action == "add":
        form.add_row()
        return _show(form)
    if action.startswith("drop-") and action[5:].isdecimal():
        form.drop_row(int(action[5:]))
        return _show(form)
    return _send(form) if form.check() else (_show(form), 422)


def _send(form: RequestForm) -> ResponseReturnValue:
    try:
        folio = _stored(form)
    except (InvalidValue, DuplicateMac) as refusal:
        form.refuse(refusal)
        return _show(form), 422
    except (StoreBusy, StoreFull) as refusal:
        flash(refusal.text(language()), "danger")
        return _show(form), 503
    flash(_("Recibimos su solicitud con el folio %(folio)s.", folio=folio), "success")
    return redirect(url_for(".show", folio=folio), code=303)


def _stored(form: RequestForm) -> str:
    office, area_id, email = settings().office, current_user.area_id, current_user.email
    with writing() as tx:
        area = tx.session.get(Area, area_id or 0)
        if area is None:
            raise NotAllowed("Su cuenta no tiene área.", "Your account has no area.")
        applicant = queries.person(tx.session, email)
        made = requests.submit(
            tx,
            area,
            applicant,
            form.purpose,
            form.rows,
            prefix=office.folio_prefix,
            timezone=office.timezone,
            once=form.once,
        )
        return made.folio


def _show(form: RequestForm) -> str:
    return render_template("pages/request_new.html", form=form, meter=slot_meter())


def _mine(folio: str) -> Request:
    return queries.request(reading(), folio, own_area())


@pages.get("/<folio>")
@permitted("requests.see")
def show(folio: str) -> ResponseReturnValue:
    """One request with its devices; for IT also the area's three slots and the whole story."""
    found = _mine(folio)
    subjects = [f"request {folio}", *(f"device {device.id}" for device in found.devices)]
    return render_template(
        "pages/request.html",
        request_row=found,
        used=queries.phones_in_use(reading(), found.area.quota_unit_id),
        most=PHONES_PER_AREA,
        owners=queries.slot_owners(reading(), found.area.quota_unit_id) if may("requests.decide") else [],
        story=queries.story(reading(), subjects) if may("audit.see") else [],
    )


@pages.get("/<folio>/live")
@permitted("requests.see")
def live(folio: str) -> ResponseReturnValue:
    """How the request stands now, as the piece of the page that renews itself."""
    return fragment("components/request_state.html", request_row=_mine(folio))


@pages.post("/<folio>/devices/<row:number>/approve")
@permitted("requests.decide")
def approve(folio: str, number: int) -> ResponseReturnValue:
    _check_pair(folio, number)
    email = current_user.email
    release()
    return attempt(
        lambda: deciding.approve(store(), email, number),
        _("Aprobado."),
        url_for(".show", folio=folio, _anchor=f"device-{number}"),
    )


@pages.post("/<folio>/devices/<row:number>/reject")
@permitted("requests.decide")
def reject(folio: str, number: int) -> ResponseReturnValue:
    _check_pair(folio, number)
    code, reason = request.form.get("code", ""), request.form.get("reason", "")
    email = current_user.email

    def command(tx: Transaction) -> None:
        officer = queries.person(tx.session, email)
        devices.reject(tx, queries.device(tx.session, number), officer, code, reason)

    return act(command, _("Rechazado."), url_for(".show", folio=folio, _anchor=f"device-{number}"))


def _check_pair(folio: str, number: int) -> Device:
    """The device, which must be one of this folio: an address put together by hand decides nothing."""
    device = next((device for device in _mine(folio).devices if device.id == number), None)
    if device is None:
        raise NotFound("Ese equipo no está en ese folio.", "That device is not in that request.")
    return device
