"""My tokens: how programs act for me, as far as I let them."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from netreg.errors import InvalidValue, NotFound
from netreg.policy import roles
from netreg.policy.scopes import SCOPES
from netreg.registry import queries, text, tokens
from netreg.registry.commands import tokens as keeping
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.access import my_roles, permitted, today
from portal.rows import act, reading, writing

pages = Blueprint("tokens", __name__, url_prefix="/account/tokens")
USUAL_DAYS = 90


@pages.get("")
@permitted("account")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(refusal: InvalidValue | None = None) -> ResponseReturnValue:
    page = render_template(
        "pages/tokens.html",
        rows=tokens.listed(reading(), current_user.id),
        scopes=_offered(),
        chosen=request.form.getlist("scope"),
        typed=request.form,
        last=today() + timedelta(days=USUAL_DAYS),
        at=now(),
        refusal=refusal,
    )
    return page, 422 if refusal else 200


def _offered() -> list[str]:
    """The scopes that let something through that this person may do."""
    mine = my_roles()
    return [scope for scope, granted in SCOPES.items() if any(roles.may(mine, one) for one in granted)]


@pages.post("")
@permitted("account")
def create() -> ResponseReturnValue:
    """A token for whoever proves their password: a page left open makes none. It is shown this once."""
    sent = request.form
    try:
        with writing() as tx:
            me = queries.known_person(tx.session, tx.actor)
            last: date = text.required_day(sent.get("until", ""), "until")
            scopes = sent.getlist("scope")
            row, shown = keeping.create_own(tx, me, sent.get("current", ""), sent.get("name", ""), scopes, last)
            prefix = row.prefix
    except InvalidValue as refusal:
        return _listing(refusal)
    return render_template("pages/token_made.html", shown=shown, prefix=prefix, last=last)


@pages.post("/<prefix>/revoke")
@permitted("account")
def revoke(prefix: str) -> ResponseReturnValue:
    if not any(row.prefix == prefix for row in tokens.listed(reading(), current_user.id)):
        raise NotFound("No existe esa credencial.", "There is no such token.")

    def command(tx: Transaction) -> None:
        keeping.revoke(tx, prefix)

    return act(command, _("Credencial revocada: ya nadie entra con ella."), url_for(".listing"))
