"""What one batch loads and writes, also where the database refuses what a record leads to: no I/O."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import Outcome
from projections.kit.fold.records import DETAIL_LENGTH, Place, Reading
from projections.kit.fold.verdicts import NO_VERDICTS, Park, Reason, Verdict


class LoadKeys(NamedTuple):
    """Load what is held of the keys of these records; answered by it."""

    readings: Sequence[Reading]


class Write(NamedTuple):
    """Commit a batch and its offsets, all or nothing; raises WriteRefused and Fenced."""

    outcome: Outcome


class WriteRefused(Exception):
    """PostgreSQL refuses a value; nothing was written."""


Steps: TypeAlias = Generator[LoadKeys | Write, Any, list[Outcome]]


def batch_steps(
    fold: Fold, readings: Sequence[Reading], verdicts: Mapping[Place, Verdict] = NO_VERDICTS
) -> Steps:
    """What to load and to write for these records; returns what they led to. Does no I/O.

    Where PostgreSQL refuses a value, the batch is halved until the record is found, and that one is parked.
    """
    outcome = fold.fold(readings, (yield LoadKeys(readings)), verdicts)
    try:
        yield Write(outcome)
    except WriteRefused as refused:
        if len(readings) > 1:
            half = len(readings) // 2
            first = yield from batch_steps(fold, readings[:half], verdicts)
            return first + (yield from batch_steps(fold, readings[half:], verdicts))
        record = readings[0].record
        place = Place(record.topic, record.partition, record.offset)
        if place in verdicts:
            raise
        park = Park(Reason.REFUSED_BY_DATABASE, str(refused)[:DETAIL_LENGTH])
        return (yield from batch_steps(fold, readings, {place: park}))
    return [outcome]
