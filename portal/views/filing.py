"""Asking for anything but access to the network: what there is to ask for, and a form made of its definition."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from werkzeug.datastructures import FileStorage

from netreg.errors import NotAllowed, NotFound, Refused, StoreBusy, StoreFull
from netreg.procedures import attachments, filing, filling, handing_in, tickets
from netreg.procedures.attending import around_of
from netreg.procedures.catalogue import CORE
from netreg.procedures.desk.changes import Change
from netreg.procedures.procedure import FormField, Procedure
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction
from portal import collision
from portal.access import permitted, today
from portal.languages import language
from portal.rows import act, reading, refusal_text, store, writing
from portal.seen import found
from portal.typed_form import TypedForm, sent_form, written
from portal.views.asking import asked_area, own_area_row, seen_by
from portal.views.requests import pages


@pages.get("/start")
@permitted("requests.file")
def start() -> ResponseReturnValue:
    """What there is to ask for."""
    found = store().office.catalogue.open()
    # What somebody outside asks for is entered by a desk.
    offered = [one for one in found if not (own_area_row() and one.role(one.applicant_role).external)]
    return render_template("pages/procedures.html", procedures=offered, core=CORE)


@pages.get("/start/<code>")
@permitted("requests.file")
def blank(code: str) -> ResponseReturnValue:
    """The empty form of a procedure; that of device access has a page of its own."""
    if code == CORE:
        return redirect(url_for("requests.new"))
    procedure = store().office.catalogue.procedure(code)
    person = [one.id for one in procedure.asks_at(1) if one.id == "requester"]
    return _show(TypedForm(procedure, dict.fromkeys(person, current_user.name), secrets.token_urlsafe(18)))


@pages.post("/start/<code>")
@permitted("requests.file")
def keep(code: str) -> ResponseReturnValue:
    """Keep the form as a draft to be checked; with a mistake it comes back as it was typed."""
    form = sent_form(store().office.catalogue.procedure(code))

    def command(tx: Transaction) -> Ticket:
        area, person = asked_area(tx), queries.known_person(tx.session, current_user.email)
        return filing.draft(tx, form.procedure, area, person, form.raw, form.once)

    return _kept(form, command, None)


@pages.get("/<folio>/form")
@permitted("requests.file")
def correction(folio: str) -> ResponseReturnValue:
    """The form of a request that is in the reader's hands, as it stands."""
    ticket, procedure = in_hand(folio)
    return _show(TypedForm(procedure, written(procedure, ticket.form)), ticket)


@pages.post("/<folio>/form")
@permitted("requests.file")
def correct_form(folio: str) -> ResponseReturnValue:
    """Keep the corrected form; it is not sent by this."""
    before, ticket = collision.seen(), found(folio)
    changed, procedure = collision.since(ticket, before), tickets.definition(reading(), ticket)
    if changed and not filing.is_in_hand(ticket, procedure):
        return collision.again(folio, before)
    form, seen = sent_form(procedure), in_hand(folio)[0].version
    if changed:
        return _show(form, ticket, changed), 409

    def command(tx: Transaction) -> Ticket:
        return filing.redraft(tx, queries.ticket(tx.session, folio), form.raw, seen=seen)

    return _kept(form, command, ticket)


@pages.post("/<folio>/file")
@permitted("requests.file")
def send_form(folio: str) -> ResponseReturnValue:
    """Send what was checked."""
    procedure, accepted = tickets.definition(reading(), found(folio)), bool(request.form.get("privacy_ack"))
    done = _("Se envió. El folio se da con el acuse.") if procedure.stamps else _("Se envió y quedó recibida.")

    def command(tx: Transaction) -> None:
        person = queries.known_person(tx.session, current_user.email)
        filing.send(tx, queries.ticket(tx.session, folio), person, accepted=accepted)

    return collision.act(folio, command, done)


@pages.post("/<folio>/throw-away")
@permitted("requests.file")
def throw_away(folio: str) -> ResponseReturnValue:
    """Discard a draft."""

    def command(tx: Transaction) -> None:
        ticket = queries.ticket(tx.session, folio)
        filing.discard(tx, ticket, seen=ticket.version)

    return collision.act(folio, command, _("Se descartó el borrador."), url_for("requests.listing"))


# --- files ----------------------------------------------------------------------------------------------------------


@pages.post("/<folio>/attachments/<kind>")
@permitted("requests.work")
def attach(folio: str, kind: str) -> ResponseReturnValue:
    """Hand in one or more files of a kind."""
    found(folio)
    files = [(one.filename or "", one.read()) for one in request.files.getlist("file")]

    def command(tx: Transaction) -> None:
        ticket, person = queries.ticket(tx.session, folio), queries.known_person(tx.session, current_user.email)
        procedure = tickets.definition(tx.session, ticket)
        for name, content in files:
            attachments.hand_in(tx, ticket, procedure, person, kind, name, content)

    return act(command, _("Se guardó el archivo."), url_for("requests.show", folio=folio, _anchor="files"))


@pages.post("/<folio>/attachments/<row:number>/remove")
@permitted("requests.work")
def detach(folio: str, number: int) -> ResponseReturnValue:
    """Take back a file that was handed in by mistake."""
    found(folio)

    def command(tx: Transaction) -> None:
        ticket, person = queries.ticket(tx.session, folio), queries.known_person(tx.session, current_user.email)
        attachments.take_back(tx, ticket, tickets.definition(tx.session, ticket), person, number)

    return act(command, _("Se quitó el archivo."), url_for("requests.show", folio=folio, _anchor="files"))


# --- the pieces -----------------------------------------------------------------------------------------------------


def in_hand(folio: str) -> tuple[Ticket, Procedure]:
    """A request that is to be filled in or corrected, with its definition."""
    ticket = found(folio)
    procedure = tickets.definition(reading(), ticket)
    if not filing.is_in_hand(ticket, procedure) or procedure.code == CORE:
        raise NotFound("Esa solicitud ya se envió.", "That request was sent already.")
    return ticket, procedure


def _kept(form: TypedForm, keep: Callable[[Transaction], Ticket], ticket: Ticket | None) -> ResponseReturnValue:
    """Check the form and keep it with its files; the page of the draft comes next."""
    if form.reshape(request.form.get("action", "check")):
        return _show(form, ticket)
    around = around_of(store().office, today())
    form.errors = {one.field or "": one for one in filling.read(form.fields, form.raw, around).refusals}
    if form.errors:
        return _show(form, ticket), 422
    files = {name: [(one.filename, one.read()) for one in many if one.filename] for name, many in _uploads()}
    try:
        with writing() as tx:
            made = keep(tx)
            _attach_all(tx, made, form, files)
            reference = made.reference
    except (StoreBusy, StoreFull) as refusal:
        flash(refusal.text(language()), "danger")
        return _show(form, ticket), 503
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        form.errors[refusal.field or "file"] = refusal
        flash(refusal_text(refusal), "danger")
        return _show(form, found(ticket.reference) if ticket else None), 422
    return redirect(url_for("requests.show", folio=reference), code=303)


def _uploads() -> list[tuple[str, list[FileStorage]]]:
    return list(request.files.lists())


Files = Mapping[str, list[tuple[str | None, bytes]]]


def _attach_all(tx: Transaction, ticket: Ticket, form: TypedForm, files: Files) -> None:
    """Keep the files of the form; those of a row are pointed at by it."""
    person = queries.known_person(tx.session, current_user.email)
    for one in form.procedure.files_at(1):
        for name, content in files.get(one.id, ()):
            attachments.hand_in(tx, ticket, form.procedure, person, one.id, name or "", content)
    for one in form.fields:
        for column in one.columns if isinstance(one, FormField) and one.type == "list" else ():
            kind = column.validation.get("attachment")
            for number, row in enumerate(form.raw[one.id]) if kind else ():
                for name, content in files.get(row.get("_upload", ""), ()):
                    handing_in.hand_in_for_row(tx, ticket, person, one.id, number, kind, name or "", content)


def _show(form: TypedForm, ticket: Ticket | None = None, changed: Sequence[Change] = ()) -> str:
    entered = ticket is not None and bool(ticket.entered_by)
    own = own_area_row()
    return render_template(
        "pages/procedure_form.html",
        form=form,
        procedure=form.procedure,
        ticket=ticket,
        around=around_of(store().office, today()),
        areas=[] if ticket or own else queries.open_areas(reading()),
        entered=entered or (ticket is None and own is None),
        target=_target(form, ticket),
        seen=seen_by(ticket, changed) if ticket else 0,
        changes=changed,
    )


def _target(form: TypedForm, ticket: Ticket | None) -> str:
    if ticket is None:
        return url_for("requests.keep", code=form.procedure.code)
    return url_for("requests.correct_form", folio=ticket.reference)
