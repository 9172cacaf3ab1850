"""What a view must have of some keys: the fold of their stored events, as a runner would write it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from casecore.contract.wire import StoredEvent
from casecore.kafka.records import KafkaRecord
from projections.kit.fold.fold import Fold
from projections.kit.fold.records import ParsedRecord
from projections.kit.fold.verdicts import WAIT_FOR_PROGRAM
from projections.kit.projection import AnyProjection
from projections.kit.stored_table import Row, StoredTable


class ExpectedRows(NamedTuple):
    """The rows of the states, and of each table; `newer` are keys that only a newer program can fold."""

    states: list[Row]
    rows: dict[StoredTable, list[Row]]
    newer: frozenset[UUID]


def expected_rows(projection: AnyProjection, events: Sequence[StoredEvent]) -> ExpectedRows:
    """What a view must have after these events, each key's in order from its first.

    A key whose events cannot be applied is as it was before the first that cannot.
    """
    records = [_as_record(offset, event) for offset, event in enumerate(events)]
    outcome = Fold(projection).fold(records, {})
    states = [after.as_row(key) for key, after in outcome.states.items() if after.version]
    rows: dict[StoredTable, list[Row]] = {table: [] for table in projection.tables}
    for table, replaced in outcome.replaced.items():
        rows[table] += replaced.values()
    for table, appended in outcome.appended.items():
        rows[table] += appended
    for derived in outcome.derived.values():
        for (kind, _), row in derived.items():
            rows[projection.table_of[kind]].append(row)
    newer = (UUID(parked.key.decode()) for parked in outcome.parked if parked.reason in WAIT_FOR_PROGRAM)
    return ExpectedRows(states, rows, frozenset(newer))


def _as_record(offset: int, event: StoredEvent) -> ParsedRecord:
    key = str(event.stream_id).encode()
    record = KafkaRecord("log", 0, offset, key, event.body, ())
    return ParsedRecord(record, key, event.stream_id, event, "")
