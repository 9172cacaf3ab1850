"""All cases at once, by columns, stand as each does case by case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pyarrow as pa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from casecore.analysis.histories import CaseHistory, EventOfCase
from casecore.analysis.tables.all_cases_at import all_cases_at
from casecore.analysis.tables.as_of import CaseAtRow, case_at
from casecore.analysis.tables.bucket import case_events
from casecore.analysis.tables.columns import schema_of, table_of
from casecore.analysis.tables.events import EventRow, event_rows
from casecore.clocks.instants import micros
from casecore.contract.envelope import Fact
from casecore.contract.types import EVENT_TYPES
from casecore.contract.wire import StoredEvent
from tests.clocks.casebook import SYSTEM
from tests.clocks.random_cases import RandomCase, random_cases
from tests.profiles import scaled

_NO_ID = UUID(int=0)
_MINUTE = timedelta(minutes=1)


@scaled(1, suppressed=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(random_cases(), st.integers(0, 25))
def test_a_case_stands_among_all_as_it_stands_alone(case: RandomCase, known: int) -> None:
    # given a case of which as many events as are known were recorded by an instant
    history = _recorded(case)
    recorded_by = history.events[min(known, len(history.events) - 1)].stored.recorded_at
    table, alone = _table(history), case_events(_by(history, recorded_by))
    for at in sorted({case.at, *(at for at, _, _ in case.events)}):
        # when all cases are asked for as of an instant, or it alone
        found, expected = all_cases_at(table, at, recorded_by), case_at(alone, micros(at))
        # then both say the same
        assert [CaseAtRow(**row) for row in found.to_pylist()] == ([expected.case] if expected else [])


def _recorded(case: RandomCase) -> CaseHistory:
    """The case, of which an event was stored each minute."""
    first = max(at for at, _, _ in case.events)
    events = [
        EventOfCase(
            StoredEvent(number, _NO_ID, version, EVENT_TYPES.name_of(data), first + number * _MINUTE, b""),
            Fact(
                occurred_at=at, actor=SYSTEM.as_actor(), command_id=_NO_ID, correlation_id=_NO_ID, data=data
            ),
        )
        for number, (at, version, data) in enumerate(case.events, start=1)
    ]
    return CaseHistory(_NO_ID, "C-1", events, events[0])


def _by(history: CaseHistory, recorded_by: datetime) -> CaseHistory:
    return history._replace(events=[one for one in history.events if one.stored.recorded_at <= recorded_by])


def _table(history: CaseHistory) -> pa.Table:
    rows: Sequence[EventRow] = list(event_rows(history))
    return table_of(schema_of(EventRow), rows)
