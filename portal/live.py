"""Pieces of a page that renew themselves: the same component the page shows, with an ETag."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue


def fragment(template: str, **values: Any) -> ResponseReturnValue:
    """The rendered piece, or 304 when the browser already has it. It holds no form: a token would never be equal."""
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)
