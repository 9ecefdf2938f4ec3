"""The pages before somebody is signed in: a forgotten password, the link that was mailed, and the second factor."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.errors import InvalidValue
from netreg.registry import account_mail, links, text
from netreg.registry.commands import factors, people
from netreg.registry.models import Person
from portal import signin
from portal.rows import reading, release, store

pages = Blueprint("door", __name__)

ACTOR = "portal"
_MOST_LETTERS = 500


@pages.route("/forgot", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link by e-mail. The answer is the same, and takes as long, whether there is such an account or not."""
    error, typed = None, request.form.get("email", "")
    if request.method == "POST" and store().office.mail:
        try:
            email = text.email(typed)
        except InvalidValue as refusal:
            error = refusal
        else:
            release()
            with store().transaction(ACTOR) as tx:
                account_mail.owe_reset(tx, email)
            return redirect(url_for(".forgot", sent=1), code=303)
    page = render_template(
        "pages/forgot.html", mail=store().office.mail, sent="sent" in request.args, error=error, typed=typed
    )
    return page, 422 if error else 200


@pages.get("/link")
def link() -> ResponseReturnValue:
    """Where a mailed link leads: puts its secret out of the address bar, where the next page could tell it onward."""
    session["link"] = request.args.get("t", "")[:_MOST_LETTERS]
    answer = redirect(url_for(".choose"), code=303)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@pages.route("/password", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Choose a password through a link; a dead one is told the same way whosever it was."""
    try:
        email = links.person_of(reading(), _key(), _link()).email
        return _chosen(email) if request.method == "POST" else _ask_password(email)
    except links.LinkDead as dead:
        session.pop("link", None)
        return render_template("pages/link_dead.html", dead=dead), 410


def _chosen(email: str) -> ResponseReturnValue:
    try:
        password = typed_twice()
        release()
        with store().transaction(email) as tx:
            people.choose_password(tx, _key(), _link(), password)
    except links.LinkDead:
        raise
    except InvalidValue as refusal:
        return _ask_password(email, refusal)
    session.pop("link", None)
    flash(_("Su contraseña quedó guardada. Entre con ella."), "success")
    return redirect(url_for("security.login"), code=303)


def _ask_password(email: str, refusal: InvalidValue | None = None) -> ResponseReturnValue:
    return render_template("pages/password.html", email=email, refusal=refusal), 422 if refusal else 200


def typed_twice() -> str:
    """The new password of a form that asks for it twice; raises InvalidValue."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise InvalidValue("No es igual a la de arriba.", "It is not the same as above.", code="E_AGAIN", field="again")
    return password


@pages.route("/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The code of somebody's authenticator, asked after the right password."""
    user = signin.pending()
    if user is None:
        return redirect(url_for("security.login"), code=303)
    if request.method == "GET":
        return render_template("pages/code.html", refusal=None)
    try:
        _take_code(user.id, user.email)
    except InvalidValue as refusal:
        return render_template("pages/code.html", refusal=refusal), 422
    # Read anew: the account may have been closed while the code was checked.
    user = signin.pending()
    return redirect(signin.complete(user) if user else url_for("security.login"), code=303)


def _take_code(number: int, email: str) -> None:
    release()
    with store().transaction(email) as tx:
        typed = request.form.get("factor_code", "")
        factors.use(tx, signin.authenticator(), tx.session.get_one(Person, number), typed)


def _link() -> str:
    return str(session.get("link", ""))


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])
