"""Errors as problem documents (RFC 9457): the code of the command line, the sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from netreg.errors import (
    ConcurrentChange,
    DuplicateMac,
    InvalidValue,
    NotAllowed,
    NotFound,
    PointError,
    QuotaFull,
    Refused,
    StoreBusy,
    StoreFull,
    UnsafePlan,
)
from netreg.store.transaction import translated_errors

MEDIA = "application/problem+json"
STATUS: dict[type[Refused], int] = {
    InvalidValue: 422,
    NotFound: 404,
    NotAllowed: 403,
    QuotaFull: 409,
    DuplicateMac: 409,
    ConcurrentChange: 409,
    UnsafePlan: 409,
    StoreBusy: 503,
    StoreFull: 507,
}
# What the frame itself refuses -> code, Spanish, English.
_SAID: dict[int, tuple[str, str, str]] = {
    400: ("bad_request", "No entendimos la petición.", "The request was not understood."),
    401: ("token_missing", "Falta una credencial válida.", "A valid token is missing."),
    403: ("not_allowed", "La credencial no lo permite.", "The token does not allow it."),
    404: ("not_found", "No existe.", "There is no such thing."),
    405: ("method_not_allowed", "Aquí no se puede hacer eso.", "That cannot be done here."),
    406: ("not_acceptable", "No hay respuesta en ese formato.", "There is no answer in that format."),
    413: ("too_large", "La petición es demasiado grande.", "The request is too large."),
    415: ("media_type", "Envíe JSON (application/json).", "Send JSON (application/json)."),
    429: ("too_many", "Demasiadas peticiones; espere.", "Too many requests; wait."),
}  # fmt: skip


class Wrong(BaseModel):
    """One field that cannot be accepted."""

    field: str
    detail: str


class Problem(BaseModel):
    """Why it was not done. Compare `code`; `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    hint: str = ""
    field: str = ""
    request_id: str = ""
    errors: list[Wrong] = []


class Failed(Exception):
    """A refusal of the API's own, told with its status."""

    def __init__(
        self, status: int, code: str, spanish: str, english: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(spanish)
        self.status, self.code, self.spanish, self.english = status, code, spanish, english
        self.headers = headers or {}


def scope_missing() -> Failed:
    """The token lacks the scope for what was asked."""
    return Failed(403, "scope_missing", "La credencial no tiene ese alcance.", "The token lacks the scope for this.")


def language() -> str:
    """The language that the program asks for; the office's people read Spanish."""
    return request.accept_languages.best_match(("es", "en"), "es") or "es"


def problem(status: int, code: str, spanish: str, english: str, **more: Any) -> Response:
    """The document, in the reader's language."""
    said = Problem(
        type=f"urn:netreg:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=english if language() == "en" else spanish,
        request_id=g.get("request_id", ""),
        **more,
    )
    return Response(said.model_dump_json(exclude_defaults=True), status, mimetype=MEDIA)


def refused(refusal: Refused) -> Response:
    """A refusal of the core."""
    status = next((number for kind, number in STATUS.items() if isinstance(refusal, kind)), 422)
    hint = refusal.hint_en if language() == "en" else refusal.hint
    answer = problem(
        status, refusal.code, refusal.message, refusal.english, hint=hint, field=refusal.field or ""
    )  # fmt: skip
    if isinstance(refusal, StoreBusy):
        answer.headers["Retry-After"] = "2"
    return answer


def invalid(error: ValidationError) -> Response:
    """What does not have the form that the description asks for."""
    errors = [Wrong(field=".".join(map(str, one["loc"]))[:200], detail=one["msg"][:300]) for one in error.errors()[:20]]
    return problem(
        422, "invalid_value", "Hay datos que no se pueden aceptar.", "Some of the data cannot be accepted.",
        errors=errors, field=errors[0].field if errors else "",
    )  # fmt: skip


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    code, spanish, english = _SAID.get(
        status, ("error", "Algo falló de nuestro lado; no se guardó nada.", "Something failed here; nothing was kept.")
    )
    answer = problem(status, code, spanish, english)
    kept = ("Allow", "Retry-After", "WWW-Authenticate")
    answer.headers.extend([(name, value) for name, value in error.get_headers() if name in kept])
    return answer


def _failed(error: Failed) -> Response:
    answer = problem(error.status, error.code, error.spanish, error.english)
    answer.headers.extend(error.headers)
    return answer


def _outside(error: PointError) -> Response:
    return problem(502, error.code, error.message, error.message)


def _database(error: OperationalError) -> ResponseReturnValue:
    try:
        with translated_errors():
            raise error
    except Refused as refusal:
        return refused(refusal)


def described() -> dict[str, Any]:
    """How a problem stands in the description."""
    return {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def init_app(app: Flask) -> None:
    """Give every failure its document."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(PointError, _outside)
    app.register_error_handler(Failed, _failed)
    app.register_error_handler(OperationalError, _database)
