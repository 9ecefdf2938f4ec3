"""Public forms for people outside: fill in, and confirm through the mailed link. Nobody signs in."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Flask, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from netreg.errors import InvalidValue, Refused
from netreg.procedures import filling
from netreg.procedures.attending import around_of
from netreg.procedures.filling import Values
from netreg.procedures.outside import confirming, forms, keeping, links
from netreg.procedures.outside.keeping import ACTOR, HandedIn, Submission
from netreg.procedures.outside.links import FormLinkDead
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.procedure import FormField, Procedure
from netreg.registry import text
from netreg.store.transaction import Transaction
from portal.access import today
from portal.languages import language
from portal.rows import reading, release, store
from portal.typed_form import TypedForm, sent_form

pages = Blueprint("outside", __name__, url_prefix="/publico")

MAIL, TRAP, ACCEPTED = "outside_mail", "outside_website", "privacy_ack"
# Whoever mends a form tries a few times; what is taken in counts by the setting.
TRIES = "20 per minute;100 per hour"


def offered() -> list[Procedure]:
    """The procedures with a public form now."""
    return forms.offered(reading(), store().office)


def throttle(app: Flask, limiter: Limiter, per_hour: int) -> None:
    """Limit what one address sends: tries of any kind, and forms that are taken in."""

    def taken(answer: Response) -> bool:
        return answer.status_code == 303

    view = limiter.limit(TRIES, key_func=get_remote_address, methods=["POST"])(app.view_functions["outside.send"])
    view = limiter.limit(f"{per_hour} per hour", key_func=get_remote_address, methods=["POST"], deduct_when=taken)(view)
    app.view_functions["outside.send"] = view
    for name in ("outside.confirm", "outside.drop", "outside.correct", "outside.withdraw"):
        app.view_functions[name] = limiter.limit(TRIES, key_func=get_remote_address, methods=["POST"])(
            app.view_functions[name]
        )


@pages.after_request
def keep_out_of_indexes(answer: Response) -> Response:
    """A page behind a link of somebody's own is nobody else's to find."""
    if "t" in request.args:
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


# --- the form -------------------------------------------------------------------------------------------------------


@pages.get("")
def listing() -> ResponseReturnValue:
    """What may be asked for without an account; where that is one thing, its form."""
    found = offered()
    if len(found) == 1:
        return redirect(url_for(".blank", code=found[0].code))
    return render_template("pages/outside_list.html", procedures=found)


@pages.get("/<code>")
def blank(code: str) -> ResponseReturnValue:
    """The empty form of a procedure."""
    return _show(TypedForm(_procedure(code), {}, secrets.token_urlsafe(18)))


@pages.post("/<code>")
def send(code: str) -> ResponseReturnValue:
    """Take the form in, whoever's address it names: the answer is always the same, and the mail says the rest."""
    form = sent_form(_procedure(code))
    if form.reshape(request.form.get("action", "send")):
        return _show(form)
    if request.form.get(TRAP):
        return _done()  # no person sees that field
    sent = submission(form)
    note_errors(form, [*_bad_address(sent), *keeping.refusals(sent, store().office, today())])
    return _keep(form, sent) if not form.errors else (_show(form), 422)


def _keep(form: TypedForm, sent: Submission) -> ResponseReturnValue:
    release()
    try:
        with store().transaction(ACTOR) as tx:
            keeping.keep(tx, sent)
    except InvalidValue as refusal:
        note_errors(form, [refusal])
        return _show(form), 422
    return _done()


def _done() -> ResponseReturnValue:
    return redirect(url_for(".sent"), code=303)


@pages.get("/enviado")
def sent() -> ResponseReturnValue:
    """What is next: the mail. The same for everybody."""
    return render_template("pages/outside_sent.html", hours=store().office.public.confirm_hours)


def _procedure(code: str) -> Procedure:
    return forms.form(reading(), store().office, code)[0]


def _show(form: TypedForm) -> str:
    target = url_for(".send", code=form.procedure.code)
    return render_template("pages/outside_form.html", target=target, email=request.form.get(MAIL, ""), **drawn(form))


def drawn(form: TypedForm) -> dict[str, Any]:
    """What the template of a form is drawn with."""
    office = store().office
    return {
        "form": form,
        "procedure": form.procedure,
        "around": around_of(office, today()),
        "accepted": bool(request.form.get(ACCEPTED)),
        "months": office.retention.months,
        "hours": office.public.confirm_hours,
    }


def submission(form: TypedForm) -> Submission:
    """The form as the core takes it."""
    accepted = bool(request.form.get(ACCEPTED))
    return Submission(
        form.procedure, form.raw, request.form.get(MAIL, ""), language(), form.once, handed_in(form), accepted
    )


def note_errors(form: TypedForm, refusals: Iterable[Refused]) -> None:
    """Have the form say everything that is wrong with it, of each field the first thing."""
    for one in refusals:
        form.errors.setdefault(one.field or "", one)


def _bad_address(sent: Submission) -> Iterator[Refused]:
    try:
        text.email(sent.email, MAIL)
    except InvalidValue as refusal:
        yield refusal


def handed_in(form: TypedForm) -> tuple[HandedIn, ...]:
    """The files that came with the form, those in rows of lists with their place."""
    sent = {name: [one for one in many if one.filename] for name, many in request.files.lists()}
    known = {one.id: None for one in form.procedure.files_at(1)}
    places: dict[str, tuple[str, tuple[str, int, str] | None]] = {name: (name, None) for name in known}
    places |= {row.get("_upload", ""): (kind, place) for row, kind, place in _rows_with_files(form)}
    return tuple(
        HandedIn(kind, file.filename or "", file.read(), place)
        for name, (kind, place) in places.items()
        for file in sent.get(name, ())
    )


def _rows_with_files(form: TypedForm) -> Iterator[tuple[Values, str, tuple[str, int, str]]]:
    """The rows of lists that a file belongs to, with its kind and its place."""
    for one in form.fields:
        for column in one.columns if isinstance(one, FormField) and one.type == "list" else ():
            kind = column.validation.get("attachment")
            for number, row in enumerate(form.raw[one.id]) if kind else ():
                yield row, kind, (one.id, number, column.id)


# --- the link -------------------------------------------------------------------------------------------------------


@pages.get("/confirmar")
def confirmation() -> ResponseReturnValue:
    """What waits behind a mailed link. Nothing is done by looking: mail servers follow links too."""
    try:
        pending = links.pending_of(reading(), key(), token())
    except FormLinkDead as dead:
        return dead_link(dead)
    procedure = forms.form(reading(), store().office, pending.procedure)[0]
    values = filling.read(procedure.asks_at(1), pending.said, around_of(store().office, today())).values
    return render_template("pages/outside_confirm.html", pending=pending, procedure=procedure, values=values, t=token())


@pages.post("/confirmar")
def confirm() -> ResponseReturnValue:
    """File the request; the page that follows it is the next one."""
    release()
    try:
        with store().transaction(ACTOR) as tx:
            pending = _held(tx)
            mark = pending.mark
            ticket = confirming.confirm(tx, pending)
            onward = links.sign(key(), links.FOLLOW, tx.session.get_one(Contact, ticket.id))
    except FormLinkDead as dead:
        return dead_link(dead)
    keeping.drop_files(store().office, [mark])
    flash(_("Se envió y quedó recibida. Le mandamos este enlace por correo."), "success")
    return redirect(url_for(".show", t=onward), code=303)


@pages.post("/descartar")
def drop() -> ResponseReturnValue:
    """Throw away what somebody else sent with this address."""
    release()
    try:
        with store().transaction(ACTOR) as tx:
            pending = _held(tx)
            mark = pending.mark
            confirming.drop(tx, pending)
    except FormLinkDead as dead:
        return dead_link(dead)
    keeping.drop_files(store().office, [mark])
    flash(_("Se borró. No se envió nada."), "success")
    return redirect(url_for("security.login"), code=303)


def _held(tx: Transaction) -> Pending:
    return links.pending_of(tx.session, key(), token(), lock=True)


def token() -> str:
    """The secret part of the link of this page."""
    return request.args.get("t", "")


def key() -> str:
    """What links are signed with."""
    return str(current_app.config["SECRET_KEY"])


def dead_link(dead: FormLinkDead) -> ResponseReturnValue:
    """The page of a link that is no longer good."""
    return render_template("pages/outside_dead.html", dead=dead), 410
