"""What a clock shows at an instant: its status, its due, and what has elapsed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from casecore.clocks.intervals import Interval, reach
from casecore.clocks.life import ClockKey
from casecore.clocks.open_hours import OpenHours
from casecore.contract.cases import Priority
from casecore.contract.enumeration import Enumeration
from casecore.contract.service_levels import ClockTerms, Policy


class ClockStatus(Enumeration):
    """The status of a clock."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


# A Struct, since a frozen dataclass of so many fields takes as long to make as it took to measure.
class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """A clock at an instant. Instants are microseconds since 1970, durations microseconds of opening hours.

    `due_at` is the earliest instant at which elapsed equals the target, by what is known now, or was known
    when the clock stopped; None while it is paused, once it is cancelled, and beyond the calendar's horizon.
    `missed_at` is when it became a miss: after it fell due, or when a change moved the due into the past.
    `running_since` is None while it does not run. `beyond_horizon`: the calendar does not reach to where
    it is due, or not back to where it started. `active` is when it counted, as if it had never stopped.
    `since` is from when on its terms apply, `earlier` its readings under the terms before, each with its end.
    """

    key: ClockKey
    policy: Policy
    terms: ClockTerms
    priority: Priority
    target: int
    status: ClockStatus
    started_at: int
    stopped_at: int | None
    due_at: int | None
    met_at: int | None
    missed_at: int | None
    elapsed: int
    paused: int
    times_paused: int
    running_since: int | None
    at_risk: bool
    beyond_horizon: bool
    ran: Sequence[Interval]
    active: Sequence[Interval]
    hours: OpenHours
    since: int
    earlier: tuple[tuple[ClockReading, int], ...] = ()

    @property
    def remaining(self) -> int:
        """What is left of the target; negative once it is used up."""
        return self.target - self.elapsed

    @property
    def uncovered(self) -> bool:
        """Whether it ran and stopped where its calendar does not reach: whether in time is unknown."""
        if self.status is ClockStatus.MISSED or self.stopped_at is None:
            return False
        return self.started_at < self.hours.begins_at or self.stopped_at > self.hours.ends_at

    @property
    def falls_due_at(self) -> int | None:
        """After which instant it is missed if nothing more happens; None if it is stopped or missed."""
        match self.status:
            case ClockStatus.RUNNING:
                return self.due_at
            case ClockStatus.PAUSED:  # only one that was paused exactly when it fell due
                return self.started_at if self.target == 0 else self.reaches(100)
            case _:
                return None

    def reaches(self, percent: int) -> int | None:
        """When a share of the target is used up, by what is known now; None if it is not known."""
        # A hundredth of a whole second is a whole number of microseconds.
        at = reach(self.active, self.hours, self.target * percent // 100)
        return None if at is None or (self.stopped_at is not None and at >= self.stopped_at) else at

    def due_as_of(self, at: int) -> int | None:
        """When it was due, by what had occurred at an instant under these terms; None if it was paused."""
        begun = [interval for interval in self.active if interval[0] <= at]
        if not begun or (begun[-1][1] is not None and begun[-1][1] <= at):
            return None
        return reach([*begun[:-1], (begun[-1][0], None)], self.hours, self.target)

    def warnings(self) -> list[WarningPoint]:
        """Its warning points in the order in which they are reached, by what is known now; once in each run.

        Each is judged by the terms at that time: a point that was reached under earlier terms stays reached.
        A clock that starts from zero again is a new run, in which each point may be reached again.
        """
        if not self.terms.warn_at_percent and not self.earlier:
            return []
        found: dict[tuple[int, int], WarningPoint] = {}
        for reading, until in (*self.earlier, (self, None)):
            for percent in reading.terms.warn_at_percent:
                at = reading.reaches(percent)
                at = None if at is None else max(at, reading.since)
                if at is None or (until is not None and at >= until):
                    break  # the points rise
                found.setdefault((reading.started_at, percent), WarningPoint(percent, at, reading))
        return sorted(found.values(), key=lambda point: (point.at, point.percent))


class WarningPoint(NamedTuple):
    """A warning point of a clock: the percent of its target, when it is reached, and under which terms."""

    percent: int
    at: int
    under: ClockReading

    @property
    def run_started_at(self) -> int:
        """When the run of the clock began in which the point is reached."""
        return self.under.started_at

    @property
    def due_at(self) -> int | None:
        """When the clock was due, by what had occurred when the point was reached."""
        return self.under.due_as_of(self.at)
