"""The state of a relay: for its health check, and as metrics for Prometheus."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge

STALLED_AFTER_SECONDS = 30.0
"""A relay without progress for so long is unhealthy."""

_STANDING_BY = "another session holds the relay's lock; this relay waits for it"


class RelayStatus(NamedTuple):
    """The state of a relay at one moment.

    `position` is the last published one, `last_position` the store's last known one. `lag_events` is the
    difference, which is a few more than the unpublished events, since positions have gaps.
    `progress_at_seconds` is the monotonic clock at the last progress.
    """

    position: int
    last_position: int
    lag_events: int
    progress_at_seconds: float
    healthy: bool
    reason: str


class RelayHealth:
    """The relay's thread writes the state, and other threads read it."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._mutex = threading.Lock()
        self._position = 0
        self._last_position = 0
        self._progress_at_seconds = time.monotonic()
        self._phase = "starting"
        self._store_unavailable = False
        self._holder = ""
        self._lag_known = False
        self._foreign_records = 0
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
        self._foreign_gauge = Gauge(
            "casecore_relay_foreign_records",
            "Records of others at the end of the topics, which this relay passed over at its start.",
            registry=self.registry,
        )

    def standing_by(self, holder: str) -> None:
        """Another relay publishes; this one waits, and is well while that one makes progress.

        `holder` names its session, without what is nobody's business who asks for health.
        """
        with self._mutex:
            if not self._holder:
                self._progress_at_seconds = time.monotonic()
            self._phase, self._holder, self._store_unavailable = _STANDING_BY, holder, False

    def published_by_another(self, position: int | None, last_position: int) -> None:
        """On stand-by: the last published position, None if Kafka does not say; and the store's last one."""
        with self._mutex:
            self._last_position = last_position
            goes_on = position is not None and position > self._position
            if position is not None:
                self._position, self._lag_known = position, True
            lag = max(0, last_position - self._position)
            if not self._lag_known:
                return
            if goes_on or lag == 0:
                self._progress_at_seconds = time.monotonic()
        self._position_gauge.set(self._position)
        self._lag.set(lag)

    def store_unavailable(self) -> None:
        """PostgreSQL does not answer."""
        self._note("PostgreSQL does not answer; trying again", store_unavailable=True)

    def starting(self) -> None:
        """The relay holds the lock, and reads the topics."""
        self._note("finding out what is published")

    def passed_over(self, foreign_records: int) -> None:
        """At its start the relay passed over so many records that no relay wrote."""
        with self._mutex:
            self._foreign_records = foreign_records
        self._foreign_gauge.set(foreign_records)

    def publishing(self, position: int, last_position: int) -> None:
        """The log is published up to `position`; the store's last known position is `last_position`."""
        self._note("publishing")
        with self._mutex:
            self._position = position
            self._last_position = max(last_position, position)
            lag = self._last_position - position
        self._up.set(1)
        self._position_gauge.set(position)
        self._lag.set(lag)

    def committed(self, events: int) -> None:
        """A transaction of `events` events was committed."""
        self._transactions.inc()
        self._events.inc(events)

    def ended(self) -> None:
        """The relay has stopped publishing."""
        self._note("ended")
        self._up.set(0)

    def status(self) -> RelayStatus:
        """The relay's state now; may be called from any thread."""
        now = time.monotonic()
        with self._mutex:
            # A relay on stand-by knows what is published once it has looked.
            knows_the_lag = self._lag_known or not self._holder
            lag = max(0, self._last_position - self._position) if knows_the_lag else 0
            idle_seconds = now - self._progress_at_seconds
            stalled = idle_seconds > STALLED_AFTER_SECONDS
            reason = self._phase
            if self._holder and stalled and not self._lag_known:
                reason = (
                    f"Kafka has not said for {idle_seconds:.0f} s what is published, "
                    f"and {self._holder} holds the relay's lock"
                )
            elif self._holder and stalled:
                reason = (
                    f"nobody publishes: {lag} events have waited for {idle_seconds:.0f} s, "
                    f"and {self._holder} holds the relay's lock"
                )
            elif self._holder:
                reason += f" ({self._holder} holds the relay's lock)"
            elif stalled:
                reason = f"no progress for {idle_seconds:.0f} s ({self._phase}), {lag} events behind"
            if self._foreign_records:
                reason += f"; at its start it passed over {self._foreign_records} records of others"
            return RelayStatus(
                position=self._position,
                last_position=self._last_position,
                lag_events=lag,
                progress_at_seconds=self._progress_at_seconds,
                healthy=not (stalled or self._store_unavailable),
                reason=reason,
            )

    def check(self) -> tuple[bool, str]:
        """Whether the relay is healthy, and what it does, for a health check."""
        status = self.status()
        return status.healthy, status.reason

    def _note(self, phase: str, *, store_unavailable: bool = False) -> None:
        with self._mutex:
            self._phase = phase
            self._store_unavailable = store_unavailable
            self._holder = ""
            self._progress_at_seconds = time.monotonic()
