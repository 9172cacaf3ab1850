"""One batch from readings to committed rows, also where PostgreSQL refuses what a record leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from projections.kit.logic import NO_VERDICTS, Fold, Outcome, Park, Reason, Verdict
from projections.kit.records import DETAIL_LENGTH, Place, Reading
from projections.kit.storage import REFUSED_BY_DATABASE, Storage


def fold_and_write(
    fold: Fold,
    storage: Storage,
    readings: Sequence[Reading],
    verdicts: Mapping[Place, Verdict] = NO_VERDICTS,
) -> list[Outcome]:
    """Fold records and commit them, in one transaction if PostgreSQL takes them all.

    Where it refuses a value, the batch is halved until the record is found, and that one is parked.
    Raises Fenced, and psycopg's errors for a server that is away.
    """
    outcome = fold.fold(readings, storage.load(readings), verdicts)
    try:
        storage.write(outcome)
    except REFUSED_BY_DATABASE as refused:
        if len(readings) > 1:
            half = len(readings) // 2
            return [
                *fold_and_write(fold, storage, readings[:half], verdicts),
                *fold_and_write(fold, storage, readings[half:], verdicts),
            ]
        record = readings[0].record
        place = Place(record.topic, record.partition, record.offset)
        if place in verdicts:
            raise
        park = Park(Reason.REFUSED_BY_DATABASE, str(refused).partition("\n")[0][:DETAIL_LENGTH])
        return fold_and_write(fold, storage, readings, {place: park})
    return [outcome]
