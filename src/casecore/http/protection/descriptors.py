"""File descriptors: how many connections this process can have open without running out of them."""

from __future__ import annotations

import resource
from typing import NamedTuple

_OTHERS = 256
"""What else is open: sessions of PostgreSQL, files, logs, and the event loop's own."""
_FEWEST = 16
_MOST_SPARE = 250
_BACKLOGS = range(128, 2048 + 1)


class OpenConnections(NamedTuple):
    """How many connections may be open, how many more while they are refused, and how many may wait."""

    most: int
    most_refused: int
    backlog: int


def connections_within(most: int, descriptors: int) -> OpenConnections:
    """As many connections as wanted, or as this number of descriptors allows.

    The loop may accept all that wait before it closes one: an eighth is kept for them. Should that not do, it
    still has one descriptor of its own, with which it accepts and closes (libuv does so).
    """
    left = max(descriptors - _OTHERS, 4 * _FEWEST)
    eighth = left // 8
    spare = min(eighth, _MOST_SPARE)
    backlog = min(max(eighth, _BACKLOGS[0]), _BACKLOGS[-1])
    return OpenConnections(min(most, left - spare - min(eighth, backlog)), spare, backlog)


def raise_descriptors(connections: int) -> int:
    """Let this process open as many files as it needs, or as it may; returns how many it may open now."""
    needed = connections + _MOST_SPARE + _BACKLOGS[-1] + connections // 4 + _OTHERS
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
