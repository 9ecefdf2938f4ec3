"""The pages for what did not work: each says what happened and what to do next."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from flask import Flask, current_app, g, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from netreg.errors import ConcurrentChange, NotAllowed, NotFound, Refused, StoreBusy, StoreFull, TooMany
from netreg.store.base import now
from netreg.store.transaction import translated_errors
from portal import dates
from portal.languages import language

_STATUS: dict[type[Refused], int] = {
    NotFound: 404,
    NotAllowed: 403,
    ConcurrentChange: 409,
    TooMany: 429,
    StoreBusy: 503,
    StoreFull: 507,
}


def _said(status: int) -> tuple[str, str]:
    """Title and advice for a status."""
    known = {
        400: (_("No entendimos la petición"), _("Vuelva atrás, recargue la página y hágalo de nuevo.")),
        403: (_("No tiene permiso"), _("Si lo necesita para su trabajo, pídalo a Informática.")),
        404: (_("No existe esta página"), _("Revise la dirección o el folio, o vuelva al inicio.")),
        405: (_("No existe esta página"), _("Revise la dirección o el folio, o vuelva al inicio.")),
        409: (_("Alguien lo cambió antes"), _("Vuelva a abrir la página y decida de nuevo.")),
        413: (_("El archivo es demasiado grande"), _("Son 10 MB como máximo. No se guardó nada.")),
        429: (_("Demasiados intentos"), _("Espere unos minutos e intente de nuevo.")),
        503: (_("El sistema está ocupado"), _("Espere unos segundos y repita la operación; no se guardó nada.")),
        507: (_("No queda espacio"), _("Avise a Informática: el disco está lleno. No se guardó nada.")),
    }
    broken = (_("Algo falló de nuestro lado"), _("No se guardó nada. Avise a Informática con la clave de abajo."))
    return known.get(status, broken)


def page(status: int, detail: str = "") -> ResponseReturnValue:
    """The error page of a status, with the request's id to quote."""
    title, advice = _said(status)
    request_id = g.get("request_id", "")
    return render_template(
        "pages/error.html", title=title, detail=detail, advice=advice, status=status, request_id=request_id
    ), status


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    return page(error.code)


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    return page(400, _("El formulario caducó o no salió de esta página. No se guardó nada."))


def _refused(refusal: Refused) -> ResponseReturnValue:
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 400)
    if isinstance(refusal, TooMany):
        return _too_many(refusal.until, refusal.text(language()))
    return page(status, refusal.text(language()))


def _limited(error: RateLimitExceeded) -> ResponseReturnValue:
    """What Flask-Limiter refused: it knows when its window ends."""
    (limiter,) = current_app.extensions["limiter"]
    limit = limiter.current_limit
    return _too_many(datetime.fromtimestamp(limit.reset_at, UTC)) if limit else page(429)


def _too_many(until: datetime, detail: str = "") -> ResponseReturnValue:
    """The page of too many tries, which says from when on there is room again."""
    when = _("Puede intentar de nuevo el %(when)s.", when=dates.minute(until))
    answer = make_response(page(429, f"{detail} {when}".strip()))
    answer.headers["Retry-After"] = str(max(1, ceil((until - now()).total_seconds())))
    return answer


def _database(error: OperationalError) -> ResponseReturnValue:
    try:
        with translated_errors():
            raise error
    except Refused as refusal:
        return _refused(refusal)


def init_app(app: Flask) -> None:
    """Give every failure its page."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _limited)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(OperationalError, _database)
