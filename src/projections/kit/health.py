"""How a runner fares: for the health check, and as Prometheus metrics."""

from __future__ import annotations

import time
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge

_SILENCE_LIMIT_SECONDS = 60
"""A runner's loop turns every second; a batch takes one at most, a rebuild's swap a few more."""


class RunnerStatus:
    """What the runner of one view reports; the health check may read it from another thread."""

    def __init__(self, view: str, registry: CollectorRegistry) -> None:
        self._lock = Lock()
        self._trouble = "it has not started yet"
        self._turned_at = time.monotonic()
        labels = ("view",)
        prefix = "casecore_projection_"
        self.events = Counter(
            prefix + "events", "Events folded into the view.", labels, registry=registry
        ).labels(view)
        self.repeats = Counter(
            prefix + "repeats",
            "Records ignored since their event was folded before.",
            labels,
            registry=registry,
        ).labels(view)
        self.batches = Counter(
            prefix + "batches", "Transactions committed.", labels, registry=registry
        ).labels(view)
        self.restarts = Counter(
            prefix + "restarts",
            "Times that the runner was fenced and started again.",
            labels,
            registry=registry,
        ).labels(view)
        self.lag = Gauge(
            prefix + "lag_records",
            "Records between the view and its topics' ends.",
            labels,
            registry=registry,
        ).labels(view)
        self.quarantined_keys = Gauge(
            prefix + "quarantined_keys", "Keys in quarantine.", labels, registry=registry
        ).labels(view)
        self.quarantined_records = Gauge(
            prefix + "quarantined_records", "Records in quarantine.", labels, registry=registry
        ).labels(view)
        self.partitions = Gauge(
            prefix + "partitions", "Partitions that this runner keeps.", labels, registry=registry
        ).labels(view)
        self._up = Gauge(
            prefix + "up", "1 while the runner folds, 0 while something is away.", labels, registry=registry
        ).labels(view)

    def well(self) -> None:
        """The loop has turned, and nothing is wrong."""
        self._set("")

    def troubled(self, what: str) -> None:
        """The loop has turned, but this is wrong; it tries again."""
        self._set(what)

    def health(self) -> tuple[bool, str]:
        """Whether the runner is well, and why not."""
        with self._lock:
            trouble, silent = self._trouble, time.monotonic() - self._turned_at
        if silent > _SILENCE_LIMIT_SECONDS:
            return False, f"the runner has not moved for {silent:.0f} s"
        return (not trouble), trouble or "ok"

    def _set(self, trouble: str) -> None:
        with self._lock:
            self._trouble = trouble
            self._turned_at = time.monotonic()
        self._up.set(0 if trouble else 1)
