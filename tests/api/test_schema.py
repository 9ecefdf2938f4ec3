"""The description of the API is true: whatever is asked, what is answered is what it says (schemathesis)."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from schemathesis.specs.openapi.checks import positive_data_acceptance

from netreg.store.transaction import Store
from portal.api import door
from tests.api.conftest import token_of
from tests.people import CARLA, INES, NORA, mac, phones
from tests.portal.conftest import a_point, a_request, an_alert

WHO = {"people": NORA, "areas": NORA, "figures": CARLA}


@pytest.fixture
def furnished(store: Store) -> Store:
    phones(store, 2)
    a_point(store)
    an_alert(store)
    return store


def described(app: Flask) -> Any:
    return app.test_client().get("/api/v1/openapi.json").get_json()


def taken(operation: Any) -> set[str]:
    """The headers that an operation takes."""
    return {one["$ref"].split("/")[-1] for one in operation["parameters"] if "$ref" in one}


def test_it_says_what_it_is_without_a_token(app: Flask) -> None:
    told = described(app)
    assert told["openapi"].startswith("3.1") and told["paths"]["/v1/devices"]["get"]["security"] == [{"token": []}]


def test_it_names_the_headers_that_changes_take_and_answers_bear(app: Flask) -> None:
    paths = described(app)["paths"]
    reading, making, changing = (
        paths["/v1/devices/{number}"]["get"], paths["/v1/areas"]["post"], paths["/v1/areas/{code}"]["patch"]
    )  # fmt: skip
    assert taken(reading) == {"If-None-Match"} and set(reading["responses"]["200"]["headers"]) == {"ETag"}
    assert taken(making) == {"Idempotency-Key"} and "412" not in making["responses"]
    assert set(making["responses"]["201"]["headers"]) == {"Idempotency-Replayed", "Location"}
    assert taken(changing) == {"Idempotency-Key", "If-Match"} and "headers" not in changing["responses"]["422"]
    every = [told for path in paths.values() for method, told in path.items() if method != "get"]
    assert all("Idempotency-Key" in taken(told) and "422" in told["responses"] for told in every)


def test_whatever_takes_an_etag_changes_nothing_else_than_what_was_read(app: Flask, furnished: Store) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    there = {"code": "OBRAS", "name": "cortafuegos", "number": 1, "reference": a_request(furnished, mac(9))}
    tokens = {member.email: token_of(furnished, member) for member in (INES, NORA)}
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        raw = operation.definition.raw
        if "If-Match" not in taken(raw):
            continue

        @settings(max_examples=1, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(), token=st.just(tokens[WHO.get(raw["tags"][0], INES).email]))
        def asked(case: Any, token: str) -> None:
            case.path_parameters = {name: there[name] for name in case.path_parameters}
            case.headers = {"If-Match": '"another"', "Authorization": f"Bearer {token}"}
            answer = case.call()
            assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile"), case.path
            tried.add(case.path)

        asked()
    assert len(tried) > 15


@pytest.mark.long
def test_every_operation_answers_as_it_says(app: Flask, furnished: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # It asks without a token again and again.
    monkeypatch.setattr(door, "WRONG_PER_ADDRESS", RateLimitItemPerMinute(100_000))
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    tokens = {member.email: token_of(furnished, member) for member in (INES, NORA, CARLA)}
    tried = 0
    wrong: dict[str, str] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        token = tokens[WHO.get(operation.definition.raw["tags"][0], INES).email]

        @settings(max_examples=15, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(), shown=st.just(token))
        def asked(case: Any, shown: str) -> None:
            nonlocal tried
            tried += 1
            try:
                # No form says that an area is full: what has the right form may still be refused by a rule.
                unlike = [] if case.method == "GET" else [positive_data_acceptance]
                case.call_and_validate(headers={"Authorization": f"Bearer {shown}"}, excluded_checks=unlike)
            except BaseExceptionGroup as failed:
                for one in failed.exceptions:
                    wrong.setdefault(f"{case.method} {case.path}: {type(one).__name__}", str(one))

        asked()
    assert not wrong, "\n".join(f"{key}: {said}" for key, said in wrong.items())
    assert tried > 400
