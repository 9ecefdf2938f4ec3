"""The service in numbers: true, for those who may see them, and named as the dashboard and the rules name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from netreg.allowlist import Allowlist
from netreg.config import Settings
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.registry.commands.sightings import note_source
from netreg.registry.measures import measure
from netreg.registry.models import Pass
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.api.conftest import token_of
from tests.people import ACTOR, ALMA, INES, NORA, Member, ask, mac, phone, phones
from tests.portal.conftest import Visitor, a_point, an_alert

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "docs" / "monitoring"
_NAME = re.compile(r"netreg_[a-z_]+")


def test_the_example_of_the_operations_asks_the_portals_own_port_which_no_proxy_hides() -> None:
    text, server = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), Settings().server
    (targets,) = re.findall(r"static_configs: \[\{targets: \[\"([^\"]+)\"\]\}\]", text)
    assert targets == f"{server.host}:{server.port}" and f"http://{targets}/metrics" in text
    refused = {"Caddyfile": r"respond /metrics\* 403", "nginx.conf": r"location \^~ /metrics \{[^}]*403;"}
    for name, hidden in refused.items():
        assert re.search(hidden, (ROOT / "packaging" / "proxy" / name).read_text(encoding="utf-8")), name


@pytest.fixture
def scrape(app: Flask, store: Store) -> Callable[[], str]:
    """What Prometheus reads."""
    token = token_of(store, NORA, ("metrics:read",))

    def get() -> str:
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200 and answer.mimetype == "text/plain"
        return answer.text

    return get


def told(text: str) -> dict[str, float]:
    """Each sample by its name and labels."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_they_lie_at_one_place_alone(app: Flask, store: Store) -> None:
    shown = {"Authorization": f"Bearer {token_of(store, NORA, ('metrics:read',))}"}
    told = [app.test_client().get(path, headers=shown) for path in ("/metrics", "/metrics/", "/metrics/x")]
    assert [answer.status_code for answer in told] == [200, 404, 404]


def test_without_a_token_for_it_nobody_reads_them(app: Flask, store: Store) -> None:
    def status(who: Member, *scopes: str) -> int:
        shown = {"Authorization": f"Bearer {token_of(store, who, scopes)}"}
        return app.test_client().get("/metrics", headers=shown).status_code

    assert app.test_client().get("/metrics").status_code == 401
    visitor = Visitor(app.test_client())
    visitor.sign_in(NORA)
    assert visitor.client.get("/metrics").status_code == 401
    assert status(NORA, "people:read") == 403 and status(ALMA, "metrics:read") == 403
    assert status(INES, "metrics:read") == 200


def test_they_tell_of_points_work_alerts_devices_and_requests(scrape: Callable[[], str], store: Store) -> None:
    a_point(store)
    an_alert(store)
    phones(store, 2)
    ask(store, phone(9))
    found = told(scrape())
    assert found["netreg_point_pending_changes change=add point=cortafuegos"] == 2
    assert found["netreg_deliveries kind=push state=waiting"] == 1
    assert found["netreg_alerts_open kind=rogue"] == 1
    assert found["netreg_devices kind=phone state=pushing"] == 2
    assert found["netreg_devices kind=phone state=requested"] == 1
    assert found["netreg_requests_open procedure=ADJ-P03"] == 2
    assert found["netreg_audit_events_total"] > 10
    assert "netreg_point_verified_age_seconds point=cortafuegos" not in found, "never verified is no age"


def test_pushes_are_a_histogram_in_which_each_bucket_holds_the_ones_before(
    scrape: Callable[[], str], store: Store
) -> None:
    a_point(store)
    with store.transaction(ACTOR) as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, Allowlist(), added=0, removed=0)
        for seconds in (0.4, 3.0, 400.0):
            tx.session.add(Pass(point_id=point.id, at=now(), seconds=seconds, outcome="verified"))
    found = told(scrape())
    assert [found[f"netreg_push_duration_seconds_bucket le={le}"] for le in ("1.0", "5.0", "300.0", "+Inf")] == [
        1, 2, 2, 3,
    ]  # fmt: skip
    assert found["netreg_push_duration_seconds_count"] == 3
    assert found["netreg_push_duration_seconds_sum"] == pytest.approx(403.4)
    assert 0 <= found["netreg_point_verified_age_seconds point=cortafuegos"] < 60


def test_answers_are_counted_by_route_and_never_by_address(scrape: Callable[[], str], app: Flask, store: Store) -> None:
    phones(store, 1)
    app.test_client().get("/healthz")
    app.test_client().get(f"/devices/{mac(1)}")
    app.test_client().open("/healthz", method="BREW")
    scrape()
    text = scrape()
    assert 'method="GET",route="/healthz",status="2xx"' in text and 'method="other"' in text
    assert 'route="/api/metrics"' in text and mac(1) not in text


def test_what_is_overdue_says_for_how_long(store: Store) -> None:
    a_point(store)
    phones(store, 1)
    with store.reading() as session:
        found = measure(session, now() + timedelta(minutes=20))
    assert 1190 < found.queues["push"].overdue < 1300


def test_what_the_dashboard_and_the_rules_ask_for_is_told(scrape: Callable[[], str], store: Store) -> None:
    a_point(store)
    an_alert(store)
    phones(store, 1)
    with store.transaction(ACTOR) as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, Allowlist(), added=0, removed=0)
        tx.session.add(Pass(point_id=point.id, at=now(), seconds=1.0, outcome="verified"))
        note_source(tx.session, "sweep lan", now())
    scrape()
    known = {sample.name for family in text_string_to_metric_families(scrape()) for sample in family.samples}
    dashboard = json.loads((MONITORING / "grafana.json").read_text("utf-8"))
    asked = {name for panel in dashboard["panels"] for one in panel["targets"] for name in _NAME.findall(one["expr"])}
    rules = [line for line in (MONITORING / "alerts.yml").read_text("utf-8").splitlines() if "expr:" in line]
    asked |= {name for line in rules for name in _NAME.findall(line)}
    assert len(asked) > 12 and asked - known == set()
