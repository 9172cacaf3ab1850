"""How a relay is doing: for its health check, and as metrics for Prometheus."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge

STALLED_AFTER_SECONDS = 30.0
"""A relay that has something to publish and published nothing for so long is not well."""


class RelayStatus(NamedTuple):
    """How a relay is doing at one moment.

    `position` is the last published one, `last_position` the store's last known; `lag_events` is the
    difference, which is at most a few more than the events that wait, since positions have gaps.
    `progress_at_seconds` is the monotonic clock at the last progress.
    """

    position: int
    last_position: int
    lag_events: int
    progress_at_seconds: float
    healthy: bool
    reason: str


class RelayHealth:
    """What the relay's thread notes and other threads ask for."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._mutex = threading.Lock()
        self._position = 0
        self._last_position = 0
        self._progress_at_seconds = time.monotonic()
        self._phase = "starting"
        self._away = False
        self._up = Gauge("casecore_relay_up", "1 while this relay publishes.", registry=self.registry)
        self._position_gauge = Gauge(
            "casecore_relay_position", "Last position of the log that is published.", registry=self.registry
        )
        self._lag = Gauge(
            "casecore_relay_lag_events",
            "Positions of the log that are not published yet.",
            registry=self.registry,
        )
        self._transactions = Counter(
            "casecore_relay_transactions", "Transactions committed.", registry=self.registry
        )
        self._events = Counter("casecore_relay_events", "Events published.", registry=self.registry)

    def standing_by(self) -> None:
        """Another relay runs; this one is well, and waits."""
        self._note("another relay publishes; this one waits for its turn", away=False)

    def store_away(self) -> None:
        """PostgreSQL does not answer."""
        self._note("PostgreSQL does not answer; trying again", away=True)

    def starting(self) -> None:
        """The lock is taken, and the topics are looked at."""
        self._note("finding out what is published", away=False)

    def publishing(self, position: int, last_position: int) -> None:
        """The log is published up to `position`; the store's last known one is `last_position`."""
        self._note("publishing", away=False)
        with self._mutex:
            self._position = position
            self._last_position = max(last_position, position)
            lag = self._last_position - position
        self._up.set(1)
        self._position_gauge.set(position)
        self._lag.set(lag)

    def committed(self, events: int) -> None:
        """A transaction with so many events was committed."""
        self._transactions.inc()
        self._events.inc(events)

    def ended(self) -> None:
        """The relay publishes no more."""
        self._note("ended", away=False)
        self._up.set(0)

    def status(self) -> RelayStatus:
        """How the relay is doing now; may be called from any thread."""
        now = time.monotonic()
        with self._mutex:
            lag = self._last_position - self._position
            idle_seconds = now - self._progress_at_seconds
            stalled = idle_seconds > STALLED_AFTER_SECONDS
            reason = self._phase
            if stalled:
                reason = f"no progress for {idle_seconds:.0f} s ({self._phase}), {lag} events behind"
            return RelayStatus(
                position=self._position,
                last_position=self._last_position,
                lag_events=lag,
                progress_at_seconds=self._progress_at_seconds,
                healthy=not (stalled or self._away),
                reason=reason,
            )

    def check(self) -> tuple[bool, str]:
        """Whether the relay is well, and what it is doing, for a health check."""
        status = self.status()
        return status.healthy, status.reason

    def _note(self, phase: str, *, away: bool) -> None:
        with self._mutex:
            self._phase = phase
            self._away = away
            self._progress_at_seconds = time.monotonic()
