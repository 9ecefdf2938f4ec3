"""The service in numbers, for Prometheus: what its rows tell, and how long its answers take."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from netreg.registry.measures import BUCKETS, Measures, PointMeasure, measure
from netreg.store.base import now
from netreg.store.transaction import Store

log = logging.getLogger("netreg.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE"})
# Asked for by machines every few seconds, or with every page: told only when something is wrong, or when asked for.
_QUIET = frozenset({"static", "bootstrap.static", "health.alive", "health.ready", "metrics"})
ANSWERS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Gauges(Collector):
    """Reads the rows at each scrape, so that of several processes any one tells for all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        with self._store.reading() as session:
            found = measure(session, now())
        yield InfoMetricFamily("netreg_build", "What runs here.", value={"version": version("netreg")})
        yield from _of_points(found.points)
        yield _of_pushes(found)
        yield from _of_work(found)
        yield from _of_people(found)


def _labelled(
    name: str, about: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _of_points(points: tuple[PointMeasure, ...]) -> Iterator[Metric]:
    one = ("point",)
    yield _labelled("netreg_point_state", "1 for the state that a point is in.", ("point", "state"),
                    (((it.name, it.state), 1) for it in points))  # fmt: skip
    yield _labelled("netreg_point_verified_age_seconds", "Since a point was last read back as wanted.", one,
                    (((it.name,), it.verified_age) for it in points if it.verified_age is not None))  # fmt: skip
    yield _labelled("netreg_point_pending_changes", "Entries wanted at a point that are not verified there yet, or no "
                    "longer wanted.", ("point", "change"),
                    (((it.name, what), count) for it in points
                     for what, count in (("add", it.to_add), ("remove", it.to_remove))))  # fmt: skip
    yield _labelled("netreg_point_drift_entries", "Entries on a point that somebody made by hand.", one,
                    (((it.name,), it.strays) for it in points))  # fmt: skip
    yield _labelled("netreg_point_failures", "Passes in a row that failed at a point.", one,
                    (((it.name,), it.failures) for it in points))  # fmt: skip


def _of_pushes(found: Measures) -> Metric:
    family = HistogramMetricFamily("netreg_push_duration_seconds", "How long verified pushes took, of those kept.")
    told = [(str(limit), float(count)) for limit, count in zip(BUCKETS, found.pushes.up_to, strict=True)]
    family.add_metric([], [*told, ("+Inf", found.pushes.count)], found.pushes.seconds)
    return family


def _of_work(found: Measures) -> Iterator[Metric]:
    yield _labelled("netreg_deliveries", "Work owed to the outside.", ("kind", "state"),
                    (((kind, state), count) for kind, queue in found.queues.items()
                     for state, count in (("waiting", queue.waiting), ("failed", queue.failed))))  # fmt: skip
    yield _labelled("netreg_delivery_overdue_seconds", "For how long the oldest work of a kind has been due.",
                    ("kind",), (((kind,), queue.overdue) for kind, queue in found.queues.items()))  # fmt: skip
    yield _labelled("netreg_alerts_open", "Alerts that are not closed.", ("kind",),
                    (((kind,), count) for kind, count in found.alerts.items()))  # fmt: skip
    yield _labelled("netreg_source_age_seconds", "Since a source of sightings last saw something.", ("source",),
                    (((name,), age) for name, age in found.sources.items() if age is not None))  # fmt: skip
    yield CounterMetricFamily("netreg_audit_events", "Events in the audit log.", value=found.events)


def _of_people(found: Measures) -> Iterator[Metric]:
    yield _labelled("netreg_devices", "Devices by their right to be on the network.", ("kind", "state"),
                    (((kind, state), count) for (kind, state), count in found.devices.items()))  # fmt: skip
    yield _labelled("netreg_requests_open", "Requests under way.", ("procedure",),
                    (((code,), count) for code, count in found.open_tickets.items()))  # fmt: skip
    yield GaugeMetricFamily("netreg_requests_overdue", "Requests past their term.", value=found.overdue_tickets)


class Meter:
    """The figures of one portal with its API."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(Gauges(store))
        self.answers = Histogram(
            "netreg_http_request_duration_seconds", "How long answers took.", ("method", "route", "status"),
            buckets=ANSWERS, registry=self.registry,
        )  # fmt: skip

    def watch(self, app: Flask, prefix: str = "") -> None:
        """Time every answer of this application, by its route: an address may name a person or a device."""

        def begin() -> None:
            g.began = time.perf_counter()

        def finish(answer: Response) -> Response:
            route = prefix + request.url_rule.rule if request.url_rule is not None else "none"
            method = request.method if request.method in METHODS else "other"
            seconds = time.perf_counter() - g.began
            self.answers.labels(method, route, f"{answer.status_code // 100}xx").observe(seconds)
            said = {"method": method, "route": route, "status": answer.status_code, "ms": round(seconds * 1000, 1)}
            log.log(_level(request.endpoint, answer), "answered", extra=said)
            return answer

        app.before_request_funcs.setdefault(None, []).insert(0, begin)
        app.after_request(finish)

    def told(self) -> Response:
        """Everything, in the format that Prometheus reads."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)


def _level(endpoint: str | None, answer: Response) -> int:
    if answer.status_code >= 500:
        return logging.ERROR
    return logging.DEBUG if endpoint in _QUIET and answer.status_code < 400 else logging.INFO
