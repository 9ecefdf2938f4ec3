"""Signing in with Flask-Security over the core's own tables. The core knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore, UserMixin, login_user
from flask_security.tf_plugin import TfPluginBase
from sqlalchemy import inspect
from sqlalchemy.orm import relationship
from werkzeug.local import LocalProxy

from netreg.config import Settings
from netreg.errors import StoreBusy, StoreFull
from netreg.registry.authenticator import Authenticator
from netreg.registry.models import Person, Role, person_role
from netreg.registry.queries import second_factor
from netreg.store.base import Base, now
from netreg.store.transaction import Store
from portal import counting, rows, staying

# Who proved a password has this long to give the code.
PENDING = timedelta(minutes=10)
# An address of ours to go on to, and of nobody else's: no second slash, no backslash, no colon.
_OURS = re.compile(r"/(?!/)[A-Za-z0-9/_.~?=&%+-]*", re.ASCII)


class PortalRole(RoleMixin, Base):  # type: ignore[misc]
    """The core's roles, with what Flask-Security wants of a role."""

    __table__ = Role.__table__
    __tablename__ = Role.__tablename__


class PortalUser(UserMixin, Base):  # type: ignore[misc]
    """The core's people, with what Flask-Security wants of a user. Only the sign-in marks are written through it."""

    __table__ = Person.__table__
    __tablename__ = Person.__tablename__
    roles = relationship(PortalRole, secondary=person_role, viewonly=True)


class SignInDatastore(SQLAlchemySessionUserDatastore):  # type: ignore[misc]
    """Reads people from the request's snapshot; writes the marks of a sign-in in a transaction of their own."""

    def commit(self) -> None:
        """What Flask-Security calls at the end of a sign-in."""
        self.keep_marks()

    def keep_marks(self) -> None:
        """Store what the sign-in changed on people. A busy database costs the marks, never the sign-in."""
        session = rows.reading()
        changed = [(user.id, user.email, _changes(user)) for user in session.dirty if isinstance(user, PortalUser)]
        rows.release()
        with suppress(StoreBusy, StoreFull):
            for number, email, marks in changed:
                with rows.store().transaction(email) as tx:
                    person = tx.session.get_one(Person, number)
                    for key, value in marks.items():
                        setattr(person, key, value)


def _changes(user: PortalUser) -> dict[str, Any]:
    state = inspect(user)
    return {
        key: getattr(user, key)
        for key in state.mapper.column_attrs.keys()  # noqa: SIM118  (no mapping)
        if state.attrs[key].history.has_changes()
    }


def init_app(app: Flask, settings: Settings) -> None:
    """Session sign-in by e-mail and password, and a code where the person has a second factor."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.server.https,
        SECURITY_PASSWORD_SALT="unused-with-plain-argon2",  # noqa: S106  (asked for, and used by other schemes only)
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_TRACKABLE=True,
        SECURITY_DATETIME_FACTORY=now,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_FLASH_MESSAGES=False,
        # The library's own second factor keeps no count of used codes, and recovery codes to be read: ours takes its
        # place at the seam that it offers, between the right password and the session.
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={"netreg": f"{__name__}.AskForCode"},
        SECURITY_LOGIN_USER_TEMPLATE="pages/login.html",
        SECURITY_FRESHNESS=timedelta(seconds=-1),  # nothing asks for the password again, so there is no page for it
    )
    app.extensions["netreg.authenticator"] = Authenticator(settings.secret_key, f"netreg {settings.office.name}")
    security = Security(app, SignInDatastore(LocalProxy(rows.reading), PortalUser, PortalRole))
    staying.init_app(app)
    # No route of the library's own second factor is made, for its blueprint stands already.
    security.support_mfa = True


class AskForCode(TfPluginBase):  # type: ignore[misc]
    """After the right password: on to the page that asks for a code, for whoever has a second factor."""

    def get_setup_methods(self, user: PortalUser) -> list[tuple[str, str]]:
        return [("netreg", "")] if second_factor(rows.reading(), user.id) else []

    def tf_login(self, user: PortalUser, json_payload: dict[str, Any], next_loc: str | None) -> ResponseReturnValue:
        session["password_proved"] = now().timestamp()
        session["after_code"] = next_loc if next_loc and _OURS.fullmatch(next_loc) else "/"
        return redirect(url_for("door.code"), code=303)


def authenticator() -> Authenticator:
    """What makes and checks this installation's codes."""
    return current_app.extensions["netreg.authenticator"]  # type: ignore[no-any-return]


def pending() -> PortalUser | None:
    """Who proved their password at this browser a few minutes ago, and still owes a code."""
    if now().timestamp() - session.get("password_proved", 0.0) > PENDING.total_seconds():
        return None
    user = _datastore().find_user(fs_uniquifier=session.get("tf_user_id", ""))
    return user if user is not None and user.active else None


def complete(user: PortalUser) -> str:
    """Sign in whoever `pending` named, once the code was taken; where they were going is returned."""
    onward = str(session.get("after_code", "/"))
    remember = bool(session.pop("tf_remember_login", False))
    for name in ("password_proved", "tf_user_id", "after_code"):
        session.pop(name, None)
    login_user(user, remember=remember, authn_via=["password", "totp"])
    _datastore().keep_marks()
    return onward


def _datastore() -> SignInDatastore:
    return current_app.extensions["security"].datastore  # type: ignore[no-any-return]


# --- throttling -----------------------------------------------------------------------------------------------------


def throttle(app: Flask, store: Store) -> Limiter:
    """Limit the tries at the door, from one address and for one account; called when every view is known.

    The limiter is for others who limit what anybody may send.
    """
    app.config.update(counting.configuration(store), RATELIMIT_HEADERS_ENABLED=True)
    limiter = Limiter(get_remote_address, app=app)
    for endpoint, (tries, account) in LIMITS.items():
        view = limiter.limit(tries, key_func=account, methods=["POST"])(app.view_functions[endpoint])
        app.view_functions[endpoint] = limiter.limit(PER_ADDRESS, methods=["POST"])(view)
    return limiter


def _typed() -> str:
    """The account whose e-mail was typed, whether there is one or not."""
    return "account " + request.form.get("email", "").strip().lower()[:200]


def _proved() -> str:
    """The account whose password was proved, whoever else is signed in at this browser."""
    return f"account {session.get('tf_user_id')}"


def _signed_in() -> str:
    return f"account {session.get('_user_id')}"


PER_ADDRESS = "5 per minute"
# Of a million codes three are good at any time: thirty tries an hour find one in more than a year.
_CODES = "5 per minute;30 per hour"
# endpoint -> tries for one account, and how that account is known
LIMITS: dict[str, tuple[str, Callable[[], str]]] = {
    "security.login": ("10 per minute", _typed),
    "door.forgot": ("3 per minute;6 per hour", _typed),
    "door.choose": (PER_ADDRESS, get_remote_address),
    "door.code": (_CODES, _proved),
    "account.change_password": (_CODES, _signed_in),
    "account.switch_on": (_CODES, _signed_in),
    "account.switch_off": (_CODES, _signed_in),
    "account.renew_codes": (_CODES, _signed_in),
    "tokens.create": (_CODES, _signed_in),
}
