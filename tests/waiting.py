"""Waiting in a test until something holds: never a pause of a guessed length.

All limits of waiting are the one here. It only matters where something is broken, so it is one that a machine
keeps which is busy with twenty times as much other work.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_SECONDS = 300


def wait_until(
    condition: Callable[[], object],
    what: str,
    limit_seconds: float = LIMIT_SECONDS,
    pause_seconds: float = 0.05,
) -> None:
    """Return when the condition holds.

    Raises AssertionError, which says what was missing, after the limit.
    """
    give_up_at = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {limit_seconds:g} seconds: {what}"
        time.sleep(pause_seconds)


def let_pass(seconds: float) -> None:
    """Return after so many seconds: only for a test of which the elapsed time itself is a part."""
    until = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= until, "the time passes", seconds + 5)
