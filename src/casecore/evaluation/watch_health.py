"""How the watch of service levels fares: for its health check, its metrics and its log."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from threading import Lock

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from casecore.errors.kinds import CasecoreError
from casecore.health.saying import said_of

STALLED_AFTER_SECONDS = 300.0
"""A page of cases takes seconds, also where each has thousands of events."""

DUE_SOON = timedelta(minutes=30)
"""Time for somebody to take a case before one of its clocks is missed."""

_log = structlog.get_logger(__name__)


class WatchHealth:
    """What the watch's thread notes and other threads ask for."""

    def __init__(self, every_seconds: float, registry: CollectorRegistry | None = None) -> None:
        """The watch rests for `every_seconds` between two looks."""
        self.registry = registry if registry is not None else CollectorRegistry()
        self._limit_seconds = STALLED_AFTER_SECONDS + every_seconds
        self._mutex = Lock()
        self._is_well = False
        self._reason = "it has not looked yet"
        self._trouble = ""
        self._moved_at = time.monotonic()
        self._up = Gauge(
            "casecore_watch_up",
            "1 while the watch looks, 0 while something is unavailable.",
            registry=self.registry,
        )
        self._looked_at = Gauge(
            "casecore_watch_looked_at_seconds",
            "As of when it last looked at all cases, in seconds since 1970.",
            registry=self.registry,
        )
        self._looks = Counter("casecore_watch_looks", "Looks at all cases.", registry=self.registry)
        self._events = Counter(
            "casecore_watch_events", "Warnings, misses and withdrawals recorded.", registry=self.registry
        )
        self._left_out = Gauge(
            "casecore_watch_cases_left_out",
            "Cases that only a newer program can read.",
            registry=self.registry,
        )
        self._due_soon_unassigned = Gauge(
            "casecore_watch_cases_due_soon_unassigned",
            f"Cases without an agent of which a clock falls due within {DUE_SOON // timedelta(minutes=1)} "
            "minutes.",
            registry=self.registry,
        )

    def moved(self, events: int = 0) -> None:
        """The look goes on; so many more events are recorded."""
        self._events.inc(events)
        with self._mutex:
            self._moved_at = time.monotonic()

    def looked(self, at: datetime, events: int, *, left_out: int) -> None:
        """All cases were looked at, as of an instant; it recorded so many events."""
        self._looks.inc()
        self._looked_at.set(at.timestamp())
        self._left_out.set(left_out)
        self._set(f"looked last at {at:%Y-%m-%d %H:%M:%S} UTC, and recorded {events:,} events", is_well=True)

    def due_soon_unassigned(self, cases: int) -> None:
        """So many cases have no agent, and a clock that falls due within DUE_SOON."""
        self._due_soon_unassigned.set(cases)

    def recording(self, misses: int) -> None:
        """It records misses of long ago, which may take a while."""
        self._set(f"recording {misses:,} misses of long ago", is_well=True)

    def troubled(self, error: CasecoreError) -> None:
        """A look was broken off; the next one begins again."""
        if str(error) != self._trouble:
            _log.warning("watch.waits", reason=str(error))
        self._set(said_of(error), is_well=False)
        self._trouble = str(error)

    def check(self) -> tuple[bool, str]:
        """Whether the watch is well, and when it looked last; for any thread."""
        with self._mutex:
            silent_seconds = time.monotonic() - self._moved_at
            if silent_seconds > self._limit_seconds:
                return False, f"the watch has not moved for {silent_seconds:.0f} s ({self._reason})"
            return self._is_well, self._reason

    def _set(self, reason: str, *, is_well: bool) -> None:
        with self._mutex:
            self._is_well = is_well
            self._trouble = ""
            self._reason = reason
            self._moved_at = time.monotonic()
        self._up.set(int(is_well))
