"""File descriptors: how many connections this process can have open without running out of them."""

from __future__ import annotations

import resource
from typing import NamedTuple

_OTHERS = 256
"""What else is open: sessions of PostgreSQL, files, logs, and the event loop's own."""
_FEWEST = 16


class OpenConnections(NamedTuple):
    """How many connections may be open, how many more while they are refused, and how many may wait."""

    most: int
    most_refused: int
    backlog: int


def connections_within(most: int, descriptors: int) -> OpenConnections:
    """As many connections as wanted, or as this number of descriptors allows.

    The loop accepts all that wait before it closes one, so that the backlog counts too.
    """
    left = max(descriptors - _OTHERS, 4 * _FEWEST)
    spare = min(max(left // 8, _FEWEST), 250)
    backlog = min(max(left // 8, _FEWEST), 2048)
    return OpenConnections(max(min(most, left - spare - backlog), _FEWEST), spare, backlog)


def raise_descriptors(connections: int) -> int:
    """Let this process open as many files as it needs, or as it may; returns how many it may open now."""
    needed = connections + connections // 4 + 2048 + _OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
        except (OSError, ValueError):
            return soft
        return needed
    return needed if soft == resource.RLIM_INFINITY else soft
