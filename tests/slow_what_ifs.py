"""What-ifs that take as long as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from casecore.app.service_levels import what_if_runs

SHARE = 0.42
"""So far they are meanwhile."""


@contextmanager
def slow_what_ifs(patched: pytest.MonkeyPatch) -> Iterator[Event]:
    """Trying a policy takes until the event is set, or the block or the run ends."""
    may_end, real = Event(), what_if_runs.what_if_seen

    def tries(*given: Any) -> Any:
        hear: Callable[[float], None] = given[-1]
        hear(SHARE)
        while not may_end.wait(0.005):
            hear(SHARE)
        return real(*given)

    patched.setattr(what_if_runs, "what_if_seen", tries)
    try:
        yield may_end
    finally:
        may_end.set()
