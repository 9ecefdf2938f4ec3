"""How an operation of the API is written down: what it needs, takes and gives, told once for machine and reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict

from portal.api import problems

CREATED = 201
BYTES = "application/octet-stream"
View = TypeVar("View", bound=Callable[..., Any])


class Document(BaseModel):
    """What the API takes or gives; a key that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


def resource(name: str, about: str) -> APIBlueprint:
    """A kind of thing that programs read and change."""
    return APIBlueprint(name, __name__, abp_tags=[Tag(name=name, description=about)], abp_security=[{"token": []}])


def reads(api: APIBlueprint, rule: str, *, permission: str, gives: type[BaseModel]) -> Callable[[View], View]:
    """GET: the view returns a `gives`. Who has it already, by its ETag, is told so."""

    def answer(told: BaseModel) -> Response:
        return Response(told.model_dump_json(), mimetype="application/json")

    return _gets(api, rule, permission, gives, answer)


def hands_out(api: APIBlueprint, rule: str, *, permission: str) -> Callable[[View], View]:
    """GET: the view returns the bytes of a file, which nobody's browser is to make anything of."""

    def answer(content: bytes) -> Response:
        return Response(content, mimetype=BYTES, headers={"Content-Disposition": "attachment"})

    described = {"description": "The file.", "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}}
    return _gets(api, rule, permission, described, answer)


def _gets(
    api: APIBlueprint, rule: str, permission: str, given: Any, written: Callable[[Any], Response]
) -> Callable[[View], View]:
    failures = (401, 403, 404, 422, 429, 503)

    def enter(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Response:
            response = written(view(*args, **kwargs))
            response.set_etag(tag_of(response.get_data()))
            return response.make_conditional(request)

        answer.permission = permission  # type: ignore[attr-defined]
        responses = {200: given, 304: {"description": "You have it already."}} | _failing(failures)
        api.get(rule, responses=responses, **_told(view, permission))(answer)
        return view

    return enter


def changes(
    api: APIBlueprint, rule: str, *, permission: str, gives: type[BaseModel], status: int = 200, method: str = "post"
) -> Callable[[View], View]:
    """POST, PATCH or DELETE: the view returns the answer of `changing.change`.

    What is made anew (201) nobody has read before: there is no ETag to match.
    """
    stale = () if status == CREATED else (412,)
    failures = (400, 401, 403, 404, 409, *stale, 413, 415, 422, 429, 503)

    def enter(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        responses = {status: gives} | _failing(failures)
        getattr(api, method)(rule, responses=responses, **_told(view, permission))(view)
        return view

    return enter


def tag_of(body: bytes) -> str:
    """The ETag of an answer: the same exactly as long as the answer is."""
    return hashlib.sha256(body).hexdigest()[:32]


def _failing(statuses: tuple[int, ...]) -> dict[int, Any]:
    return {status: {"description": "", **problems.described()} for status in statuses}


def _told(view: Callable[..., Any], permission: str) -> dict[str, Any]:
    """The first line of the view's docstring is its summary; the rest, with the permission needed, its description."""
    first, _blank, rest = (view.__doc__ or "").partition("\n")
    needs = f"Needs the permission `{permission}`."
    lines = " ".join(line.strip() for line in rest.splitlines()).strip()
    return {"summary": first.strip(), "description": f"{lines}\n\n{needs}".strip(), "operation_id": view.__name__}
