"""What was met and missed until an instant of the past, as known now or as known then: from the events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from casecore.app.application import Application
from casecore.app.service_levels.as_of import AsOf, Progress, evaluated, over_all
from casecore.app.service_levels.report_sums import ReportSums
from casecore.clocks.custody import agent_when_stopped
from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import instant, maybe_instant, seconds
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.standing import standing_of
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, CaseThen
from casecore.evaluation.histories import StreamRange
from projections.sla.reports import BEYOND_CALENDAR, Attainment, AttainmentFilter, ReportedClock


class ReportAsOf(NamedTuple):
    """How many clocks were met and missed, and how many cases had no policy for something.

    `left_out` are the cases to which a newer program wrote. `listed` are the first of the clocks behind the
    figures, if they were asked for, and `clocks` how many there are.
    """

    attainment: list[Attainment]
    cases_without_policy: int
    left_out: tuple[str, ...]
    listed: Sequence[ReportedClock] = ()
    clocks: int = 0


class _Found(NamedTuple):
    """What was found in some streams: the clocks behind the figures, and the cases without a policy."""

    clocks: list[ReportedClock]
    without_policy: int
    left_out: tuple[str, ...]


def report_as_of(
    app: Application,
    which: AttainmentFilter,
    as_of: AsOf,
    most_listed: int = 0,
    processes: int | None = None,
    on_progress: Progress = lambda _: None,
) -> ReportAsOf:
    """How many clocks were met and missed, and so many of them listed; raises DatabaseUnavailable."""
    sums = ReportSums(most_listed)
    without_policy = 0
    left_out: list[str] = []
    work = partial(_found_in, app.database, which=which, at=as_of.at)
    for found in over_all(app, work, as_of, processes, on_progress):
        sums.add(found.clocks)
        without_policy += found.without_policy
        left_out += found.left_out
    names = tuple(sorted(left_out))
    return ReportAsOf(sums.lines(), without_policy, names, sums.listed, sums.clocks)


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
        agent = agent_now if reading.stopped_at is None else agent_when_stopped(evaluation.life, reading)
        clock = _reported(case.reference, then, reading, agent, instant(decided_at))
        if _is_reported(clock, which):
            yield clock


def _found_in(database: str, streams: StreamRange, which: AttainmentFilter, at: datetime) -> _Found:
    left_out = LeftOut()
    clocks: list[ReportedClock] = []
    without_policy = 0
    for case, evaluation in evaluated(database, streams, at, left_out):
        if evaluation.without_policy:
            without_policy += _is_about(case.until(evaluation.at), which)
        clocks += reported_clocks(case, evaluation, which)
    return _Found(clocks, without_policy, left_out.names())


def _reported(
    reference: str, then: CaseThen, reading: ClockReading, agent: str | None, decided_at: datetime
) -> ReportedClock:
    key = reading.key
    return ReportedClock(
        month=day_of(decided_at).replace(day=1),
        organisation=reading.policy.organisation,
        level=key.level.value if key.level else "",
        clock=key.clock.value,
        priority=reading.priority.value,
        outcome=BEYOND_CALENDAR if reading.uncovered else reading.status.value,
        reference=reference,
        number=key.number,
        customer=then.customer,
        seller=then.seller,
        topic=then.topic,
        agent=agent,
        policy_id=reading.policy.id,
        policy_version=reading.policy.version,
        target_seconds=Decimal(seconds(reading.target)),
        elapsed_seconds=Decimal(seconds(reading.elapsed)),
        due_at=maybe_instant(reading.due_at),
        met_at=maybe_instant(reading.met_at),
        missed_at=maybe_instant(reading.missed_at),
        decided_at=decided_at,
    )


def _is_about(then: CaseThen, which: AttainmentFilter) -> bool:
    return (
        which.customer in (None, then.customer)
        and which.seller in (None, then.seller)
        and which.topic in (None, then.topic)
    )


def _is_reported(clock: ReportedClock, which: AttainmentFilter) -> bool:
    return (
        which.organisation in (None, clock.organisation)
        and which.level in (None, clock.level)
        and which.clock in (None, clock.clock)
        and which.priority in (None, clock.priority)
        and which.agent in (None, clock.agent)
        and which.policy in (None, clock.policy_id)
        and (which.first_month is None or which.first_month <= clock.month)
        and (which.last_month is None or clock.month <= which.last_month)
    )
