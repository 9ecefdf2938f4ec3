"""The API as one application, with its description made from its code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_openapi3 import Info, OpenAPI, Server
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from netreg.config import Settings
from netreg.procedures import attachments
from netreg.store.transaction import Store
from portal import access, headers, rows
from portal.api import description, door, problems
from portal.api.resources import EVERY
from portal.metrics import Meter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOUNT, VERSION = "/api", "/v1"
# Where Prometheus looks; the token it shows is checked at the door of the API.
METRICS = "/metrics"
MOST_BYTES = 1024 * 1024
_ABOUT = """Everything the portal does, for programs.

A token (`netreg token create`) acts for a person and does what that person may do today, as far as its scopes go.
Lists come a page at a time: follow `next`. What was read comes with an `ETag`; send it back as `If-Match` to change it
only if nobody else did. A POST with an `Idempotency-Key` may be sent again for a day and is carried out once. Errors
are problem documents (RFC 9457) whose `code` is the one that the command line prints.
"""


def create_api(settings: Settings, store: Store, meter: Meter | None = None) -> OpenAPI:
    """The API over an open store; `meter` counts what it and the portal answer."""
    meter = meter or Meter(store)
    app = OpenAPI(
        "netreg-api",
        info=Info(title="netreg", version="1", description=_ABOUT),
        servers=[Server(url=MOUNT)],
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=problems.invalid,
        validation_error_model=problems.Problem,
        doc_ui=False,
        static_folder=None,
    )
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES)
    rows.init_app(app, settings, store)
    for resource in EVERY:
        app.register_api(resource, url_prefix=VERSION)
    app.before_request(_room_for_files)
    app.before_request(door.enter)
    headers.init_app(app, https=settings.server.https)
    problems.init_app(app)
    door.throttle(app, store)
    app.add_url_rule(METRICS, "metrics", access.permitted("metrics.see")(lambda: meter.told()))
    meter.watch(app, MOUNT)
    app.add_url_rule(f"{VERSION}/openapi.json", "description", lambda: _described(app))
    return app


def _room_for_files() -> None:
    """A file may be larger than a document; only where files are handed in."""
    if request.endpoint == "files.hand_in_file":
        request.max_content_length = attachments.MOST_BYTES + MOST_BYTES


def _described(app: OpenAPI) -> ResponseReturnValue:
    """The API in its own words; it says nothing about this installation."""
    return jsonify(description.complete(app.api_doc))


def mounted(pages: WSGIApplication, api: WSGIApplication) -> WSGIApplication:
    """Both behind one address: the API at its place, Prometheus at the one it knows, and all else is the pages'."""

    def metrics(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return api(environ | {"SCRIPT_NAME": "", "PATH_INFO": METRICS + environ["PATH_INFO"]}, start)

    return DispatcherMiddleware(pages, {MOUNT: api, METRICS: metrics})
