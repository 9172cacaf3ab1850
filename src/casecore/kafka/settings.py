"""How every client connects: the one place for addresses, limits and, one day, security."""

from __future__ import annotations

from typing import Any

ANSWER_LIMIT_MS = 10_000
"""For what an operator, or a start, asks."""

REQUEST_LIMIT_MS = 6_000
"""For what is asked on the way: longer than a broker needs to be back after a hard kill, nearly always."""

LOOK_LIMIT_MS = 2_000
"""For what a runner asks beside its work: a stop, and a health check, wait for it."""


def connection(bootstrap: str) -> dict[str, Any]:
    """The settings of kafka-python that every client has; `bootstrap` is host:port,…."""
    return {
        "bootstrap_servers": bootstrap,
        "bootstrap_timeout_ms": REQUEST_LIMIT_MS,
        "reconnect_backoff_max_ms": 1_000,
    }
