"""Requests and connections that were refused before the application: counted, and logged not too often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import structlog

from casecore.http.protection.request_heads import RefusedRequest

_log = structlog.get_logger()

_SECONDS_BETWEEN_LINES = 10


class Refusals:
    """Counts what was refused, by code.

    Each code has a line in the log at most every ten seconds, with how many there were since the last: a line
    for each would let an attacker fill the disk.
    """

    def __init__(
        self,
        seconds: Callable[[], float] = time.monotonic,
        on_refused: Callable[[RefusedRequest], None] = lambda _: None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._logged: dict[str, tuple[float, int]] = {}
        self._seconds = seconds
        self._on_refused = on_refused

    def __call__(self, refused: RefusedRequest) -> None:
        """Count one, and log it unless another of its kind was logged just now."""
        self.counts[refused.code] += 1
        self._on_refused(refused)
        now, count = self._seconds(), self.counts[refused.code]
        at, counted = self._logged.get(refused.code, (None, 0))
        if at is None or now - at >= _SECONDS_BETWEEN_LINES:
            self._logged[refused.code] = (now, count)
            _log.warning("refused", problem=refused.code, status=refused.status.value, count=count - counted)
