"""The fold of the service levels: a case's history of what matters to clocks, and the rows that follow."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec

from casecore.clocks.evaluation import evaluate
from casecore.clocks.history import History
from casecore.clocks.instants import micros
from casecore.contract import cases as e
from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.service_levels import PolicyPinned
from casecore.contract.streams import CASES
from casecore.contract.types import names_of
from projections.kit.case_events import case_event
from projections.kit.projection import Projection
from projections.kit.sql_files import read_sql
from projections.kit.stored_table import Row
from projections.sla.calendars import calendar_row
from projections.sla.derived_rows import Subject, rows_of
from projections.sla.sums import FINISHED, SUMS
from projections.sla.tables import TABLES


class SlaCase(msgspec.Struct, frozen=True, array_like=True):
    """A case as its clocks see it. `as_of` is when the last thing happened, in microseconds since 1970."""

    subject: Subject
    as_of: int
    history: History


def evolve(before: SlaCase | None, event: RecordedEvent[EventData]) -> SlaCase:
    """The case after the event."""
    data = case_event(event)
    at, recorded_at = micros(event.fact.occurred_at), micros(event.recorded_at)
    history = before.history if before else _begun(at, event.version, data, recorded_at)
    return SlaCase(
        Subject.of(data),
        max(before.as_of, at) if before else at,
        history.with_event(at, event.version, data, recorded_at),
    )


def _begun(at: int, version: int, data: e.CaseEvent, recorded_at: int) -> History:
    """The history before a case's first event; if its opening was left out, what comes first opens it."""
    if isinstance(data, e.CaseOpened):
        return History()
    opening = e.CaseOpened(
        reference=data.reference,
        customer=data.customer,
        seller=data.seller,
        vendor=data.vendor,
        partner=data.partner,
        standing=data.standing,
    )
    return History().with_event(at, version, opening, recorded_at)


def event_rows(_before: SlaCase | None, event: RecordedEvent[EventData], _after: SlaCase) -> Iterable[Row]:
    """The calendar that an event brings."""
    data = event.fact.data
    return (calendar_row(data.policy.calendar),) if isinstance(data, PolicyPinned) else ()


def derived_rows(stream_id: UUID, version: int, case: SlaCase) -> Iterable[Row]:
    """The case's row, and those of its clocks and of its custody."""
    evaluation = evaluate(case.history, case.as_of)
    return () if evaluation is None else rows_of(stream_id, version, case.subject, evaluation)


SLA = Projection(
    name="sla",
    version=5,
    comment="Every clock of every case, due when and how it stands, and who held the case for how long.",
    kinds=(CASES,),
    reads=names_of(CASES),
    state=SlaCase,
    evolve=evolve,
    event_rows=event_rows,
    derived_rows=derived_rows,
    tables=TABLES,
    sums=SUMS,
    finished=FINISHED,
    views=read_sql("projections.sla", "functions.sql", "views.sql"),
)
