"""A view in memory, as simple as can be: what the logic's outcomes amount to, batch after batch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec

from casecore.kafka.records import KafkaRecord
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import FoldOutcome, KeyState, Parked
from projections.kit.fold.records import RecordPlace, parse_record
from projections.kit.fold.verdicts import NO_VERDICTS, Verdict
from projections.kit.projection import AnyProjection
from projections.kit.stored_table import Row, StoredTable


class MemoryView:
    """Folds batches, and keeps states as JSON, so that every batch starts from what was stored."""

    def __init__(self, projection: AnyProjection) -> None:
        self._projection = projection
        self._fold = Fold(projection)
        self._states: dict[UUID, tuple[int, bytes | None, bool, bool]] = {}
        self.rows: dict[str, dict[object, Row]] = {table.name: {} for table in projection.tables}
        self.parked: list[Parked] = []

    def take(
        self, records: Sequence[KafkaRecord], verdicts: Mapping[RecordPlace, Verdict] = NO_VERDICTS
    ) -> FoldOutcome:
        """One batch."""
        outcome = self._fold.fold([parse_record(record) for record in records], self._key_states(), verdicts)
        for key, after in outcome.states.items():
            state = None if after.state is None else msgspec.json.encode(after.state)
            self._states[key] = (after.version, state, after.any_next, after.parked)
        for table in self._projection.tables:
            if table.of_stream:
                self._forget(table, outcome.derived)
        for derived in outcome.derived.values():
            for (kind, key), row in derived.items():
                self.rows[self._projection.table_of[kind].name][key] = row
        for table, replaced in outcome.replaced.items():
            self.rows[table.name].update(replaced)
        for table, appended in outcome.appended.items():
            for row in appended:
                assert table.key_of(row) not in self.rows[table.name], "an append-only key came twice"
                self.rows[table.name][table.key_of(row)] = row
        self.parked += outcome.parked
        return outcome

    def _forget(self, table: StoredTable, streams: Collection[UUID]) -> None:
        """Forget the rows that a table has of some streams."""
        kept = {key: row for key, row in self.rows[table.name].items() if row[0] not in streams}
        self.rows[table.name] = kept

    def _key_states(self) -> dict[UUID, KeyState]:
        return {
            key: KeyState(version, self._projection.decode_state(state) if state else None, any_next, parked)
            for key, (version, state, any_next, parked) in self._states.items()
        }


def folded(projection: AnyProjection, records: Sequence[KafkaRecord]) -> MemoryView:
    """The view after these records, in one batch."""
    view = MemoryView(projection)
    view.take(records)
    return view
