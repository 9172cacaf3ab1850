"""The derived rows that a runner has written of the streams at work, so that it writes only what differs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from projections.kit.projection import AnyProjection, DerivedRows
from projections.kit.stored_table import Row, StoredTable

REMEMBERED_STREAMS = 4_000
"""Streams whose rows are kept in memory: some 10 kB each, and more than come in a few batches."""


class TableChanges(NamedTuple):
    """What to write to a table: rows, and the streams whose rows are all among these."""

    rows: list[Row]
    whole: list[UUID]


class RowDiff:
    """The derived rows of the streams that were written last, as they are committed."""

    def __init__(self) -> None:
        self._rows: OrderedDict[UUID, DerivedRows] = OrderedDict()

    def changes(
        self, projection: AnyProjection, derived: Mapping[UUID, DerivedRows]
    ) -> dict[StoredTable, TableChanges]:
        """What to write so that the tables hold the derived rows of these streams, and no others of them.

        Of a stream that is known and has lost no row, it is the rows that differ. Of another one it is all
        rows, and any other row that a table has of it is to be deleted.
        """
        found = {table: TableChanges([], []) for table in projection.tables if table.of_stream}
        for stream_id, rows in derived.items():
            before = self._rows.get(stream_id)
            whole = before is None or not before.keys() <= rows.keys()
            if whole:
                for changes in found.values():
                    changes.whole.append(stream_id)
            for key, row in rows.items():
                if whole or before is None or before.get(key) != row:
                    found[projection.table_of[key[0]]].rows.append(row)
        return found

    def remember(self, derived: Mapping[UUID, DerivedRows]) -> None:
        """These rows are committed."""
        for stream_id, rows in derived.items():
            self._rows[stream_id] = rows
            self._rows.move_to_end(stream_id)
        while len(self._rows) > REMEMBERED_STREAMS:
            self._rows.popitem(last=False)

    def forget(self) -> None:
        """Forget everything: another runner may have written since."""
        self._rows.clear()
