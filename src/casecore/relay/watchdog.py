"""A time limit for steps that have none of their own: a step that takes too long ends the whole process.

Kafka's commit and abort wait for ever if a request is lost. The process cannot interrupt them, but it
can end, and the next one finds out what was published.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

WATCHDOG_LIMIT_SECONDS = 25.0
"""Above every limit of Kafka's client (20 s), so that the client's own error comes first."""

WATCHDOG_EXIT_CODE = 4

_log = structlog.get_logger(__name__)


class Watchdog:
    """A thread that ends the process when the guarded step of another thread takes too long."""

    def __init__(self, limit_seconds: float = WATCHDOG_LIMIT_SECONDS) -> None:
        self._limit_seconds = limit_seconds
        self._changed = threading.Condition()
        self._step = ""
        self._ends_at: float | None = None
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def guard(self, step: str) -> Iterator[None]:
        """End the process with WATCHDOG_EXIT_CODE unless the block is left within the limit."""
        with self._changed:
            self._step, self._ends_at = step, time.monotonic() + self._limit_seconds
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._ends_at = None

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                if self._ends_at is None:
                    self._changed.wait()
                elif now < self._ends_at:
                    self._changed.wait(self._ends_at - now)
                else:
                    _log.error("relay.stuck", step=self._step, limit_seconds=self._limit_seconds)
                    os._exit(WATCHDOG_EXIT_CODE)
