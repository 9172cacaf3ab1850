"""The options of uvicorn that bound connections."""

from __future__ import annotations

from functools import partial
from typing import Any

from casecore.http.protection.connections import ConnectionLimits, GuardedConnection
from casecore.http.protection.descriptors import connections_within, raise_descriptors
from casecore.http.protection.refusals import Refusals

_DEFAULT_LIMITS = ConnectionLimits()


def uvicorn_options(refusals: Refusals, limits: ConnectionLimits = _DEFAULT_LIMITS) -> dict[str, Any]:
    """Arguments of uvicorn.Config. It lets this process open more files first, where they need them."""
    fits = connections_within(limits.most, raise_descriptors(limits.most))
    within = limits._replace(most=fits.most, most_refused=min(limits.most_refused, fits.most_refused))
    return {
        "http": partial(GuardedConnection, limits=within, on_refused=refusals),
        "loop": "casecore.http.protection.loops:BoundedLoop",
        "ws": "none",
        "backlog": fits.backlog,
        "limit_concurrency": None,
        "timeout_keep_alive": within.idle_seconds,
        "log_level": "error",
        "date_header": True,
        "server_header": False,
    }
