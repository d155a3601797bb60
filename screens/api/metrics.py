"""Metrics for Prometheus: requests, their duration and status, and what the ledger counts. They hold no figure and no
name of a person."""

import time
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerts.counters import HELP, Sample


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "ioc_http_requests_total", "Answers", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "ioc_http_request_seconds",
            "Time until the answer began",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.listeners = Gauge("ioc_event_listeners", "Open streams of events", registry=self.registry)
        self.version = Gauge("ioc_data_version", "Data version", registry=self.registry)

    def text(self, samples: Iterable[Sample]) -> bytes:
        """In the text format of Prometheus, with what the ledger counts."""
        of_ledger = CollectorRegistry()
        of_ledger.register(_Ledger(samples))
        return generate_latest(self.registry) + generate_latest(of_ledger)


class _Ledger(Collector):
    """What the ledger counts, as Prometheus' client takes it."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    def collect(self) -> Iterator[Metric]:
        for name, help_ in HELP.items():
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            own = [sample for sample in self._samples if sample.metric == name]
            if own:
                metric = kind(name, help_, labels=list(own[0].labels))
                for sample in own:
                    metric.add_metric(list(sample.labels.values()), sample.value)
                yield metric


class MetricsMiddleware:
    """ASGI middleware that counts answers by the route's template, so that no address becomes a label."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        metrics: Metrics = scope["app"].state.metrics
        began = time.perf_counter()

        def count(status: int) -> None:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
            metrics.requests.labels(method, route, status).inc()
            metrics.seconds.labels(route).observe(time.perf_counter() - began)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            count(500)
            raise
