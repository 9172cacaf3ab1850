"""A plug-in of the supervisor that bounds its backoff: a failing program is restarted every few seconds.

Without it the supervisor waits one second more after each failure, without a bound.
"""

from __future__ import annotations

from supervisor import events

_LONGEST_PAUSE_SECONDS = 5


class RestartBackoff:
    """What the supervisor loads as an RPC interface; it has no methods of its own."""


def make(_supervisord: object) -> RestartBackoff:
    """Bound the pause before the next restart; the supervisor calls this when it starts."""
    events.subscribe(events.ProcessStateBackoffEvent, _bound)
    return RestartBackoff()


def _bound(event: events.ProcessStateBackoffEvent) -> None:
    # At the next failure the supervisor adds one to this number, and pauses for that many seconds.
    event.process.backoff = min(event.process.backoff, _LONGEST_PAUSE_SECONDS - 1)
