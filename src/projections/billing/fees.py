"""The table of fee memos: what sellers and partners charge their own customers, never in the ledger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple
from uuid import UUID

from casecore.contract import fees as f
from casecore.contract.envelope import EventData, RecordedEvent
from projections.kit.stored_table import Stored, StoredTable


class FeeMemoRow(NamedTuple):
    """A fee that a customer owes a seller or a partner, in its current state."""

    stream_id: Annotated[UUID, Stored("The stream of the memo: of a case, or a party's customer.")]
    number: Annotated[int, Stored("The memo's number in its stream, from 1.", "int")]
    version: Annotated[int, Stored("The number of the memo's last event in its stream.")]
    recorded_position: Annotated[
        int | None, Stored("The place in the log of the event that recorded it; null if that was left out.")
    ]
    party: Annotated[str, Stored("Who charges it.")]
    customer: Annotated[str, Stored("Who owes it.")]
    service: Annotated[str, Stored("For what: level_0 or user_support.")]
    covers: Annotated[str, Stored("What it covers: a year, or a case.")]
    case_reference: Annotated[str | None, Stored("The case; null for a year.")]
    topic: Annotated[str | None, Stored("The case's topic.")]
    minutes: Annotated[
        int | None, Stored("The party's own effort in minutes, where it is charged by that.", "int")
    ]
    year_start_on: Annotated[date | None, Stored("The year's first day; null for a case.")]
    year_end_on: Annotated[date | None, Stored("The year's last day.")]
    due_on: Annotated[date, Stored("From which day on it is owed.")]
    due_year: Annotated[int, Stored("The year of that day.", "int")]
    net_cents: Annotated[int, Stored("The net amount in cents.")]
    vat_percent: Annotated[Decimal | None, Stored("The rate of tax; null where the party charges none.")]
    is_reversed: Annotated[bool, Stored("Whether it was taken back.")]
    agreement_stream: Annotated[UUID, Stored("The stream of the party's agreements.")]
    agreement_version: Annotated[int, Stored("The event there that agreed it.")]
    caused_by_stream: Annotated[UUID, Stored("The stream of the event that led to its last event.")]
    caused_by_version: Annotated[int, Stored("That event's number in its stream.")]
    recorded_at: Annotated[datetime, Stored("When its last event was stored.")]


FEE_MEMOS_TABLE = StoredTable(
    name="fee_memos",
    comment="A row for each fee of a seller or a support partner, as it stands: theirs, "
    "and never the vendor's.",
    row=FeeMemoRow,
    key=("stream_id", "number"),
    indexes=(("party", "due_year"),),
)


def fee_memo_row(
    event: RecordedEvent[EventData], data: f.FeeMemoEvent, recorded_position: int | None
) -> FeeMemoRow:
    """The state of a memo after an event."""
    fee = data.fee
    case = fee.covers if isinstance(fee.covers, f.ResolvedCase) else None
    year = fee.covers if isinstance(fee.covers, f.CustomerYear) else None
    return FeeMemoRow(
        stream_id=event.stream_id,
        number=data.number,
        version=event.version,
        recorded_position=recorded_position,
        party=fee.party,
        customer=fee.customer,
        service=fee.service.value,
        covers="case" if case else "year",
        case_reference=case.case if case else None,
        topic=case.topic if case else None,
        minutes=case.minutes if case else None,
        year_start_on=year.start_on if year else None,
        year_end_on=year.end_on if year else None,
        due_on=fee.due_on,
        due_year=fee.due_on.year,
        net_cents=fee.net_cents,
        vat_percent=fee.vat_percent,
        is_reversed=isinstance(data, f.FeeMemoReversed),
        agreement_stream=fee.agreement.stream_id,
        agreement_version=fee.agreement.version,
        caused_by_stream=data.caused_by.stream_id,
        caused_by_version=data.caused_by.version,
        recorded_at=event.recorded_at,
    )
