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
from casecore.clocks.life import ClockKey
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.revisions import Revision, revisions_of
from casecore.clocks.standing import standing_of
from casecore.contract.cases import Priority
from casecore.contract.service_levels import Policy
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, CaseThen
from casecore.evaluation.histories import StreamRange
from casecore.visibility.rules import Viewer
from projections.sla.reports import BEYOND_CALENDAR, Attainment, AttainmentFilter, MonthRevised, ReportedClock


class ReportAsOf(NamedTuple):
    """How many clocks were met and missed, and how many cases had no policy for something.

    `left_out` are the cases to which a newer program wrote, `revised` what changed months afterwards.
    `listed` are the first of the clocks behind the figures, if they were asked for, and `clocks` how many
    there are.
    """

    attainment: list[Attainment]
    cases_without_policy: int
    left_out: tuple[str, ...]
    revised: Sequence[MonthRevised] = ()
    listed: Sequence[ReportedClock] = ()
    clocks: int = 0


class _Outcome(NamedTuple):
    """How a clock ended, or what changed that afterwards (then without its reading); under which terms."""

    key: ClockKey
    outcome: str
    policy: Policy
    priority: Priority
    target: int
    decided_at: int
    reading: ClockReading | None = None


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
    viewer: Viewer | None = None,
) -> ReportAsOf:
    """How many clocks were met and missed, and so many of them listed, of the cases that a viewer sees now.

    Raises DatabaseUnavailable.
    """
    sums = ReportSums(most_listed)
    without_policy = 0
    left_out: list[str] = []
    work = partial(_found_in, app.database, which=which, at=as_of.at, viewer=viewer)
    for found in over_all(app, work, as_of, processes, on_progress):
        sums.add(found.clocks)
        without_policy += found.without_policy
        left_out += found.left_out
    return report_of(sums, without_policy, tuple(sorted(left_out)))


def report_of(sums: ReportSums, without_policy: int, left_out: tuple[str, ...] = ()) -> ReportAsOf:
    """The report that was added up."""
    return ReportAsOf(sums.lines(), without_policy, left_out, sums.revised(), sums.listed, sums.clocks)


def reported_clocks(
    case: CaseEvents, evaluation: Evaluation, which: AttainmentFilter
) -> Iterator[ReportedClock]:
    """A case's clocks that were met or missed, and what changed that, as far as they are asked for."""
    then = case.until(evaluation.at)
    if not _is_about(then, which):
        return
    agents = _agents(evaluation)
    decided = (_decided(reading) for reading in evaluation.clocks)
    changed = (_revised(revision) for revision in revisions_of(evaluation))
    for outcome in (*decided, *changed):
        if outcome is not None:
            clock = _reported(case.reference, then, outcome, agents.get(outcome.key))
            if _is_reported(clock, which):
                yield clock


def _found_in(
    database: str, streams: StreamRange, which: AttainmentFilter, at: datetime, viewer: Viewer | None
) -> _Found:
    left_out = LeftOut()
    clocks: list[ReportedClock] = []
    without_policy = 0
    for case, evaluation in evaluated(database, streams, at, left_out, viewer):
        if evaluation.without_policy:
            without_policy += _is_about(case.until(evaluation.at), which)
        clocks += reported_clocks(case, evaluation, which)
    return _Found(clocks, without_policy, left_out.names())


def _agents(evaluation: Evaluation) -> dict[ClockKey, str | None]:
    """Who had the case when each clock stopped, or has it while the clock has not stopped."""
    now = standing_of(evaluation.life).agent
    return {
        reading.key: now if reading.stopped_at is None else agent_when_stopped(evaluation.life, reading)
        for reading in evaluation.clocks
    }


def _decided(reading: ClockReading) -> _Outcome | None:
    """A clock that was met or missed; None for another one."""
    decided_at = reading.met_at if reading.missed_at is None else reading.missed_at
    if reading.status not in (ClockStatus.MET, ClockStatus.MISSED) or decided_at is None:
        return None
    return _Outcome(
        key=reading.key,
        outcome=BEYOND_CALENDAR if reading.uncovered else reading.status.value,
        policy=reading.policy,
        priority=reading.priority,
        target=reading.target,
        decided_at=decided_at,
        reading=reading,
    )


def _revised(revision: Revision) -> _Outcome:
    return _Outcome(
        key=revision.key,
        outcome=revision.what.value,
        policy=revision.policy,
        priority=revision.priority,
        target=revision.target,
        decided_at=revision.at,
    )


def _reported(reference: str, then: CaseThen, outcome: _Outcome, agent: str | None) -> ReportedClock:
    key, policy, reading = outcome.key, outcome.policy, outcome.reading
    decided_at = instant(outcome.decided_at)
    return ReportedClock(
        month=day_of(decided_at).replace(day=1),
        organisation=policy.organisation,
        level=key.level.value if key.level else "",
        clock=key.clock.value,
        priority=outcome.priority.value,
        outcome=outcome.outcome,
        reference=reference,
        number=key.number,
        customer=then.customer,
        seller=then.seller,
        topic=then.topic,
        agent=agent,
        policy_id=policy.id,
        policy_version=policy.version,
        target_seconds=Decimal(seconds(outcome.target)),
        elapsed_seconds=Decimal(seconds(reading.elapsed)) if reading else None,
        due_at=maybe_instant(reading.due_at) if reading else None,
        met_at=maybe_instant(reading.met_at) if reading else None,
        missed_at=maybe_instant(reading.missed_at) if reading else None,
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
