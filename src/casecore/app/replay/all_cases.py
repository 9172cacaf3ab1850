"""All cases as they stood at an instant and were known by another one: counted, and listed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.as_of import AsOf
from projections.timeline.projection import TIMELINE
from projections.timeline.standings import (
    COUNTED_BY,
    ListedStanding,
    StandingCount,
    StandingsFilter,
    count_recorded_later,
    count_standings,
    list_standings,
)


class CountedCases(NamedTuple):
    """How many cases stood how, the most first; and how many stood otherwise, as was recorded later."""

    as_of: AsOf
    cases: int
    counts: Sequence[StandingCount]
    recorded_later: int


class CountOfOne(NamedTuple):
    """How many cases had a state, a level, an organisation or an agent; None for those that had none."""

    value: str | None
    cases: int


def counted_cases(app: Application, which: StandingsFilter, by: Collection[str] = COUNTED_BY) -> CountedCases:
    """How many cases stood how, by some of COUNTED_BY; from the view that has every event.

    Raises ViewMissing, ViewOutdated and DatabaseUnavailable.
    """
    counts = app.ask(count_standings, which, by)
    later = recorded_later(app, which)
    return CountedCases(
        AsOf(which.at, which.recorded_by), sum(count.cases for count in counts), counts, later
    )


def listed_cases(app: Application, which: StandingsFilter) -> Iterator[ListedStanding]:
    """How each case stood, by reference, read as they are asked for. Raises as `counted_cases`."""
    yield from app.ask(list_standings, which)
    _know_how_new(app, which)


def recorded_later(app: Application, which: StandingsFilter) -> int:
    """How many cases stood otherwise by the instant than was recorded by then. Raises as `counted_cases`."""
    if which.recorded_by is None:
        return 0
    later = app.ask(count_recorded_later, which.at, which.recorded_by)
    _know_how_new(app, which)
    return later


def summed_by(counts: Sequence[StandingCount], name: str) -> list[CountOfOne]:
    """The counts by one of COUNTED_BY alone, the most first."""
    sums: dict[str | None, int] = {}
    for count in counts:
        value = getattr(count, name)
        sums[value] = sums.get(value, 0) + count.cases
    found = [CountOfOne(value, cases) for value, cases in sums.items()]
    return sorted(found, key=lambda one: (-one.cases, one.value or ""))


def _know_how_new(app: Application, which: StandingsFilter) -> None:
    """What was recorded by an instant is whole where the view has all of that, whatever came since."""
    found, recorded_by = app.freshness.of_answer, which.recorded_by
    if found is None or found.as_of is None or not found.behind or recorded_by is None:
        return
    position = app.log.last_recorded_by(recorded_by)
    last = app.log.read(position - 1, 1)
    if not position or last[0].recorded_at <= found.as_of:
        app.freshness.know(TIMELINE.name, found._replace(as_of=recorded_by, behind=0))
