"""Who asks: the person that the token shown acts for, with the permissions that its scopes let through."""

from __future__ import annotations

import re
from contextlib import suppress

from flask import Flask, abort, current_app, g, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from netreg.errors import StoreBusy, StoreFull
from netreg.policy import scopes
from netreg.registry import tokens
from netreg.registry.commands.tokens import is_use_due, note_use
from netreg.registry.models import ApiToken
from netreg.store.base import now
from netreg.store.transaction import REQUEST_ID, Store
from portal import access, counting
from portal.api.problems import Failed, scope_missing
from portal.rows import reading, release, store
from portal.signin import PortalUser

_BEARER = re.compile(r"Bearer +([A-Za-z0-9_-]{1,200})", re.ASCII)
# The description of the API is the same everywhere; whoever writes a program reads it before there is a token.
OPEN = frozenset({"description"})
PER_TOKEN = RateLimitItemPerMinute(1200)
# A token holds 256 bits: nobody guesses one. This keeps a broken program from keeping us busy.
WRONG_PER_ADDRESS = RateLimitItemPerMinute(60)


def enter() -> None:
    """Before every request: find out for whom the token acts, and whether it may do this."""
    if request.endpoint is None or request.endpoint in OPEN:
        return
    _identify()
    permission = access.permission_of(current_app, request.endpoint)  # type: ignore[arg-type]
    if permission is None:
        abort(403)
    if not access.is_in_scope(permission):
        raise scope_missing()
    if not access.may(permission):
        abort(403)


def _identify() -> None:
    shown = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    token = tokens.bearer(reading(), shown[1], now()) if shown else None
    if token is None:
        _count(WRONG_PER_ADDRESS, f"address {get_remote_address()}")
        raise Failed(401, "token_missing", "Falta una credencial válida.", "A valid token is missing.",
                     {"WWW-Authenticate": 'Bearer realm="netreg"'})  # fmt: skip
    _count(PER_TOKEN, f"token {token.id}")
    g.token, g.allowed = token.id, scopes.allowed(token.scopes)
    # The log names the person that the token acts for; by this it says with which token, too.
    g.request_id = f"{token.prefix}-{g.request_id}"
    REQUEST_ID.set(g.request_id)
    # What the pages ask for the person at the browser, they are told of the one that the token acts for.
    g._login_user = reading().get_one(PortalUser, token.person_id)
    if is_use_due(token):
        _note(token)


def _note(token: ApiToken) -> None:
    """A busy database costs the mark, never the request."""
    number, actor = token.id, token.person.email
    release()
    with suppress(StoreBusy, StoreFull), store().transaction(actor) as tx:
        note_use(tx, number)
    g._login_user = reading().get_one(PortalUser, g._login_user.id)


def _turnstile() -> FixedWindowRateLimiter:
    return current_app.extensions["netreg.turnstile"]  # type: ignore[no-any-return]


def _count(rate: RateLimitItem, who: str) -> None:
    turnstile = _turnstile()
    if not turnstile.hit(rate, who):
        wait = max(1, int(turnstile.get_window_stats(rate, who).reset_time - now().timestamp()) + 1)
        raise Failed(429, "too_many", "Demasiadas peticiones; espere.", "Too many requests; wait.",
                     {"Retry-After": str(wait)})  # fmt: skip


def throttle(app: Flask, opened: Store) -> None:
    """Count what one token asks for, and how often one address shows a wrong one."""
    app.extensions["netreg.turnstile"] = FixedWindowRateLimiter(counting.storage(opened))
