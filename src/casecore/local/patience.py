"""A part of the supervisor: a program that keeps failing is tried again every few seconds, for ever.

The supervisor alone waits one second more after each failure, without a bound.
"""

from __future__ import annotations

from supervisor import events

_LONGEST_WAIT_SECONDS = 5


class Patience:
    """What the supervisor loads as an interface; it answers no calls of its own."""


def make(_supervisord: object) -> Patience:
    """Bound the wait before the next try; called by the supervisor when it starts."""
    events.subscribe(events.ProcessStateBackoffEvent, _bound)
    return Patience()


def _bound(event: events.ProcessStateBackoffEvent) -> None:
    # The supervisor adds one to this at the next failure, and waits that many seconds.
    event.process.backoff = min(event.process.backoff, _LONGEST_WAIT_SECONDS - 1)
