"""Clocks at an instant of the past, as known now or as known then: computed from the events.

A view knows a case as of its last event. At an earlier instant, and as of an earlier knowledge, the events
are read again: what occurred by the instant, of what was recorded by then.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from casecore.app.application import Application
from casecore.app.views import cores_or
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import instant, maybe_instant, micros, seconds
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.standing import StandingThen, standing_of
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.business_day import day_of
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, CaseThen
from casecore.evaluation.histories import StreamRange, cases_of
from casecore.evaluation.over_histories import over_histories
from projections.sla.queries import (
    Attainment,
    AttainmentFilter,
    ClockAnswer,
    DueFilter,
    HolderAnswer,
)

FoundT = TypeVar("FoundT")
Progress = Callable[[float], None]


class AsOf(NamedTuple):
    """At which instant, and by what was recorded until when; None for all that is recorded now."""

    at: datetime
    recorded_by: datetime | None = None


class ReportAsOf(NamedTuple):
    """How many clocks were met and missed, and how many cases had no policy for something.

    `left_out` are the cases to which a newer program wrote.
    """

    attainment: list[Attainment]
    cases_without_policy: int
    left_out: tuple[str, ...]


class DueAsOf(NamedTuple):
    """What fell due next; `left_out` are the cases to which a newer program wrote."""

    clocks: list[ClockAnswer]
    left_out: tuple[str, ...]


class ReportGroup(NamedTuple):
    """The clocks of which a report has one line."""

    month: date
    organisation: str
    level: str
    clock: str
    priority: str


Outcome: TypeAlias = tuple[ReportGroup, str]
"""A clock's group, and how it ended: met, missed, or beyond, as far as its calendar does not reach."""


class _Counted(NamedTuple):
    """What was counted in some streams: by group and outcome, and the cases without a policy."""

    outcomes: Counter[Outcome]
    without_policy: int
    left_out: tuple[str, ...]


def known_by(stored: Sequence[StoredEvent], recorded_by: datetime | None) -> list[StoredEvent]:
    """Those events of a stream that were recorded by an instant."""
    return [event for event in stored if recorded_by is None or event.recorded_at <= recorded_by]


def due_as_of(
    app: Application,
    which: DueFilter,
    as_of: AsOf,
    processes: int | None = None,
    on_progress: Progress = lambda _: None,
) -> DueAsOf:
    """Clocks that were not done, by when they fell or fell due; raises DatabaseUnavailable."""
    work = partial(_due_in, app.database, which=which, at=as_of.at)
    found = list(_over_all(app, work, as_of, processes, on_progress))
    clocks = heapq.merge(*(each.clocks for each in found), key=_due_order)
    left_out = sorted(name for each in found for name in each.left_out)
    return DueAsOf(list(islice(clocks, which.limit)), tuple(left_out))


def report_as_of(
    app: Application,
    which: AttainmentFilter,
    as_of: AsOf,
    processes: int | None = None,
    on_progress: Progress = lambda _: None,
) -> ReportAsOf:
    """How many clocks were met and missed; raises DatabaseUnavailable."""
    counted: Counter[Outcome] = Counter()
    without_policy = 0
    left_out: list[str] = []
    work = partial(_counted_in, app.database, which=which, at=as_of.at)
    for found in _over_all(app, work, as_of, processes, on_progress):
        counted += found.outcomes
        without_policy += found.without_policy
        left_out += found.left_out
    return ReportAsOf(attainments(counted), without_policy, tuple(sorted(left_out)))


def clock_answers(case: CaseEvents, evaluation: Evaluation) -> list[ClockAnswer]:
    """A case's clocks, as the view answers them, in the order in which they started."""
    case_id, then = case_stream_id(case.reference), case.until(evaluation.at)
    standing, answered_at = standing_of(evaluation.life), instant(evaluation.at)
    answers = [
        _clock_answer(case_id, case.reference, then, standing, answered_at, reading)
        for reading in evaluation.clocks
    ]
    return sorted(answers, key=lambda c: (c.started_at, c.clock, c.level, c.organisation, c.number))


def holder_answers(evaluation: Evaluation) -> list[HolderAnswer]:
    """How long each had a case, as the view answers it."""
    answers = [
        HolderAnswer(
            holder=custody.custodian.value,
            organisation=custody.organisation,
            agent=custody.agent or "",
            seconds=Decimal(seconds(time)),
        )
        for custody, time in evaluation.custody_times.items()
    ]
    return sorted(answers, key=lambda h: (h.holder, h.organisation, h.agent))


def outcomes(evaluation: Evaluation, which: AttainmentFilter) -> Iterator[Outcome]:
    """The clocks that were met or missed, as far as they are asked for."""
    for reading in evaluation.clocks:
        decided_at = reading.met_at if reading.missed_at is None else reading.missed_at
        if reading.status not in (ClockStatus.MET, ClockStatus.MISSED) or decided_at is None:
            continue
        group = ReportGroup(
            day_of(instant(decided_at)).replace(day=1),
            reading.policy.organisation,
            reading.key.level.value if reading.key.level else "",
            reading.key.clock.value,
            reading.priority.value,
        )
        if _is_reported(group, which):
            yield group, "beyond" if reading.uncovered else reading.status.value


def attainments(counted: Counter[Outcome]) -> list[Attainment]:
    """The lines of a report, as the view answers it."""
    return [_attainment(group, counted) for group in sorted({group for group, _ in counted})]


def _over_all(
    app: Application,
    work: Callable[[StreamRange], FoundT],
    as_of: AsOf,
    processes: int | None,
    on_progress: Progress,
) -> Iterator[FoundT]:
    log = app.log
    up_to = log.last_position() if as_of.recorded_by is None else log.last_recorded_by(as_of.recorded_by)
    return over_histories(work, up_to, cores_or(processes), on_progress)


def _due_in(database: str, streams: StreamRange, which: DueFilter, at: datetime) -> DueAsOf:
    left_out = LeftOut()
    clocks = (
        clock
        for case, evaluation in _evaluated(database, streams, at, left_out)
        for clock in clock_answers(case, evaluation)
        if clock.stopped_at is None and clock.due_at is not None and _is_asked_for(clock, which)
    )
    return DueAsOf(heapq.nsmallest(which.limit, clocks, key=_due_order), left_out.names())


def _counted_in(database: str, streams: StreamRange, which: AttainmentFilter, at: datetime) -> _Counted:
    left_out = LeftOut()
    counted: Counter[Outcome] = Counter()
    without_policy = 0
    for _, evaluation in _evaluated(database, streams, at, left_out):
        without_policy += bool(evaluation.without_policy)
        counted.update(outcomes(evaluation, which))
    return _Counted(counted, without_policy, left_out.names())


def _evaluated(
    database: str, streams: StreamRange, at: datetime, left_out: LeftOut
) -> Iterator[tuple[CaseEvents, Evaluation]]:
    for case in cases_of(database, streams, left_out):
        evaluation = evaluate(case.history(), micros(at))
        if evaluation is not None:
            yield case, evaluation


def _due_order(clock: ClockAnswer) -> tuple[object, ...]:
    return (clock.due_at, clock.reference, clock.clock, clock.level, clock.organisation, clock.number)


def _is_asked_for(clock: ClockAnswer, which: DueFilter) -> bool:
    at = clock.answered_at
    return (
        which.organisation in (None, clock.policy_organisation)
        and which.level in (None, clock.level)
        and which.overdue in (None, clock.overdue)
        and which.agent in (None, clock.case_agent)
        and which.customer in (None, clock.customer)
        and which.seller in (None, clock.seller)
        and (which.within is None or (clock.due_at or at) <= at + which.within)
    )


def _is_reported(group: ReportGroup, which: AttainmentFilter) -> bool:
    return (
        which.organisation in (None, group.organisation)
        and which.level in (None, group.level)
        and which.clock in (None, group.clock)
        and which.priority in (None, group.priority)
        and (which.first_month is None or which.first_month <= group.month)
        and (which.last_month is None or group.month <= which.last_month)
    )


def _attainment(group: ReportGroup, counted: Counter[Outcome]) -> Attainment:
    met, missed, beyond = (counted[group, outcome] for outcome in ("met", "missed", "beyond"))
    decided = met + missed
    percent = (Decimal(100 * met) / decided).quantize(Decimal("0.1"), ROUND_HALF_UP) if decided else None
    return Attainment(*group, met=met, missed=missed, percent=percent, beyond_calendar=beyond)


def _clock_answer(
    case_id: UUID,
    reference: str,
    then: CaseThen,
    standing: StandingThen,
    answered_at: datetime,
    reading: ClockReading,
) -> ClockAnswer:
    key, missed = reading.key, reading.status is ClockStatus.MISSED
    return ClockAnswer(
        case_id=case_id,
        reference=reference,
        version=then.version,
        answered_at=answered_at,
        clock=key.clock.value,
        level=key.level.value if key.level else "",
        organisation=key.organisation or "",
        number=key.number,
        policy_id=reading.policy.id,
        policy_version=reading.policy.version,
        policy_organisation=reading.policy.organisation,
        priority=reading.priority.value,
        target_seconds=Decimal(seconds(reading.target)),
        status=reading.status.value,
        started_at=instant(reading.started_at),
        stopped_at=maybe_instant(reading.stopped_at),
        due_at=maybe_instant(reading.due_at),
        met_at=maybe_instant(reading.met_at),
        missed_at=maybe_instant(reading.missed_at),
        elapsed_seconds=Decimal(seconds(reading.elapsed)),
        paused_seconds=Decimal(seconds(reading.paused)),
        remaining_seconds=Decimal(seconds(reading.remaining)),
        times_paused=reading.times_paused,
        running_since=maybe_instant(reading.running_since),
        at_risk=reading.at_risk,
        overdue=missed and reading.stopped_at is None,
        beyond_horizon=reading.beyond_horizon,
        customer=then.customer,
        seller=then.seller,
        topic=then.topic,
        state=standing.state.value,
        case_organisation=standing.organisation,
        case_agent=standing.agent,
    )
