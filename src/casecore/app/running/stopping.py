"""The end of what goes on until it is stopped."""

from __future__ import annotations

import signal
from threading import Event


def stop_on_signals() -> Event:
    """An event that SIGTERM and SIGINT set from now on. Must be called from the main thread."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
