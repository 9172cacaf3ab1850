"""One batch from readings to committed rows, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from projections.kit.fold.batch_steps import LoadKeys, Write, WriteRefused, folding
from projections.kit.fold.fold import NO_VERDICTS, Fold, Outcome, Verdict
from projections.kit.fold.records import Place, Reading
from projections.kit.tables.storage import Storage
from projections.kit.tables.writing import REFUSED_BY_DATABASE


def fold_and_write(
    fold: Fold,
    storage: Storage,
    readings: Sequence[Reading],
    verdicts: Mapping[Place, Verdict] = NO_VERDICTS,
) -> list[Outcome]:
    """Fold records and commit them, in one transaction if PostgreSQL takes them all.

    Raises Fenced, WriteRefused where also a parked record is refused, and psycopg's errors for a server
    that is away.
    """
    steps = folding(fold, readings, verdicts)
    try:
        request = next(steps)
        while True:
            try:
                answer = _perform(storage, request)
            except REFUSED_BY_DATABASE as refused:
                request = steps.throw(WriteRefused(str(refused).partition("\n")[0]))
            else:
                request = steps.send(answer)
    except StopIteration as ended:
        outcomes: list[Outcome] = ended.value
        return outcomes


def _perform(storage: Storage, request: LoadKeys | Write) -> object:
    match request:
        case LoadKeys(readings):
            return storage.load(readings)
        case Write(outcome):
            storage.write(outcome)
            return None
