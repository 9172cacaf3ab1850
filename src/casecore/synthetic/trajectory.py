"""A case's steps and their times, drawn so that they have the log's shapes."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from casecore.synthetic.draws import Draws, Weighted
from casecore.synthetic.local_hours import (
    DAY,
    HOUR,
    HOURS_OF_WEEK,
    WEEK,
    hour_of_week,
    midnight_in_local_seconds,
    utc_of,
)
from casecore.synthetic.plan import Plan
from casecore.synthetic.shapes import END, START, LogStep, Shapes, WeekHours, read_shapes, waits_of

LONGEST_LIFE = 60 * DAY
"""As in the log, in seconds. A case that has not reached its end by then stays as it is."""
MOST_STEPS = 15
"""As in the log."""
TRIES = 12
"""How often a usual hour for the end of a wait is searched for; then the next usual hour is taken."""
WIDER = 4 * HOUR
"""How much further from the drawn end of a wait each try searches. A wait that ends at night is moved, and
not drawn again: else only the short ones would remain."""
USUAL = 0.1
"""An hour of the week is usual if it has this share of what the busiest has."""


class TimedStep(NamedTuple):
    """A step, and when it occurs, in seconds since 1970."""

    step: LogStep
    at: int


class TrajectoryModel:
    """The process that the shapes describe: which step comes next depends on the last two."""

    def __init__(self, shapes: Shapes) -> None:
        self._following = {after: Weighted(counts) for after, counts in shapes.following.items()}
        self._waits: dict[tuple[LogStep, LogStep], tuple[int, ...]] = {
            (before, then): waits_of(shapes, before, then)
            for before in LogStep
            for then in LogStep
            if then is not LogStep.OPEN
        }
        self._busy = {hours: _shares(shapes.hours[hours.value]) for hours in WeekHours}
        self._until_usual = {hours: _until_usual(busy) for hours, busy in self._busy.items()}
        self._cumulated = (0, *accumulate(shapes.hours[WeekHours.WORK.value]))

    def path(self, draws: Draws) -> list[LogStep]:
        """A case's steps, the opening first, also where the log leaves it out."""
        before, now = START, START
        path = [LogStep.OPEN]
        while len(path) <= MOST_STEPS:
            before, now = now, draws.weighted(self._following[f"{before} {now}"])
            if now == END:
                break
            if now != LogStep.OPEN.value:
                path.append(LogStep(now))
        return path

    def timed(self, path: list[LogStep], opened_at: int, draws: Draws) -> list[TimedStep]:
        """These steps with their times, those within the longest life."""
        timed = [TimedStep(path[0], opened_at)]
        for step in path[1:]:
            at = self._next(timed[-1], step, opened_at + LONGEST_LIFE, draws)
            if at is None:
                break
            timed.append(TimedStep(step, at))
        return timed

    def opened_at(self, plan: Plan, place: float) -> int:
        """When the place-th case is opened, from 0, in seconds since 1970; a later place is never earlier.

        Each week has the same number of them, spread over its hours as the log's steps are.
        """
        whole = self._cumulated[-1]
        weekday = plan.start.weekday()
        mass = self._cumulated[24 * weekday] + place / plan.cases_a_day / 7 * whole
        week, rest = divmod(mass, whole)
        hour = bisect_right(self._cumulated, rest) - 1
        share = (rest - self._cumulated[hour]) / (self._cumulated[hour + 1] - self._cumulated[hour])
        monday = midnight_in_local_seconds(plan.start) - weekday * DAY
        return utc_of(monday + int(week) * WEEK + int((hour + share) * HOUR))

    def next_usual(self, at: int) -> int:
        """That instant, or the beginning of the next usual hour of work."""
        return self._next_usual(at, WeekHours.WORK)

    def _next_usual(self, at: int, hours: WeekHours) -> int:
        ahead = self._until_usual[hours][hour_of_week(at)]
        return at - at % HOUR + ahead * HOUR if ahead else at

    def _next(self, before: TimedStep, step: LogStep, until: int, draws: Draws) -> int | None:
        """When the next step occurs; None if that is after `until`."""
        waits = self._waits[before.step, step]
        hours = WeekHours.CLOSING if step is LogStep.CLOSE else WeekHours.WORK
        busy = self._busy[hours]
        now = self._busy[WeekHours.WORK][hour_of_week(before.at)]
        wanted_at = before.at + _quantile(waits[: bisect_right(waits, until - before.at)], draws.share())
        for turn in range(TRIES):
            at = wanted_at + int((2 * draws.share() - 1) * turn * WIDER)
            usual = draws.share() * now < busy[hour_of_week(at)]
            if usual and before.at <= at <= until:
                return at
        at = self._next_usual(max(wanted_at, before.at), hours) + draws.below(HOUR)
        return at if at <= until else None


@cache
def helpdesk_model() -> TrajectoryModel:
    """The model by the shapes that come with the program."""
    return TrajectoryModel(read_shapes())


def _shares(counts: tuple[int, ...]) -> tuple[float, ...]:
    most = max(counts)
    return tuple(count / most for count in counts)


def _until_usual(busy: tuple[float, ...]) -> tuple[int, ...]:
    """For each hour of the week, how many hours it is to the next usual one."""
    twice = [share >= USUAL for share in busy * 2]
    return tuple(twice.index(True, hour) - hour for hour in range(HOURS_OF_WEEK))


def _quantile(values: tuple[int, ...], share: float) -> int:
    if len(values) < 2:
        return values[0] if values else LONGEST_LIFE
    place = share * (len(values) - 1)
    before = int(place)
    return values[before] + int((values[before + 1] - values[before]) * (place - before))
