"""What happened to cases and fees until an instant: moves, efforts and charges, by the folds of the views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from casecore.analysis.histories import CaseHistory
from casecore.analysis.tables.columns import AnyRow, schema_of
from casecore.contract.billing import ChargeEvent
from casecore.contract.envelope import EventData, Fact, RecordedEvent
from casecore.contract.wire import StoredEvent
from projections.billing.projection import BILLING
from projections.billing.tables import ChargeRow
from projections.kit.projection import Projection
from projections.workload.projection import WORKLOAD
from projections.workload.tables import EffortRow, MoveRow

_CASE = pa.field("case", pa.string(), False, {"about": "The case's reference."})


def _with_reference(schema: pa.Schema) -> pa.Schema:
    """A view's rows of a case, with its reference in place of the id of its stream."""
    return schema.set(schema.get_field_index("case_id"), _CASE)


MOVES = _with_reference(schema_of(MoveRow))
EFFORTS = _with_reference(schema_of(EffortRow))
CHARGES = schema_of(ChargeRow)


def moves_and_efforts(history: CaseHistory, until: datetime) -> tuple[list[AnyRow], list[AnyRow]]:
    """A case's moves and efforts that had occurred by an instant, in the order of their versions."""
    moves: list[AnyRow] = []
    efforts: list[AnyRow] = []
    for row in _rows(WORKLOAD, history.events):
        if isinstance(row, (MoveRow, EffortRow)) and row.occurred_at <= until:
            rows = moves if isinstance(row, MoveRow) else efforts
            rows.append((history.reference, *row[1:]))
    return moves, efforts


def charges(account: Iterable[tuple[StoredEvent, Fact[Any]]], until: datetime) -> list[AnyRow]:
    """The charges of a package's account, as they stood by what had occurred by an instant."""
    events = [
        (stored, fact)
        for stored, fact in account
        if isinstance(fact.data, ChargeEvent) and fact.occurred_at <= until
    ]
    last = {row.number: row for row in _rows(BILLING, events) if isinstance(row, ChargeRow)}
    return [(str(row.stream_id), *row[1:]) for row in last.values()]


def _rows(view: Projection[Any], events: Iterable[tuple[StoredEvent, Fact[Any]]]) -> Iterator[AnyRow]:
    state = None
    for stored, fact in events:
        event: RecordedEvent[EventData] = RecordedEvent(
            stored.position, stored.stream_id, stored.version, stored.type, stored.recorded_at, fact
        )
        after = view.evolve(state, event)
        yield from view.event_rows(state, event, after)
        state = after
