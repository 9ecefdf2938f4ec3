"""My account: my password, my second factor, and where I stand in for somebody."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import InvalidValue
from netreg.registry import queries
from netreg.registry.commands import factors, people
from portal.access import factor_demanded, my_roles, permitted, today
from portal.rows import attempt, reading, writing
from portal.signin import authenticator
from portal.views.door import typed_twice

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
@permitted("account")
def show() -> ResponseReturnValue:
    return _show()


def _show(refusal: InvalidValue | None = None) -> ResponseReturnValue:
    me = queries.person_numbered(reading(), current_user.id)
    page = render_template(
        "pages/account.html",
        me=me,
        roles=my_roles(),
        substitutions=queries.substitutions(reading(), me.id, today()),
        factor=queries.second_factor(reading(), me.id),
        refusal=refusal,
    )
    return page, 422 if refusal else 200


@pages.post("/password")
@permitted("account")
def change_password() -> ResponseReturnValue:
    current = request.form.get("current", "")
    try:
        password = typed_twice()
        with writing() as tx:
            people.change_password(tx, queries.known_person(tx.session, tx.actor), current, password)
    except InvalidValue as refusal:
        return _show(refusal)
    flash(_("Su contraseña cambió y se cerraron sus sesiones. Entre con la nueva."), "success")
    return redirect(url_for("security.login"), code=303)


# --- second factor --------------------------------------------------------------------------------------------------


@pages.get("/second-factor")
@permitted("account")
def second_factor() -> ResponseReturnValue:
    return _factor()


def _factor(refusal: InvalidValue | None = None) -> ResponseReturnValue:
    """The page of the second factor: how to switch it on, or what to do with it."""
    standing = queries.second_factor(reading(), current_user.id)
    page = render_template(
        "pages/second_factor.html",
        factor=standing,
        left=queries.unused_recovery_codes(reading(), current_user.id) if standing else 0,
        demanded=factor_demanded(),
        refusal=refusal,
        **({} if standing else _to_scan()),
    )
    return page, 422 if refusal else 200


def _to_scan() -> dict[str, str]:
    """The secret to enter into an authenticator, as a picture and spelled out."""
    secret = _offered()
    code = segno.make_qr(authenticator().uri(secret, current_user.email), error="m")
    return {"spelled": authenticator().spelled(secret), "picture": code.svg_data_uri(light="white", omitsize=True)}


def _offered() -> str:
    """The encrypted secret that this person is switching on; it stays the same until a code proves it."""
    number, secret = session.get("offered_factor", (None, ""))
    if number != current_user.id:
        secret = authenticator().new_secret()
        session["offered_factor"] = [current_user.id, secret]
    return str(secret)


@pages.post("/second-factor/on")
@permitted("account")
def switch_on() -> ResponseReturnValue:
    secret, code = _offered(), request.form.get("factor_code", "")
    try:
        with writing() as tx:
            me = queries.known_person(tx.session, tx.actor)
            codes = factors.switch_on(tx, authenticator(), me, secret, code)
    except InvalidValue as refusal:
        return _factor(refusal)
    session.pop("offered_factor", None)
    return render_template("pages/recovery_codes.html", codes=codes)


@pages.post("/second-factor/codes")
@permitted("account")
def renew_codes() -> ResponseReturnValue:
    try:
        with writing() as tx:
            me = queries.known_person(tx.session, tx.actor)
            codes = factors.renew_codes(tx, authenticator(), me, request.form.get("factor_code", ""))
    except InvalidValue as refusal:
        return _factor(refusal)
    return render_template("pages/recovery_codes.html", codes=codes)


@pages.post("/second-factor/off")
@permitted("account")
def switch_off() -> ResponseReturnValue:
    demanded, code = factor_demanded(), request.form.get("factor_code", "")

    def run() -> None:
        with writing() as tx:
            me = queries.known_person(tx.session, tx.actor)
            factors.switch_off(tx, authenticator(), me, code, demanded=demanded)

    return attempt(run, _("Segundo factor desactivado."), url_for(".second_factor"))
