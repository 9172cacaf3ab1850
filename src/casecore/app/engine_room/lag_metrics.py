"""How far relay and views are behind, as metrics; measured beside them, since what has ended says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog
from prometheus_client import CollectorRegistry, Gauge

from casecore.app.application import Application
from casecore.app.engine_room.lag import BehindLog, Lags, lag_now
from casecore.errors.kinds import CasecoreError

EVERY_SECONDS = 5.0
_RESTS_AT_LEAST = 4
"""Times as long as measuring took: with very much behind, that takes seconds."""
_END_LIMIT_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class LagMetrics:
    """How long the oldest event has waited for the relay, and for each view. One thread's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._since: dict[str, datetime] = {}
        self._seconds = Gauge(
            "casecore_lag_seconds",
            "How long the oldest event has been stored that the relay has not published, or that the view "
            "does not have; 0 if there is none.",
            ("part",),
            registry=registry,
        )
        self._measured_at = Gauge(
            "casecore_lag_measured_at_seconds",
            "When the lag was last measured, in seconds since 1970.",
            registry=registry,
        )
        self._seconds.labels("relay").set(0)

    def measured(self, lags: Lags) -> None:
        """Relay and views are so far behind."""
        self._note("relay", lags.relay.behind, lags.looked_at)
        for view in lags.views:
            self._note(view.view, view.behind, lags.looked_at)
        self._measured_at.set(lags.looked_at.timestamp())

    def _note(self, part: str, behind: BehindLog | None, at: datetime) -> None:
        if behind is not None and not behind.events:
            self._since.pop(part, None)
        elif behind is not None and behind.seconds is not None:
            self._since[part] = at - timedelta(seconds=behind.seconds)
        else:  # there is no view, or too much to say since when: since it was last known, at least
            self._since.setdefault(part, at)
        self._seconds.labels(part).set((at - self._since.get(part, at)).total_seconds())


@contextmanager
def lag_measured(app: Application, registry: CollectorRegistry, stop: Event) -> Iterator[None]:
    """Measure the lag in a thread of its own for as long as the block lasts; `stop` is set at its end."""
    measuring = Thread(target=_measure, args=(app, LagMetrics(registry), stop), name="lag", daemon=True)
    measuring.start()
    try:
        yield
    finally:
        stop.set()
        measuring.join(_END_LIMIT_SECONDS)


def _measure(app: Application, metrics: LagMetrics, stop: Event) -> None:
    trouble = ""
    while not stop.is_set():
        began_at = time.monotonic()
        try:
            metrics.measured(lag_now(app, None))
            trouble = ""
        except CasecoreError as error:
            if str(error) != trouble:
                _log.warning("lag.not_measured", reason=str(error))
            trouble = str(error)
        stop.wait(max(EVERY_SECONDS, _RESTS_AT_LEAST * (time.monotonic() - began_at)))
