"""Who may see and do what: the core's table, one decorator, and a guard that denies whatever is not listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from flask import Flask, abort, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user, logout_user

from netreg.mac import MacAddress, masked_in
from netreg.policy import roles
from netreg.registry import queries
from portal import staying
from portal.rows import reading, settings, store

# What anybody may fetch: signing in and out, files that are the same for all, and whether the service lives.
PUBLIC = frozenset(
    {
        "static",
        "bootstrap.static",
        "security.static",
        "security.login",
        "security.logout",
        "health.alive",
        "health.ready",
        "door.forgot",
        "door.link",
        "door.choose",
        "door.code",
        "verify.ask",
        "verify.compare",
        "guide.choose",
        "guide.show",
        "privacy.notice",
        "colours.sheet",
        "outside.listing",
        "outside.blank",
        "outside.send",
        "outside.sent",
        "outside.confirmation",
        "outside.confirm",
        "outside.drop",
        "outside.show",
        "outside.correction",
        "outside.correct",
        "outside.withdraw",
        "outside.document",
    }
)

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def permitted(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission it needs; `guard` reads the mark before the view runs."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def may(permission: str) -> bool:
    """Whether the person signed in has this permission through any role, their own or one they stand in for.

    A program that acts for them has it only where its token's scopes say so too.
    """
    return current_user.is_authenticated and is_in_scope(permission) and roles.may(my_roles(), permission)


def is_in_scope(permission: str) -> bool:
    """Whether whoever shows a token may use this permission with it; at a browser there is no token."""
    return "allowed" not in g or permission in g.allowed


def address(text: str) -> str:
    """An address as the person signed in may see it: whole, its last two octets, or nothing."""
    if may("addresses.whole") or not text:
        return text
    return MacAddress(text).masked if may("addresses.masked") else ""


def mail_address(text: str) -> str:
    """The mail address of somebody outside as the person signed in may see it: whole, for those who answer them, or
    its first letter and its server."""
    if may("requests.file"):
        return text
    name, _at, server = text.partition("@")
    return f"{name[:1]}•••@{server}"


def shown(text: str, masked: bool = False) -> str:
    """A text of the log, an alert or a point as the person signed in may read it: with whole addresses or without.

    `masked` leaves them out for everybody.
    """
    return text if may("addresses.whole") and not masked else masked_in(text)


def my_roles() -> dict[str, str]:
    """The roles of the person signed in today, with whom they stand in for (empty: their own)."""
    if "my_roles" not in g:
        g.my_roles = queries.held(reading(), current_user, today())
    return g.my_roles  # type: ignore[no-any-return]


def today() -> date:
    """The date at the office."""
    return store().office.today


def own_area() -> int | None:
    """The area whose rows this person may see; None means all. A person with no area sees those of none."""
    if may("areas.all"):
        return None
    return current_user.area_id or 0


def permission_of(app: Flask, endpoint: str) -> str | None:
    """The permission an endpoint needs, or None when nobody gave it one."""
    return getattr(app.view_functions.get(endpoint), "permission", None)


def guard() -> ResponseReturnValue | None:
    """Before every request: deny unless the page is public or the person has its permission."""
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]
    if staying.is_over():
        logout_user()
        flash(_("Pasaron las horas que dura una sesión. Entre otra vez para seguir."), "warning")
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]
    staying.note_look()
    permission = permission_of(current_app, request.endpoint)
    if permission is None or not may(permission):
        abort(403)
    if request.blueprint != "account" and lacks_factor():
        return redirect(url_for("account.second_factor"), code=303)
    return None


def factor_demanded() -> bool:
    """Whether a role that the person acts in today must sign in with a second factor."""
    return bool(set(my_roles()) & set(settings().security.totp_roles))


def lacks_factor() -> bool:
    """Whether the person must switch a second factor on before anything else."""
    return factor_demanded() and queries.second_factor(reading(), current_user.id) is None
