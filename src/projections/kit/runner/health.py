"""How a runner fares: for the health check, and as Prometheus metrics."""

from __future__ import annotations

import time
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge

from projections.kit.fold.outcome import FoldOutcome

_SILENCE_LIMIT_SECONDS = 60
"""A runner's loop takes a second; a batch takes one at most, a rebuild's swap a few more."""


class RunnerMetrics:
    """The metrics of all runners of a process, each view a label of its own; made once for a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, meaning: str) -> Counter:
            return Counter(f"casecore_projection_{name}", meaning, ("view",), registry=registry)

        def gauge(name: str, meaning: str) -> Gauge:
            return Gauge(f"casecore_projection_{name}", meaning, ("view",), registry=registry)

        self.events = counter("events", "Events folded into the view.")
        self.repeats = counter("repeats", "Records ignored since their event was folded before.")
        self.batches = counter("batches", "Transactions committed.")
        self.restarts = counter("restarts", "Times that the runner was fenced and started again.")
        self.lag = gauge("lag_records", "Records between the view and its topics' ends.")
        self.quarantined_keys = gauge("quarantined_keys", "Keys in quarantine.")
        self.quarantined_records = gauge("quarantined_records", "Records in quarantine.")
        self.partitions = gauge("partitions", "Partitions that this runner keeps.")
        self.up = gauge("up", "1 while the runner folds, 0 while something is away.")


class RunnerStatus:
    """What the runner of one view reports; the health check may read it from another thread."""

    def __init__(self, view: str, metrics: RunnerMetrics) -> None:
        self._lock = Lock()
        self._trouble = "it has not started yet"
        self._alive_at = time.monotonic()
        self.events = metrics.events.labels(view)
        self.repeats = metrics.repeats.labels(view)
        self.batches = metrics.batches.labels(view)
        self.restarts = metrics.restarts.labels(view)
        self.lag = metrics.lag.labels(view)
        self.quarantined_keys = metrics.quarantined_keys.labels(view)
        self.quarantined_records = metrics.quarantined_records.labels(view)
        self.partitions = metrics.partitions.labels(view)
        self._up = metrics.up.labels(view)

    def well(self) -> None:
        """The loop goes round, and nothing is wrong."""
        self._set("")

    def troubled(self, what: str) -> None:
        """The loop goes round, but this is wrong; the runner tries again."""
        self._set(what)

    def settled(self, outcome: FoldOutcome) -> None:
        """A batch was committed."""
        self.events.inc(outcome.applied)
        self.repeats.inc(outcome.repeated)
        self.batches.inc()

    def behind(self, records: int) -> None:
        """So many records are between the view and its topics' ends."""
        self.lag.set(records)

    def keeps(self, partitions: int) -> None:
        """This runner keeps so many partitions."""
        self.partitions.set(partitions)

    def parked(self, keys: int, records: int) -> None:
        """So much is in quarantine."""
        self.quarantined_keys.set(keys)
        self.quarantined_records.set(records)

    def health(self) -> tuple[bool, str]:
        """Whether the runner is well, and why not."""
        with self._lock:
            trouble, silent = self._trouble, time.monotonic() - self._alive_at
        if silent > _SILENCE_LIMIT_SECONDS:
            return False, f"the runner has not moved for {silent:.0f} s"
        return (not trouble), trouble or "ok"

    def _set(self, trouble: str) -> None:
        with self._lock:
            self._trouble = trouble
            self._alive_at = time.monotonic()
        self._up.set(0 if trouble else 1)
