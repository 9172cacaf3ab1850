"""Clocks that count down in opening hours: how much is left at which instant, as far as that is known now.

A page in a browser counts by the same rule, from the same figures: see `assets/page.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from projections.sla.open_windows import OpenWindows
from projections.sla.queries import ClockAnswer


class Countdown(NamedTuple):
    """What is left of a clock that runs at `now`, in seconds, and the opening hours in which it counts then.

    The windows are in order, each with its end, and those of now may be the first of them.
    """

    left: float
    now: datetime
    windows: Sequence[tuple[datetime, datetime]]

    @property
    def is_open(self) -> bool:
        """Whether it counts now."""
        return bool(self.windows) and self.windows[0][0] <= self.now

    @property
    def opens_at(self) -> datetime | None:
        """When it counts next, None while it does, and beyond the end of its calendar."""
        return None if self.is_open or not self.windows else self.windows[0][0]

    def left_at(self, at: datetime) -> float:
        """What will be left at a later instant, at most at the end of the last window."""
        counted = (min(end, at) - max(begin, self.now) for begin, end in self.windows if begin < at)
        return self.left - sum(one.total_seconds() for one in counted)

    @property
    def seconds(self) -> str:
        """The windows for a browser: seconds from now on, begin and end in turn."""
        edges = (edge for window in self.windows for edge in window)
        return " ".join(f"{(edge - self.now).total_seconds():.3f}" for edge in edges)


class TickingClock(NamedTuple):
    """A clock as it stands, and how it counts from now on, None for one that does not run."""

    clock: ClockAnswer
    countdown: Countdown | None


def ticking(
    clocks: Iterable[ClockAnswer], windows: Iterable[OpenWindows], now: datetime
) -> list[TickingClock]:
    """Clocks, each with the windows in which it counts."""
    found = {one[:5]: tuple(zip(one.opens, one.closes, strict=True)) for one in windows}
    return [TickingClock(one, _countdown(one, found.get(_key(one), ()), now)) for one in clocks]


def _key(clock: ClockAnswer) -> tuple[UUID, str, str, str, int]:
    return (clock.case_id, clock.clock, clock.level, clock.organisation, clock.number)


def _countdown(
    clock: ClockAnswer, windows: Sequence[tuple[datetime, datetime]], now: datetime
) -> Countdown | None:
    if clock.running_since is None or clock.stopped_at is not None:
        return None
    return Countdown(float(clock.remaining_seconds), now, windows)
