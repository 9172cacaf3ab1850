"""Clocks at an instant of the past, as known now or as known then: computed from the events.

A view knows a case as of its last event. At an earlier instant, and as of an earlier knowledge, the events
are read again: what occurred by the instant, of what was recorded by then.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import NamedTuple, TypeVar
from uuid import UUID

from casecore.app.application import Application
from casecore.app.views import cores_or
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.instants import instant, maybe_instant, micros, seconds
from casecore.clocks.reading import ClockReading, ClockStatus
from casecore.clocks.standing import StandingThen, standing_of
from casecore.contract.streams import case_stream_id
from casecore.contract.wire import StoredEvent
from casecore.decider.stored_facts import LeftOut
from casecore.evaluation.case_events import CaseEvents, CaseThen
from casecore.evaluation.histories import StreamRange, cases_of
from casecore.evaluation.over_histories import over_histories
from casecore.visibility.rules import Viewer
from projections.sla.queries import (
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


class DueAsOf(NamedTuple):
    """What fell due next; `left_out` are the cases to which a newer program wrote."""

    clocks: list[ClockAnswer]
    left_out: tuple[str, ...]


def known_by(stored: Iterable[StoredEvent], recorded_by: datetime | None) -> Iterator[StoredEvent]:
    """Those events of a stream that were recorded by an instant."""
    return (event for event in stored if recorded_by is None or event.recorded_at <= recorded_by)


def due_as_of(
    app: Application,
    which: DueFilter,
    as_of: AsOf,
    processes: int | None = None,
    on_progress: Progress = lambda _: None,
    viewer: Viewer | None = None,
) -> DueAsOf:
    """Clocks that were not done, by when they fell or fell due, of the cases that a viewer sees now.

    Raises DatabaseUnavailable.
    """
    work = partial(_due_in, app.database, which=which, at=as_of.at, viewer=viewer)
    found = list(over_all(app, work, as_of, processes, on_progress))
    clocks = heapq.merge(*(each.clocks for each in found), key=_due_order)
    left_out = sorted(name for each in found for name in each.left_out)
    return DueAsOf(list(islice(clocks, which.limit)), tuple(left_out))


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


def over_all(
    app: Application,
    work: Callable[[StreamRange], FoundT],
    as_of: AsOf,
    processes: int | None,
    on_progress: Progress,
) -> Iterator[FoundT]:
    """What `work` finds in each range of streams that were recorded by then, in any order."""
    log = app.log
    up_to = log.last_position() if as_of.recorded_by is None else log.last_recorded_by(as_of.recorded_by)
    return over_histories(work, up_to, cores_or(processes), on_progress)


def _due_in(
    database: str, streams: StreamRange, which: DueFilter, at: datetime, viewer: Viewer | None
) -> DueAsOf:
    left_out = LeftOut()
    clocks = (
        clock
        for case, evaluation in evaluated(database, streams, at, left_out, viewer)
        for clock in clock_answers(case, evaluation)
        if clock.stopped_at is None and clock.due_at is not None and _is_asked_for(clock, which)
    )
    return DueAsOf(heapq.nsmallest(which.limit, clocks, key=_due_order), left_out.names())


def evaluated(
    database: str, streams: StreamRange, at: datetime, left_out: LeftOut, viewer: Viewer | None = None
) -> Iterator[tuple[CaseEvents, Evaluation]]:
    """The cases in a range that a viewer sees and that were opened by an instant, as they stood then."""
    for case in cases_of(database, streams, left_out, viewer):
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
        and (which.after is None or _due_order(clock) > which.after)
    )


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
