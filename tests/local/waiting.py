"""Waiting in a test for something to become true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], limit_seconds: float = 30) -> None:
    """Return when `condition` holds; raises AssertionError after the limit."""
    give_up_at = time.monotonic() + limit_seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at, "the condition did not come true in time"
        pause.wait(0.05)
