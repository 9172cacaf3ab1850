"""The figures of a case for a program or a page: in seconds, with instants."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import instant, maybe_instant, seconds
from casecore.clocks.reading import ClockReading

Seconds = int | Decimal


class ClockFigures(NamedTuple):
    """One clock; `due_at` is empty while it is paused, once it is cancelled, and beyond the horizon."""

    clock: str
    level: str | None
    organisation: str
    number: int
    policy: str
    policy_version: int
    priority: str
    status: str
    at_risk: bool
    target_seconds: Seconds
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    missed_at: datetime | None
    elapsed_seconds: Seconds
    paused_seconds: Seconds
    remaining_seconds: Seconds
    times_paused: int
    beyond_horizon: bool


class HolderFigures(NamedTuple):
    """How long a responsible party had the case, of which organisation, with which agent."""

    holder: str
    organisation: str
    agent: str | None
    seconds: Seconds


class CaseFigures(NamedTuple):
    """A case at an instant; the seconds of the holders add up to its age."""

    case: str
    at: datetime
    age_seconds: Seconds
    clocks: list[ClockFigures]
    holders: list[HolderFigures]


def figures_of(reference: str, evaluation: Evaluation) -> CaseFigures:
    """What an evaluation says."""
    return CaseFigures(
        reference,
        instant(evaluation.at),
        seconds(evaluation.age),
        [clock_figures(reading) for reading in evaluation.clocks],
        [
            HolderFigures(custody.custodian.value, custody.organisation, custody.agent, seconds(time))
            for custody, time in evaluation.custody_times.items()
        ],
    )


def clock_figures(reading: ClockReading) -> ClockFigures:
    """What one clock says; `organisation` is the policy's."""
    key = reading.key
    return ClockFigures(
        clock=key.clock.value,
        level=key.level.value if key.level else None,
        organisation=reading.policy.organisation,
        number=key.number,
        policy=reading.policy.id,
        policy_version=reading.policy.version,
        priority=reading.priority.value,
        status=reading.status.value,
        at_risk=reading.at_risk,
        target_seconds=seconds(reading.target),
        started_at=instant(reading.started_at),
        due_at=maybe_instant(reading.due_at),
        met_at=maybe_instant(reading.met_at),
        missed_at=maybe_instant(reading.missed_at),
        elapsed_seconds=seconds(reading.elapsed),
        paused_seconds=seconds(reading.paused),
        remaining_seconds=seconds(reading.remaining),
        times_paused=reading.times_paused,
        beyond_horizon=reading.beyond_horizon,
    )
