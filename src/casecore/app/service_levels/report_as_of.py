"""What was met and missed until an instant of the past, as known now or as known then: from the events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.as_of import AsOf, Progress, evaluated, over_all
from casecore.clocks.custody import agent_when_stopped
from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import instant, seconds
from casecore.clocks.percentiles import nearest_rank
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.standing import standing_of
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, CaseThen
from casecore.evaluation.histories import StreamRange
from projections.sla.reports import Attainment, AttainmentFilter

BEYOND_CALENDAR = "beyond_calendar"


class ReportAsOf(NamedTuple):
    """How many clocks were met and missed, and how many cases had no policy for something.

    `left_out` are the cases to which a newer program wrote.
    """

    attainment: list[Attainment]
    cases_without_policy: int
    left_out: tuple[str, ...]


class ReportGroup(NamedTuple):
    """The clocks of which a report has one line."""

    month: date
    organisation: str
    level: str
    clock: str
    priority: str


class ReportedClock(NamedTuple):
    """A clock behind a figure of a report: the line that it is in, its outcome, and the time spent.

    `elapsed` is in microseconds of opening hours.
    """

    group: ReportGroup
    outcome: str
    elapsed: int


class _Found(NamedTuple):
    """What was found in some streams: the clocks behind the figures, and the cases without a policy."""

    clocks: list[ReportedClock]
    without_policy: int
    left_out: tuple[str, ...]


def report_as_of(
    app: Application,
    which: AttainmentFilter,
    as_of: AsOf,
    processes: int | None = None,
    on_progress: Progress = lambda _: None,
) -> ReportAsOf:
    """How many clocks were met and missed; raises DatabaseUnavailable."""
    clocks: list[ReportedClock] = []
    without_policy = 0
    left_out: list[str] = []
    work = partial(_found_in, app.database, which=which, at=as_of.at)
    for found in over_all(app, work, as_of, processes, on_progress):
        clocks += found.clocks
        without_policy += found.without_policy
        left_out += found.left_out
    return ReportAsOf(attainments(clocks), without_policy, tuple(sorted(left_out)))


def reported_clocks(
    case: CaseEvents, evaluation: Evaluation, which: AttainmentFilter
) -> Iterator[ReportedClock]:
    """A case's clocks that were met or missed, as far as they are asked for."""
    then = case.until(evaluation.at)
    if not _is_about(then, which):
        return
    agent_now = standing_of(evaluation.life).agent
    for reading in evaluation.clocks:
        decided_at = reading.met_at if reading.missed_at is None else reading.missed_at
        if reading.status not in (ClockStatus.MET, ClockStatus.MISSED) or decided_at is None:
            continue
        stopped = reading.stopped_at is not None
        agent = agent_when_stopped(evaluation.life, reading) if stopped else agent_now
        group = _group_of(reading, decided_at)
        if _is_reported(group, which) and _is_of(reading, agent, which):
            outcome = BEYOND_CALENDAR if reading.uncovered else reading.status.value
            yield ReportedClock(group, outcome, reading.elapsed)


def attainments(clocks: Iterable[ReportedClock]) -> list[Attainment]:
    """The lines of a report, as the view answers it."""
    groups: defaultdict[ReportGroup, list[ReportedClock]] = defaultdict(list)
    for clock in clocks:
        groups[clock.group].append(clock)
    return [_attainment(group, groups[group]) for group in sorted(groups)]


def _found_in(database: str, streams: StreamRange, which: AttainmentFilter, at: datetime) -> _Found:
    left_out = LeftOut()
    clocks: list[ReportedClock] = []
    without_policy = 0
    for case, evaluation in evaluated(database, streams, at, left_out):
        if evaluation.without_policy:
            without_policy += _is_about(case.until(evaluation.at), which)
        clocks += reported_clocks(case, evaluation, which)
    return _Found(clocks, without_policy, left_out.names())


def _group_of(reading: ClockReading, decided_at: int) -> ReportGroup:
    return ReportGroup(
        day_of(instant(decided_at)).replace(day=1),
        reading.policy.organisation,
        reading.key.level.value if reading.key.level else "",
        reading.key.clock.value,
        reading.priority.value,
    )


def _is_about(then: CaseThen, which: AttainmentFilter) -> bool:
    return (
        which.customer in (None, then.customer)
        and which.seller in (None, then.seller)
        and which.topic in (None, then.topic)
    )


def _is_of(reading: ClockReading, agent: str | None, which: AttainmentFilter) -> bool:
    return which.agent in (None, agent) and which.policy in (None, reading.policy.id)


def _is_reported(group: ReportGroup, which: AttainmentFilter) -> bool:
    return (
        which.organisation in (None, group.organisation)
        and which.level in (None, group.level)
        and which.clock in (None, group.clock)
        and which.priority in (None, group.priority)
        and (which.first_month is None or which.first_month <= group.month)
        and (which.last_month is None or group.month <= which.last_month)
    )


def _attainment(group: ReportGroup, clocks: list[ReportedClock]) -> Attainment:
    counted = Counter(clock.outcome for clock in clocks)
    met, missed = counted["met"], counted["missed"]
    decided = met + missed
    percent = (Decimal(100 * met) / decided).quantize(Decimal("0.1"), ROUND_HALF_UP) if decided else None
    times = sorted(clock.elapsed for clock in clocks if clock.outcome != BEYOND_CALENDAR)
    return Attainment(
        *group,
        met=met,
        missed=missed,
        percent=percent,
        beyond_calendar=counted[BEYOND_CALENDAR],
        p50_seconds=_percentile(times, 50),
        p90_seconds=_percentile(times, 90),
        p99_seconds=_percentile(times, 99),
    )


def _percentile(times: list[int], percent: int) -> Decimal | None:
    found = nearest_rank(times, percent)
    return None if found is None else Decimal(seconds(found))
