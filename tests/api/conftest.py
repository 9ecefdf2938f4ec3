"""A program with a token of a member of the cast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from netreg.policy.scopes import SCOPES
from netreg.registry import queries
from netreg.registry.commands import tokens
from netreg.store.transaction import Store
from tests.people import ACTOR, Member
from tests.portal.conftest import app, settings, shared_counts, signed_in, store

__all__ = ["app", "settings", "shared_counts", "signed_in", "store"]

EVERYTHING = tuple(SCOPES)


class Program:
    """Somebody's program: it shows its token and speaks JSON."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        return self._json(self.ask("GET", path, None, headers), status)

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return self._json(self.ask("POST", path, {} if body is None else body, headers), status)

    def patch(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        return self._json(self.ask("PATCH", path, body, headers), status)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        said = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=shown | said)

    def _json(self, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        kind = "application/json" if status < 400 else "application/problem+json"
        assert answer.mimetype == kind or status == 304
        return answer.get_json(silent=True)


def token_of(store: Store, who: Member, scopes: tuple[str, ...] = EVERYTHING, days: int = 30) -> str:
    """A token that acts for a member of the cast."""
    with store.transaction(ACTOR) as tx:
        person = queries.known_person(tx.session, who.email)
        return tokens.create(tx, person, "prueba", scopes, tx.today + timedelta(days=days))[1]


@pytest.fixture
def program(app: Flask, store: Store) -> Callable[..., Program]:
    """A program that acts for somebody, within scopes."""

    def start(who: Member, *scopes: str) -> Program:
        return Program(app.test_client(), token_of(store, who, scopes or EVERYTHING))

    return start
