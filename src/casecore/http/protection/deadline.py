"""A deadline on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls a function when it has passed, unless it was stopped or started from the beginning."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started, and neither stopped nor passed."""
        return self._timer is not None

    def start(self, seconds: float, passed: Callable[[], object]) -> None:
        """From now on, in place of what was started before."""
        self.stop()
        self._timer = self._loop.call_later(seconds, self._pass, passed)

    def stop(self) -> None:
        """It does not matter any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass(self, passed: Callable[[], object]) -> None:
        self._timer = None
        passed()
