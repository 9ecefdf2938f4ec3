"""The headers of the API in its description: the frame writes down paths and bodies, and these are the same for all."""

from __future__ import annotations

from typing import Any

from portal.api.changing import KEY_LETTERS

Node = dict[str, Any]

_PARAMETERS: dict[str, Node] = {
    "Idempotency-Key": {
        "description": "Any text of the program's own. The same change under one key is carried out once in a day.",
        "schema": {"type": "string", "maxLength": KEY_LETTERS, "pattern": "^[ -~]*$"},
    },
    "If-Match": {
        "description": "The `ETag` of what was read. If it was changed since, nothing is done.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "description": "The `ETag` of an answer that the program has. If it is the same still, it is not sent again.",
        "schema": {"type": "string"},
    },
}
_HEADERS: dict[str, Node] = {
    "ETag": {
        "description": "The same exactly as long as the answer is; send it as `If-Match` or `If-None-Match`.",
        "schema": {"type": "string"},
    },
    "Idempotency-Replayed": {
        "description": "There where the change was carried out before, and this is what was answered then.",
        "schema": {"type": "string", "const": "true"},
    },
    "Location": {"description": "The path of what was made.", "schema": {"type": "string"}},
}


def complete(document: Node) -> Node:
    """The description with the headers that operations take and give; the one that is handed in stays as it is."""
    paths = {
        path: {method: _operation(method, told) for method, told in operations.items()}
        for path, operations in document["paths"].items()
    }
    parameters = {name: {"name": name, "in": "header", **told} for name, told in _PARAMETERS.items()}
    return document | {
        "paths": paths,
        "components": document["components"] | {"parameters": parameters, "headers": _HEADERS},
    }


def _operation(method: str, told: Node) -> Node:
    taken = [_reference("parameters", name) for name in _taken(method, told["responses"])]
    answers = {status: _answer(method, status, answer) for status, answer in told["responses"].items()}
    return told | {"parameters": [*told.get("parameters", []), *taken], "responses": answers}


def _taken(method: str, answers: Node) -> list[str]:
    """The headers that may come with a request: those that one of its answers speaks of."""
    if method == "get":
        return ["If-None-Match"] if "304" in answers else []
    return ["Idempotency-Key", *(["If-Match"] if "412" in answers else [])]


def _answer(method: str, status: str, told: Node) -> Node:
    given = _given(method, status)
    return told | {"headers": {name: _reference("headers", name) for name in given}} if given else told


def _given(method: str, status: str) -> list[str]:
    if method == "get":
        return ["ETag"] if status in ("200", "304") else []
    if not status.startswith("2"):
        return []
    return ["Idempotency-Replayed", *(["Location"] if status == "201" else [])]


def _reference(kind: str, name: str) -> Node:
    return {"$ref": f"#/components/{kind}/{name}"}
