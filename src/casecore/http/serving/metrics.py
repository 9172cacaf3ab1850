"""What the API has answered, as metrics for Prometheus: by template of the path, never by who asked."""

from __future__ import annotations

import time
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NOT_ANSWERED = 0
"""The status of a request whose connection ended before its answer began."""


class ApiMetrics:
    """Counts requests and how long they take."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._at_work = Gauge(
            "casecore_api_requests_at_work", "Requests that are being answered.", registry=self.registry
        )
        self._requests = Counter(
            "casecore_api_requests",
            "Requests answered; the route is the template of their path, empty for one that nothing has.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "casecore_api_request_seconds",
            "From the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        # Finding the series of some labels takes longer than counting in it.
        self._requests_of, self._seconds_of = cache(self._requests.labels), cache(self._seconds.labels)

    def counting(self, app: ASGIApp) -> ASGIApp:
        """The application, its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began, status = time.perf_counter(), _NOT_ANSWERED

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            self._at_work.inc()
            try:
                await app(scope, receive, answer)
            finally:
                self._at_work.dec()
                self._answered(scope, status, time.perf_counter() - began)

        return counted

    def _answered(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "")
        method = scope["method"] if route else ""  # else everybody makes up series
        self._requests_of(method, route, status).inc()
        self._seconds_of(method, route).observe(seconds)
