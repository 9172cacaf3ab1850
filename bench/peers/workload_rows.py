"""What both peers of the workload view share: upserts, and our fold, on which they are not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.wire import StoredEvent, decode_event
from projections.kit.stored_table import Row, StoredTable
from projections.workload.projection import WORKLOAD, Workload, derived_rows, event_rows, evolve

encode_state = msgspec.json.Encoder().encode
decode_state = WORKLOAD.decode_state


def folded(before: Workload | None, stored: StoredEvent) -> tuple[Workload, list[Row]]:
    """The case after the event, and the rows that the event leads to."""
    event: RecordedEvent[EventData] = decode_event(stored)
    after = evolve(before, event)
    return after, [
        *event_rows(before, event, after),
        *derived_rows(stored.stream_id, stored.version, after),
    ]


def upserts(schema: str) -> dict[type, str]:
    """An INSERT ON CONFLICT for each class of rows."""
    return {table.row: _upsert(schema, table) for table in WORKLOAD.tables}


def last_of_each(made: Iterable[Row]) -> dict[type, Sequence[Row]]:
    """Rows by class; of those with one key only the last, so that a batch writes each once."""
    latest: dict[type, dict[object, Row]] = {}
    for row in made:
        latest.setdefault(type(row), {})[WORKLOAD.table_of[type(row)].key_of(row)] = row
    return {kind: list(by_key.values()) for kind, by_key in latest.items()}


def _upsert(schema: str, table: StoredTable) -> str:
    names = ", ".join(table.names)
    values = ", ".join(["%s"] * len(table.names))
    insert = (
        f"insert into {schema}.{table.name} ({names}) values ({values}) on conflict ({', '.join(table.key)})"
    )
    if table.append_only:
        return f"{insert} do nothing"
    changed = ", ".join(f"{name} = excluded.{name}" for name in table.names if name not in table.key)
    return f"{insert} do update set {changed}"
