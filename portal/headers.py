"""What every answer carries: its request's id, and the headers that keep a browser from being turned against us."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

from netreg.store.transaction import REQUEST_ID

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def init_app(app: Flask, *, https: bool) -> None:
    """Give each request an id, which also marks its audit events, and each answer its headers."""
    extra = {"Strict-Transport-Security": "max-age=31536000"} if https else {}

    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.request_mark = REQUEST_ID.set(g.request_id)

    def finish(response: Response) -> Response:
        for name, value in (HEADERS | extra).items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = g.request_id
        if request.endpoint not in ("static", "bootstrap.static"):
            # Pages show what only this person may see; the next one at this computer must not find them by "back".
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def forget(_error: BaseException | None) -> None:
        if (mark := g.pop("request_mark", None)) is not None:
            REQUEST_ID.reset(mark)

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)
    app.teardown_request(forget)
