"""How long somebody stays signed in: so many hours without a look, and so many in all.

The times stand in the session's signed cookie, so that a copied one ends with the same hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask, request, session
from flask_login import user_logged_in

from netreg.store.base import now
from portal.rows import settings

_BEGAN, _SEEN = "signed_in_at", "seen_at"
_LEAST = timedelta(minutes=1)
# Whoever fills in a form when their hours are over may still send it; the next page asks them to sign in again.
_TO_FINISH = timedelta(hours=1)


def init_app(app: Flask) -> None:
    """Note the hour of every sign-in."""
    user_logged_in.connect(_begin, app)


def _begin(_app: Flask, **_user: object) -> None:
    session[_BEGAN] = session[_SEEN] = now().timestamp()


def is_over() -> bool:
    """Whether the hours of whoever is signed in are over. A session that does not say when it began is."""
    limits = settings().security
    finishing = timedelta() if request.method == "GET" else _TO_FINISH
    return _since(_SEEN) >= limits.idle or _since(_BEGAN) >= limits.longest + finishing


def note_look() -> None:
    """Somebody is there. A piece of a page that renews itself is nobody's look."""
    if request.headers.get("Sec-Fetch-Dest") != "empty" and _since(_SEEN) >= _LEAST:
        session[_SEEN] = now().timestamp()


def _since(name: str) -> timedelta:
    stamp = session.get(name)
    return now() - datetime.fromtimestamp(stamp, UTC) if stamp is not None else timedelta.max
