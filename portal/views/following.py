"""What somebody outside sees of their request through the mailed link: how it stands, its answers, and a correction."""

from __future__ import annotations

import secrets

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound
from netreg.procedures import attachments, filing, tickets
from netreg.procedures.archive import kept
from netreg.procedures.desk import notes
from netreg.procedures.outside import confirming, following, keeping, links
from netreg.procedures.outside.keeping import ACTOR
from netreg.procedures.outside.links import FormLinkDead
from netreg.procedures.procedure import Procedure
from netreg.registry.models import Ticket
from portal.access import today
from portal.rows import reading, refusal_text, release, store
from portal.typed_form import TypedForm, sent_form, written
from portal.views.outside import dead_link, drawn, key, note_errors, pages, submission, token


@pages.errorhandler(FormLinkDead)
def dead(error: FormLinkDead) -> ResponseReturnValue:
    """Every page behind a link that is no longer good."""
    return dead_link(error)


@pages.get("/seguimiento")
def show() -> ResponseReturnValue:
    """How the request stands, in plain words."""
    ticket, procedure = _theirs()
    return render_template(
        "pages/outside_request.html",
        request_row=ticket,
        procedure=procedure,
        t=token(),
        in_hand=filing.is_in_hand(ticket, procedure),
        missing=following.returned_with(ticket, procedure),
        milestones=following.milestones(ticket, procedure),
        documents=following.documents(reading(), ticket, procedure),
        letter_of=following.letter_of,
        messages=notes.notes_of(reading(), ticket, inside=False),
        withdrawal=confirming.withdrawal(procedure, ticket),
    )


@pages.get("/corregir")
def correction() -> ResponseReturnValue:
    """The form of a request that came back, as it was sent."""
    ticket, procedure = _in_hand()
    return _show(TypedForm(procedure, written(procedure, ticket.form), secrets.token_urlsafe(18)), ticket)


@pages.post("/corregir")
def correct() -> ResponseReturnValue:
    """Send the corrected form."""
    ticket, procedure = _in_hand()
    form = sent_form(procedure)
    if form.reshape(request.form.get("action", "send")):
        return _show(form, ticket)
    sent, already = submission(form), attachments.kinds_of(reading(), ticket)
    note_errors(form, keeping.refusals(sent, store().office, today(), already))
    if form.errors:
        return _show(form, ticket), 422
    number, seen = ticket.id, _seen()
    release()
    try:
        with store().transaction(ACTOR) as tx:
            confirming.correct(tx, tx.session.get_one(Ticket, number), sent, seen=seen)
    except InvalidValue as refusal:
        note_errors(form, [refusal])
        return _show(form, _theirs()[0]), 422
    flash(_("Se envió de nuevo; conserva su folio."), "success")
    return _back()


@pages.post("/desistir")
def withdraw() -> ResponseReturnValue:
    """End the request, in the words of whoever asked."""
    number = _theirs()[0].id
    release()
    try:
        with store().transaction(ACTOR) as tx:
            note = request.form.get("note", "")
            confirming.withdraw(tx, tx.session.get_one(Ticket, number), note, seen=_seen())
    except (InvalidValue, NotAllowed, ConcurrentChange) as refusal:
        flash(refusal_text(refusal), "danger")
    else:
        flash(_("Desistió de la solicitud."), "success")
    return _back()


@pages.get("/documento/<row:number>")
def document(number: int) -> ResponseReturnValue:
    """A letter that is for whoever asked, as it was signed."""
    ticket, procedure = _theirs()
    for one in following.documents(reading(), ticket, procedure):
        letter = following.letter_of(one) if one.id == number else None
        if letter is not None and letter.pdf:
            content = kept(store().office.files, letter.scan or letter.pdf).read_bytes()
            name = f'inline; filename="{ticket.reference}-{one.id}.pdf"'
            return Response(content, mimetype="application/pdf", headers={"Content-Disposition": name})
    raise NotFound("No existe ese documento.", "There is no such document.")


# --- the pieces -----------------------------------------------------------------------------------------------------


def _theirs() -> tuple[Ticket, Procedure]:
    """The request that the link is of, with its definition; raises FormLinkDead."""
    ticket = links.contact_of(reading(), key(), token()).ticket
    return ticket, tickets.definition(reading(), ticket)


def _in_hand() -> tuple[Ticket, Procedure]:
    ticket, procedure = _theirs()
    if not filing.is_in_hand(ticket, procedure):
        raise ConcurrentChange("Su solicitud ya no espera una corrección.", "Your request waits for no correction.")
    return ticket, procedure


def _seen() -> int:
    """Up to where they know the request whose form they send."""
    typed = request.form.get("seen", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


def _show(form: TypedForm, ticket: Ticket) -> str:
    target = url_for(".correct", t=token())
    return render_template("pages/outside_form.html", target=target, ticket=ticket, t=token(), **drawn(form))


def _back() -> ResponseReturnValue:
    return redirect(url_for(".show", t=token()), code=303)
