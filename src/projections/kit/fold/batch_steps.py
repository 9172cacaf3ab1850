"""What one batch loads and writes, also where the database refuses what a record leads to. No I/O."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome
from projections.kit.fold.records import DETAIL_LENGTH, ParsedRecord, RecordPlace
from projections.kit.fold.verdicts import NO_VERDICTS, Park, Reason, Verdict


class LoadKeys(NamedTuple):
    """Load what is known of the keys of these records; answered by it."""

    records: Sequence[ParsedRecord]


class Write(NamedTuple):
    """Commit a batch and its offsets, all or nothing; raises WriteRefused and Fenced."""

    outcome: FoldOutcome


class WriteRefused(Exception):
    """PostgreSQL refuses a value; nothing was written."""


BatchSteps: TypeAlias = Generator[LoadKeys | Write, Any, list[FoldOutcome]]


def batch_steps(
    fold: Fold, records: Sequence[ParsedRecord], verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS
) -> BatchSteps:
    """What to load and to write for these records; returns what they led to.

    Where PostgreSQL refuses a value, the batch is halved until the record is found, and that one is parked.
    Raises WriteRefused where PostgreSQL refuses the parked record too.
    """
    outcome = fold.fold(records, (yield LoadKeys(records)), verdicts)
    try:
        yield Write(outcome)
    except WriteRefused as refused:
        if len(records) > 1:
            half = len(records) // 2
            first = yield from batch_steps(fold, records[:half], verdicts)
            return first + (yield from batch_steps(fold, records[half:], verdicts))
        place = RecordPlace.of(records[0].record)
        if place in verdicts:
            raise
        park = Park(Reason.REFUSED_BY_DATABASE, str(refused)[:DETAIL_LENGTH])
        return (yield from batch_steps(fold, records, {place: park}))
    return [outcome]
