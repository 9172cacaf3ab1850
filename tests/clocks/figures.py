"""The program's figures of a case, as the reference has them: in whole seconds."""

from __future__ import annotations

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.instants import SECOND
from casecore.clocks.reading import ClockReading
from tests.clocks.naive_clock import Figures, Key
from tests.clocks.reference import Custody


def whole_seconds(micro: int) -> int:
    found, rest = divmod(micro, SECOND)
    assert rest == 0
    return found


def second_of(at: int | None) -> int | None:
    return None if at is None else whole_seconds(at)


def figures(reading: ClockReading) -> Figures:
    """A reading as the reference has it."""
    return Figures(
        policy=(reading.policy.id, reading.policy.version),
        target=whole_seconds(reading.target),
        status=reading.status.value,
        started_at=whole_seconds(reading.started_at),
        due_at=second_of(reading.due_at),
        met_at=second_of(reading.met_at),
        missed_at=second_of(reading.missed_at),
        elapsed=whole_seconds(reading.elapsed),
        paused=whole_seconds(reading.paused),
        times_paused=reading.times_paused,
        at_risk=reading.at_risk,
        beyond_horizon=reading.beyond_horizon,
    )


def clocks_of(evaluation: Evaluation) -> dict[Key, Figures]:
    return {Key(*reading.key): figures(reading) for reading in evaluation.clocks}


def holders_of(evaluation: Evaluation) -> dict[Custody, int]:
    times = evaluation.custody_times.items()
    return {(custody.custodian.value, *custody[1:]): whole_seconds(time) for custody, time in times}
