"""The service's own log: lines of one shape, with the request they belong to, and with nothing secret in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from netreg import logs
from netreg.config_values import Log
from netreg.registry.tokens import mint
from netreg.store.transaction import REQUEST_ID, Store
from tests.api.conftest import token_of
from tests.people import INES, PASSWORD, mac, phones
from tests.portal.conftest import Visitor, app, settings, store

__all__ = ["app", "settings", "store"]

MAC = "a4:83:e7:00:00:01"


@pytest.fixture
def kept() -> Iterator[Callable[..., list[Any]]]:
    """What was logged since, as a program reads it; the log of the tests is as before afterwards."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, {name: logging.getLogger(name).level for name in logs.NOISY})
    stream = io.StringIO()

    def lines(**settings: str) -> list[Any]:
        if settings:
            logs.keep(Log(**settings), stream)  # type: ignore[arg-type]
        return [json.loads(line) if line.startswith("{") else line for line in stream.getvalue().splitlines()]

    yield lines
    root.handlers, root.level = before[0], before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


def test_a_line_is_a_document_with_the_request_it_belongs_to(kept: Callable[..., list[Any]]) -> None:
    kept(format="json")
    mark = REQUEST_ID.set("abc123")
    logging.getLogger("netreg.worker").warning("%s is away", "cortafuegos", extra={"point": "cortafuegos"})
    REQUEST_ID.reset(mark)
    (line,) = kept()
    assert (line["event"], line["level"], line["logger"]) == ("cortafuegos is away", "warning", "netreg.worker")
    assert (line["request_id"], line["point"]) == ("abc123", "cortafuegos") and line["timestamp"].endswith("Z")


@pytest.mark.parametrize("shape", ["text", "json"])
def test_no_whole_address_token_or_password_gets_in_by_any_way(kept: Callable[..., list[Any]], shape: str) -> None:
    kept(format=shape)
    token = mint().shown
    try:
        raise ValueError(f"refused {MAC} with {token} and password=abc")
    except ValueError:
        logging.getLogger("waitress.queue").exception("sent A4-83-E7-00-00-01 to /publico/confirmar?t=%s", "xyz.123")
    whole = json.dumps(kept())
    assert "ValueError" in whole and "00:01" in whole
    for secret in (MAC, "A4-83-E7-00-00-01", token.split("_", 2)[2], "abc", "xyz.123"):
        assert secret not in whole


def test_text_from_outside_makes_no_line_of_its_own_in_json(kept: Callable[..., list[Any]]) -> None:
    kept(format="json")
    logging.getLogger("netreg.worker").warning("said %s", 'x\n{"event": "forged"}\x1b[2J')
    (line,) = kept()
    assert line["event"].startswith("said x\n")


def test_the_level_is_the_one_that_is_set(kept: Callable[..., list[Any]]) -> None:
    kept(format="json", level="warning")
    logging.getLogger("netreg.worker").info("nothing to see")
    logging.getLogger("netreg.worker").error("something to see")
    assert [line["event"] for line in kept()] == ["something to see"]


def test_every_answer_is_a_line_by_its_route_with_the_id_that_people_are_shown(
    kept: Callable[..., list[Any]], app: Flask, store: Store
) -> None:
    phones(store, 1)
    kept(format="json")
    visitor = Visitor(app.test_client())
    visitor.sign_in(INES)
    visitor.get(f"/presence/{mac(1)}")
    shown = {"Authorization": f"Bearer {token_of(store, INES)}"}
    answer = app.test_client().get(f"/api/v1/devices?mac={mac(1)}", headers=shown)
    app.test_client().get("/healthz")
    lines = [line for line in kept() if line["logger"] == "netreg.access"]
    last = lines[-1]
    assert (last["route"], last["status"], last["method"]) == ("/api/v1/devices", 200, "GET") and last["ms"] > 0
    assert last["request_id"] == answer.headers["X-Request-Id"]
    whole = json.dumps(lines)
    for secret in (PASSWORD, mac(1), INES.email, shown["Authorization"]):
        assert secret not in whole
