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
from tests.people import CARLA, INES, NORA, phones
from tests.portal.conftest import a_point, an_alert

WHO = {"people": NORA, "areas": NORA, "figures": CARLA}


@pytest.fixture
def furnished(store: Store) -> Store:
    phones(store, 2)
    a_point(store)
    an_alert(store)
    return store


def test_it_says_what_it_is_without_a_token(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()
    assert told["openapi"].startswith("3.1") and told["paths"]["/v1/devices"]["get"]["security"] == [{"token": []}]


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
