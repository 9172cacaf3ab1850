"""What the API has answered, as metrics for Prometheus: by template of the path, never by who asked."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from casecore.http.problems import AnswerTooLate, ServerBusy, ServerEnds, TooManyRequests
from casecore.http.protection.exchange import AnsweredRequest
from casecore.http.protection.request_heads import REFUSED_REQUESTS, RefusedRequest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LIMITS = (TooManyRequests, ServerBusy, AnswerTooLate, ServerEnds)
"""What the guard answers to spare the server, its callers, or itself."""


class ApiMetrics:
    """Counts requests and how long they take; all but `registry` belongs to the event loop's thread."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._at_work = 0
        Gauge(
            "casecore_api_requests_at_work", "Requests that are being answered.", registry=self.registry
        ).set_function(lambda: self._at_work)
        requests = Counter(
            "casecore_api_requests",
            "Requests answered; the route is the template of their path, empty for one that nothing has.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        seconds = Histogram(
            "casecore_api_request_seconds",
            "From the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        refused = Counter(
            "casecore_api_refused",
            "Requests and connections refused before they have a route, by the code of their problem.",
            ("problem",),
            registry=self.registry,
        )
        limited = Counter(
            "casecore_api_limited",
            "Requests that a limit of the server ended, by the code of their problem.",
            ("problem",),
            registry=self.registry,
        )
        # Finding the series of some labels takes longer than counting in it.
        self._requests_of, self._seconds_of = cache(requests.labels), cache(seconds.labels)
        self._refused_of = {one.code: refused.labels(one.code) for one in REFUSED_REQUESTS}
        self._limited_of = {one.code: limited.labels(one.code) for one in _LIMITS}

    def begin(self) -> None:
        """A request begins; it is answered, or its connection ends, whatever happens."""
        self._at_work += 1

    def count(self, answered: AnsweredRequest) -> None:
        """A request was answered. Its status is 0 if its connection ended before the answer began."""
        self._at_work -= 1
        method = answered.method if answered.route else ""  # else everybody makes up series
        self._requests_of(method, answered.route, answered.status).inc()
        self._seconds_of(method, answered.route).observe(answered.seconds)
        if answered.problem in self._limited_of:
            self._limited_of[answered.problem].inc()

    def count_refused(self, refused: RefusedRequest) -> None:
        """A request or a connection was refused before the application heard of it."""
        self._refused_of[refused.code].inc()
