"""Waiting until a view has what the log held when one was first asked; after a limit, what it lacks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Protocol
from uuid import UUID

from casecore.app.freshness.result import Freshness, OnWait
from casecore.app.freshness.search import MOST_INCOMPLETE, LogAndView, find_awaited, lacking
from projections.kit.reading.standing import StreamStanding

WAIT_IS_SAID_AFTER_SECONDS = 0.5
RUNNER_IS_MISSED_AFTER_SECONDS = 1.0
"""A view whose runner is not there is not waited for any longer: a runner that is started again is there
within this time."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _PAUSE_GROWS_BY = 0.01, 0.2, 1.5


class AwaitedView(LogAndView, Protocol):
    """The same, as it is asked while it is waited for."""

    name: str

    @property
    def head_recorded_at(self) -> datetime | None:
        """When the log's last event was recorded; None for an empty log."""

    def again(self, streams: Sequence[StreamStanding]) -> list[StreamStanding]:
        """These streams as the view has them by now."""

    def has_runner(self) -> bool:
        """Whether a runner may be at work on it."""

    def recorded_before(self, events: Sequence[tuple[UUID, int]]) -> datetime | None:
        """When the last event was recorded that was recorded before all of these."""

    def parked(self) -> tuple[str, ...]:
        """The names of what is in quarantine while events of it are stored that the view lacks."""


class Pauses(Protocol):
    """The clock that waiting goes by."""

    def now(self) -> float:
        """Seconds, rising."""

    def pause(self, seconds: float) -> None:
        """Let so many seconds pass."""


class RealPauses:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


def wait_for_view(
    view: AwaitedView, limit_seconds: float, on_wait: OnWait, pauses: Pauses | None = None
) -> Freshness:
    """How new a view is, once it has all that it was asked for, or after the limit.

    It ends earlier where no runner is there that could bring the rest.
    """
    if _has_all_in_time(view, limit_seconds, on_wait, pauses or RealPauses()):
        return Freshness(view.head_recorded_at, 0, view.parked())
    missing = lacking(view.incomplete())
    if not missing:  # it came a moment after the limit
        return Freshness(view.head_recorded_at, 0, view.parked())
    events = sum(stream.missing for stream in missing)
    if len(missing) >= MOST_INCOMPLETE:
        return Freshness(None, events, view.parked(), at_least=True)
    as_of = view.recorded_before([(stream.stream_id, stream.folded + 1) for stream in missing])
    return Freshness(as_of, events, view.parked())


def _has_all_in_time(view: AwaitedView, limit_seconds: float, on_wait: OnWait, pauses: Pauses) -> bool:
    began_at, pause_seconds, is_said = pauses.now(), _FIRST_PAUSE_SECONDS, False
    awaited = find_awaited(view)
    with ExitStack() as after_the_wait:
        while awaited:
            waited_seconds = pauses.now() - began_at
            if waited_seconds >= limit_seconds:
                return False
            if waited_seconds >= RUNNER_IS_MISSED_AFTER_SECONDS and not view.has_runner():
                return False
            if waited_seconds >= WAIT_IS_SAID_AFTER_SECONDS and not is_said:
                after_the_wait.callback(on_wait(view.name, limit_seconds))
                is_said = True
            pauses.pause(min(pause_seconds, limit_seconds - waited_seconds))
            pause_seconds = min(pause_seconds * _PAUSE_GROWS_BY, _LONGEST_PAUSE_SECONDS)
            awaited = _lacking_yet(view, awaited)
    return True


def _lacking_yet(view: AwaitedView, awaited: Sequence[StreamStanding]) -> list[StreamStanding]:
    """What is awaited yet; once it is there, what else is: in the place of one that was parked meanwhile, or
    where there were too many to look at.
    """
    return lacking(view.again(awaited)) or find_awaited(view)
