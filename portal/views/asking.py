"""Asking: the form, the draft to check before it is sent, and the short forms to take a device out or change it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import NotAllowed, NotFound, Refused, StoreBusy, StoreFull
from netreg.mac import MacAddress
from netreg.policy.quota import REPLACEABLE
from netreg.policy.roles import OF_AN_AREA
from netreg.procedures import asking
from netreg.procedures.asking import REMOVE, UPDATE, Change, Form, Wanted
from netreg.procedures.desk import changes as marking
from netreg.procedures.desk.changes import Change as Changed
from netreg.registry import queries, slots
from netreg.registry.commands import endings
from netreg.registry.models import Area, Device, Person, Ticket
from netreg.store.transaction import Transaction
from portal import collision, words
from portal.access import may, my_roles, permitted
from portal.forms import RequestForm
from portal.languages import language
from portal.rows import keep_typed, reading, refusal_text, store, writing
from portal.seen import found
from portal.views.requests import Meter, pages


@pages.get("/new")
@permitted("requests.ask")
def new() -> ResponseReturnValue:
    """An empty form; from an alert or the census, one that has the address already."""
    form = RequestForm(once=secrets.token_urlsafe(18))
    replaced = request.args.get("replaces", "")
    if replaced:
        form.rows = [Wanted("phone", "", replaces=replaced)]
    elif may("alerts.see") and (number := request.args.get("alert", type=int)):
        form.area = request.args.get("area", "")
        form.rows = [Wanted("phone", "", mac=queries.alert(reading(), number).mac)]
    elif may("presence.follow") and (mac := request.args.get("mac", "")):
        form.rows = [Wanted("phone", "", mac=str(MacAddress.parse(mac)))]
    return show_form(form)


@pages.post("/new")
@permitted("requests.ask")
def submit() -> ResponseReturnValue:
    """Keep the form as a draft to be checked, or give it one row more or less; with a mistake it comes back."""
    form = RequestForm.of(request.form)
    return _kept(form, "", lambda tx: asking.draft(tx, asked_area(tx), _me(tx), form.contents, form.once))


@pages.get("/<folio>/correct")
@permitted("requests.ask")
def correct(folio: str) -> ResponseReturnValue:
    """The form as it stands, to be corrected; a removal or a change of data has its own."""
    ticket = in_hand(folio)
    if ticket.form.get("request_kind") == REMOVE:
        return _show_removal(ticket)
    if ticket.form.get("request_kind") == UPDATE:
        return _show_change(ticket.operations[0].device, ticket)
    return show_form(RequestForm.from_ticket(ticket, secrets.token_urlsafe(18)), ticket)


@pages.post("/<folio>/correct")
@permitted("requests.ask")
def resend(folio: str) -> ResponseReturnValue:
    """Keep the corrected request, to be checked and sent; with a mistake it comes back as it was typed."""
    form, before, ticket = RequestForm.of(request.form), collision.seen(), found(folio)
    changed = collision.since(ticket, before)
    if changed and not _in_hand(ticket):
        return collision.again(folio, before)
    if changed:
        return show_form(form, ticket, changed), 409
    seen = in_hand(folio).version
    return _kept(
        form, folio, lambda tx: asking.redraft(tx, queries.ticket(tx.session, folio), form.contents, seen=seen)
    )


@pages.post("/<folio>/send")
@permitted("requests.ask")
def send(folio: str) -> ResponseReturnValue:
    """Send what was checked."""
    accepted = bool(request.form.get("use_ack") and request.form.get("privacy_ack"))
    done = _("Se envió con el número %(folio)s. Entregue el oficio firmado: el folio se da con el acuse.", folio=folio)

    def command(tx: Transaction) -> None:
        asking.send(tx, queries.ticket(tx.session, folio), _me(tx), accepted=accepted)

    return collision.act(folio, command, done)


@pages.post("/<folio>/discard")
@permitted("requests.ask")
def discard(folio: str) -> ResponseReturnValue:
    """Throw a draft away."""

    def command(tx: Transaction) -> None:
        ticket = queries.ticket(tx.session, folio)
        asking.discard(tx, ticket, seen=ticket.version)

    return collision.act(folio, command, _("Se descartó el borrador."), url_for("requests.listing"))


# --- out, and change of data ----------------------------------------------------------------------------------------


@pages.get("/removal")
@permitted("requests.ask")
def removal() -> ResponseReturnValue:
    """Which of the area's devices go out."""
    return _show_removal()


@pages.post("/removal")
@permitted("requests.ask")
def ask_removal() -> ResponseReturnValue:
    """Keep the removal as a draft to be checked."""
    chosen = [Change(number) for number in request.form.getlist("device")]
    return _short(REMOVE, chosen, url_for("requests.removal"))


@pages.get("/change/<row:number>")
@permitted("requests.ask")
def change(number: int) -> ResponseReturnValue:
    """The data of one device, to be changed."""
    return _show_change(_own(number))


@pages.post("/change/<row:number>")
@permitted("requests.ask")
def ask_change(number: int) -> ResponseReturnValue:
    """Keep the change of data as a draft to be checked."""
    _own(number)
    values = {key: request.form.get(key, "") for key in endings.CHANGEABLE}
    return _short(UPDATE, [Change(str(number), values)], url_for("requests.change", number=number))


def _short(kind: str, changes: list[Change], back: str) -> ResponseReturnValue:
    """Keep one of the short forms, as a new draft or in the place of the one it corrects."""
    form, folio = _short_form(kind, changes), request.form.get("folio", "")
    if folio and collision.since(found(folio), collision.seen()):
        return collision.again(folio, collision.seen())
    ticket = in_hand(folio) if folio else None
    seen, once = (ticket.version if ticket else 0), request.form.get("once", "")
    try:
        with writing() as tx:
            if folio:
                made = asking.redraft(tx, queries.ticket(tx.session, folio), form, seen=seen)
            else:
                made = asking.draft(tx, asked_area(tx), _me(tx), form, once)
            reference = made.reference
    except NotFound:
        raise
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        keep_typed()
        return redirect(back, code=303)
    return redirect(url_for("requests.show", folio=reference), code=303)


def _short_form(kind: str, changes: list[Change]) -> Form:
    said = {name: request.form.get(name, "") for name in ("letter_number", "letter_date")}
    return Form(request.form.get("purpose", ""), kind=kind, changes=changes, letter=said)


def _show_removal(ticket: Ticket | None = None) -> str:
    chosen = {one.device_id for one in ticket.operations} if ticket else {request.args.get("device", type=int)}
    once = secrets.token_urlsafe(18)
    return render_template(
        "pages/request_removal.html",
        devices=_on_the_network(),
        chosen=chosen,
        ticket=ticket,
        once=once,
        seen=seen_by(ticket, ()) if ticket else 0,
    )


def _show_change(device: Device, ticket: Ticket | None = None) -> str:
    new = ticket.operations[0].changes if ticket else {}
    return render_template(
        "pages/request_change.html",
        device=device,
        new=new,
        ticket=ticket,
        once=secrets.token_urlsafe(18),
        seen=seen_by(ticket, ()) if ticket else 0,
    )


def _on_the_network() -> list[Device]:
    rows = queries.devices(reading(), current_user.area_id or 0)
    return [device for device in rows if device.authorisation.state in endings.HELD]


def _own(number: int) -> Device:
    """A device of the person's own area; any other looks like one that is not there."""
    device = queries.device(reading(), number)
    if device.area_id != (current_user.area_id or 0):
        raise NotFound("No existe ese equipo.", "There is no such device.")
    return device


# --- the pieces -----------------------------------------------------------------------------------------------------


def show_form(form: RequestForm, ticket: Ticket | None = None, changed: Sequence[Changed] = ()) -> str:
    """The form as it stands: for a new request, or for `ticket` that is corrected, with what others `changed` of it."""
    area = ticket.area if ticket else own_area_row()
    target = url_for("requests.resend", folio=ticket.reference) if ticket else url_for("requests.submit")
    return render_template(
        "pages/request_new.html",
        form=form,
        meter=meter(area) if area else None,
        target=target,
        phones=_replaceable(area) if area else {},
        areas=[] if ticket or area else open_areas(),
        temporary=store().office.temporary_days,
        ticket=ticket,
        # Pressing "one device more" is no look at the request: the form keeps up to where its reader knew it.
        seen=seen_by(ticket, changed) if ticket else 0,
        changes=changed,
    )


def _kept(form: RequestForm, folio: str, keep: Callable[[Transaction], Ticket]) -> ResponseReturnValue:
    """Check the form and keep it; the page of the draft comes next."""
    ticket = in_hand(folio) if folio else None
    if form.reshape(request.form.get("action", "check")):
        return show_form(form, ticket)
    if not form.check():
        return show_form(form, ticket), 422
    try:
        with writing() as tx:
            reference = keep(tx).reference
    except (StoreBusy, StoreFull) as refusal:
        flash(refusal.text(language()), "danger")
        return show_form(form, in_hand(folio) if folio else None), 503
    except NotAllowed:
        raise
    except Refused as refusal:
        form.refuse(refusal)
        return show_form(form, in_hand(folio) if folio else None), 422
    return redirect(url_for("requests.show", folio=reference), code=303)


def meter(area: Area) -> Meter:
    """How many of an area's phones are in use."""
    return Meter(area, slots.phones_in_use(reading(), area.quota_unit_id))


def in_hand(folio: str) -> Ticket:
    """A request that its area is filling in or correcting."""
    ticket = found(folio)
    if not _in_hand(ticket):
        raise NotFound("Esa solicitud ya se envió.", "That request was sent already.")
    return ticket


def _in_hand(ticket: Ticket) -> bool:
    return ticket.step == asking.FILLING_IN and ticket.closed is None


def seen_by(ticket: Ticket, changed: Sequence[Changed]) -> int:
    """Up to where the reader of the form knows the request once this page is before them."""
    if "seen" in request.form and not changed:
        return collision.seen()
    return marking.mark(reading(), ticket)


def open_areas() -> list[queries.AreaName]:
    """The areas that may ask."""
    return queries.open_areas(reading())


def own_area_row() -> Area | None:
    """The area of a liaison or head; a desk asks for any, for somebody who walked in."""
    mine = current_user.area_id if set(OF_AN_AREA) & set(my_roles()) else None
    return reading().get(Area, mine) if mine else None


def asked_area(tx: Transaction) -> Area:
    """The area the form asks for: one's own, or the one chosen for somebody who walked in."""
    mine = queries.known_person(tx.session, current_user.email)
    if mine.area_id is not None and any(role.name in OF_AN_AREA for role in mine.roles):
        return tx.session.get_one(Area, mine.area_id)
    return queries.area(tx.session, request.form.get("area", ""))


def _me(tx: Transaction) -> Person:
    return queries.known_person(tx.session, current_user.email)


def _replaceable(area: Area) -> dict[str, str]:
    """The area's phones that a new one may replace, to choose from; nothing where there is none."""
    phones = {
        str(one.id): f"{one.label} ({words.masked(one.interfaces[0].mac)})"
        for one in slots.slot_owners(reading(), area.quota_unit_id)
        if one.authorisation.state in REPLACEABLE
    }
    return {"": _("No, es un teléfono más")} | phones if phones else {}
