"""Signing in with Flask-Security over the core's own tables. The core knows nothing of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore, UserMixin
from sqlalchemy import inspect
from sqlalchemy.orm import relationship
from werkzeug.local import LocalProxy

from netreg.errors import StoreBusy, StoreFull
from netreg.registry.models import Person, Role, person_role
from netreg.store.base import Base, now
from portal import rows

PER_ADDRESS = "5 per minute"
PER_ACCOUNT = "10 per minute"


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


def init_app(app: Flask, *, https: bool) -> None:
    """Session sign-in by e-mail and password, throttled per address and per account."""
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SECURITY_PASSWORD_SALT="unused-with-plain-argon2",  # noqa: S106  (asked for, and used by other schemes only)
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",  # noqa: S106  # noqa: S106
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_TRACKABLE=True,
        SECURITY_DATETIME_FACTORY=now,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGOUT_VIEW="/login",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_LOGIN_USER_TEMPLATE="pages/login.html",
        SECURITY_FRESHNESS=timedelta(seconds=-1),  # nothing asks for the password again, so there is no page for it
    )
    Security(app, SignInDatastore(LocalProxy(rows.reading), PortalUser, PortalRole))
    _throttle(app)


def _throttle(app: Flask) -> None:
    app.config.update(RATELIMIT_STORAGE_URI="memory://", RATELIMIT_HEADERS_ENABLED=True)
    limiter = Limiter(get_remote_address, app=app)
    login = app.view_functions["security.login"]
    login = limiter.limit(PER_ACCOUNT, key_func=_account, methods=["POST"])(login)
    app.view_functions["security.login"] = limiter.limit(PER_ADDRESS, methods=["POST"])(login)


def _account() -> str:
    return "account " + request.form.get("email", "").strip().lower()[:200]
