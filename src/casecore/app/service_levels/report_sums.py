"""The lines of a report, added up from the clocks behind them."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import NamedTuple

from casecore.clocks.percentiles import nearest_rank
from projections.sla.reports import (
    BEYOND_CALENDAR,
    MET,
    MISS_WITHDRAWN,
    MISSED,
    PAUSE_RECORDED_LATE,
    RESTARTED,
    REVISIONS,
    Attainment,
    MonthRevised,
    ReportedClock,
)

_COUNTED = (MET, MISSED, BEYOND_CALENDAR)


class ReportGroup(NamedTuple):
    """The clocks of which a report has one line."""

    month: date
    organisation: str
    level: str
    clock: str
    priority: str

    @classmethod
    def of(cls, clock: ReportedClock) -> ReportGroup:
        """The line that a clock is in."""
        return cls(clock.month, clock.organisation, clock.level, clock.clock, clock.priority)


class ReportSums:
    """Adds up clocks, and keeps the first ones of them, by line and case."""

    def __init__(self, most_listed: int = 0) -> None:
        self.listed: list[ReportedClock] = []
        self.clocks = 0
        self._most_listed = most_listed
        self._outcomes: defaultdict[ReportGroup, Counter[str]] = defaultdict(Counter)
        self._times: defaultdict[ReportGroup, list[Decimal]] = defaultdict(list)

    def add(self, clocks: Iterable[ReportedClock]) -> None:
        """Add clocks, in any order, one by one: they may be more than fit into memory."""
        added = map(self._add, clocks)
        self.listed = heapq.nsmallest(self._most_listed, chain(self.listed, added), key=_in_order)
        for _ in added:  # where none are listed, none are asked for
            pass

    def lines(self) -> list[Attainment]:
        """The lines of a report, as the view answers it."""
        return [self._line(group) for group in sorted(self._outcomes) if self._has(group, _COUNTED)]

    def revised(self) -> list[MonthRevised]:
        """What changed afterwards what months count, as the view answers it."""
        return [self._revised(group) for group in sorted(self._outcomes) if self._has(group, REVISIONS)]

    def _has(self, group: ReportGroup, outcomes: tuple[str, ...]) -> bool:
        return any(self._outcomes[group][outcome] for outcome in outcomes)

    def _revised(self, group: ReportGroup) -> MonthRevised:
        outcomes = self._outcomes[group]
        return MonthRevised(
            *group,
            misses_withdrawn=outcomes[MISS_WITHDRAWN],
            clocks_restarted=outcomes[RESTARTED],
            pauses_recorded_late=outcomes[PAUSE_RECORDED_LATE],
        )

    def _add(self, clock: ReportedClock) -> ReportedClock:
        group = ReportGroup.of(clock)
        self.clocks += 1
        self._outcomes[group][clock.outcome] += 1
        if clock.outcome in (MET, MISSED) and clock.elapsed_seconds is not None:
            self._times[group].append(clock.elapsed_seconds)
        return clock

    def _line(self, group: ReportGroup) -> Attainment:
        outcomes, times = self._outcomes[group], sorted(self._times[group])
        met, missed = outcomes[MET], outcomes[MISSED]
        decided = met + missed
        percent = (Decimal(100 * met) / decided).quantize(Decimal("0.1"), ROUND_HALF_UP) if decided else None
        return Attainment(
            *group,
            met=met,
            missed=missed,
            percent=percent,
            beyond_calendar=outcomes[BEYOND_CALENDAR],
            p50_seconds=nearest_rank(times, 50),
            p90_seconds=nearest_rank(times, 90),
            p99_seconds=nearest_rank(times, 99),
        )


def _in_order(clock: ReportedClock) -> tuple[object, ...]:
    return (*ReportGroup.of(clock), clock.reference, clock.number, clock.decided_at, clock.outcome)
