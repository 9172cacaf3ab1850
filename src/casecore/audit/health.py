"""How the following audit fares, and what it has found: for its health check, its metrics and its log."""

from __future__ import annotations

import time
from threading import Lock

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from casecore.health.saying import said_of

LOGGED_DIFFERENCES = 100
"""Differences of which each gets a line in the log; a store that was restored may lead to millions."""

REMEMBERED_DIFFERENCES = 10_000
"""Places of views that are counted once, however often they are looked at; some MB at most."""

SILENCE_LIMIT_SECONDS = 300.0
"""A turn takes a second or a few; one with the largest keys rests for a minute or two after it."""

_log = structlog.get_logger(__name__)


class AuditHealth:
    """What the audit's thread notes and other threads ask for. What differs stays until the process ends."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._mutex = Lock()
        self._trouble = "it has not started yet"
        self._reason = ""
        self._turned_at = time.monotonic()
        self._first = ""
        self.differences = 0
        """How many differences were found."""
        self._seen: set[tuple[str, str]] = set()
        self._up = self._gauge("up", "1 while the audit goes on, 0 while something is away.")
        self._position = self._gauge("position", "Position of the log up to which all was compared.")
        self._lag = self._gauge("lag_events", "Positions of the log that are not compared yet.")
        self._waiting = self._gauge("waiting_events", "Events read whose records are not published yet.")
        self._turned = self._gauge("turned_at_seconds", "When it last compared, in seconds since 1970.")
        self._beginnings = self._gauge("beginnings", "Times that it began with the first event.")
        self._events = Counter(
            "casecore_audit_events", "Events whose record was as it must be.", registry=self.registry
        )
        self._compared = 0
        self._rounds = self._gauge("rounds", "Times that all keys of the log were looked at.")
        self._found = Gauge(
            "casecore_audit_differences",
            "Differences found since the process began; stays until it ends.",
            ("where",),
            registry=self.registry,
        )
        self._keys = self._counter("keys", "Keys of a view that were compared with the log.")
        self._left_out = self._counter("keys_left_out", "Keys too large, or with a record left out.")
        self._found.labels("topics").set(0)

    def followed(self, position: int, lag: int, waiting: int, compared: int, beginnings: int) -> None:
        """How far log and topics are compared."""
        self._position.set(position)
        self._lag.set(lag)
        self._waiting.set(waiting)
        self._events.inc(compared - self._compared)
        self._compared = compared
        self._beginnings.set(beginnings)

    def looked(self, view: str, keys: int, left_out: int) -> None:
        """Some keys of a view were compared."""
        self._keys.labels(view).inc(keys)
        self._left_out.labels(view).inc(left_out)
        self._found.labels(view).inc(0)

    def rounds(self, rounds: int) -> None:
        """All keys of the log have been looked at so often."""
        self._rounds.set(rounds)

    def differs(self, where: str, place: str, store: str, there: str) -> None:
        """Something differs in the topics or in a view; the same place of a view counts once."""
        with self._mutex:
            if where != "topics":
                if (where, place) in self._seen:
                    return
                if len(self._seen) < REMEMBERED_DIFFERENCES:
                    self._seen.add((where, place))
            self.differences += 1
            count = self.differences
            self._first = self._first or f"{place}: the store has {store}, {where} {there}"
        self._found.labels(where).inc()
        if count <= LOGGED_DIFFERENCES:
            side = {"topic": there} if where == "topics" else {"view": there}
            _log.error("audit.difference", where=where, place=place, store=store, **side)
        if count == LOGGED_DIFFERENCES:
            _log.error("audit.further_differences_are_only_counted")

    def well(self) -> None:
        """A turn is done."""
        self._reason = ""
        self._turned.set(time.time())
        self._set("")

    def troubled(self, *errors: Exception) -> None:
        """A turn was broken off; the next one goes on."""
        reason = "; ".join(dict.fromkeys(map(str, errors)))
        if reason != self._reason:
            _log.warning("audit.waits", reason=reason)
        self._reason = reason
        self._set("; ".join(dict.fromkeys(map(said_of, errors))))

    def check(self) -> tuple[bool, str]:
        """Whether the audit is well and nothing differs, and what it has found; for any thread."""
        with self._mutex:
            silent_seconds = time.monotonic() - self._turned_at
            if self.differences:
                return False, f"differences: {self.differences}; the first: {self._first}"
            if silent_seconds > SILENCE_LIMIT_SECONDS:
                return False, f"the audit has not moved for {silent_seconds:.0f} s"
            return not self._trouble, self._trouble or "no difference"

    def _set(self, trouble: str) -> None:
        with self._mutex:
            self._trouble = trouble
            self._turned_at = time.monotonic()
        self._up.set(0 if trouble else 1)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"casecore_audit_{name}", meaning, registry=self.registry)

    def _counter(self, name: str, meaning: str) -> Counter:
        return Counter(f"casecore_audit_{name}", meaning, ("view",), registry=self.registry)
