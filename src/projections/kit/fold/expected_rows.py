"""What a view must have of some keys: the fold of their stored events, as a runner would write it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from casecore.contract.wire import StoredEvent
from projections.kit.fold.fold import Fold
from projections.kit.fold.outcome import state_row
from projections.kit.fold.records import Reading
from projections.kit.projection import AnyProjection, Row, Table


class StoredRecord(NamedTuple):
    """An event of the log in the place of its record; nothing is asked of it but its place."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


def expected_rows(
    projection: AnyProjection, events: Sequence[StoredEvent]
) -> tuple[list[Row], dict[Table, list[Row]]]:
    """The rows of the states, and of each table, after these events, each key's in order from its first.

    A key whose events cannot be applied stands as it was before the first that cannot.
    """
    readings = [_reading(place, event) for place, event in enumerate(events)]
    outcome = Fold(projection).fold(readings, {})
    states = [state_row(key, held) for key, held in outcome.states.items() if held.version]
    rows: dict[Table, list[Row]] = {table: [] for table in projection.tables}
    for table, replaced in outcome.replaced.items():
        rows[table] += replaced.values()
    for table, appended in outcome.appended.items():
        rows[table] += appended
    for shown in outcome.shown.values():
        for (kind, _), row in shown.items():
            rows[projection.table_of[kind]].append(row)
    return states, rows


def _reading(place: int, event: StoredEvent) -> Reading:
    key = str(event.stream_id).encode()
    return Reading(StoredRecord("log", 0, place, key, event.body, ()), key, event.stream_id, event, "")
