"""The table of fee memos: what sellers and partners charge their own customers, never in the ledger."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from casecore.contract import fees as f
from casecore.contract.envelope import EventData, RecordedEvent
from projections.kit.projection import Column, Table


class FeeMemoRow(NamedTuple):
    """A fee that a customer owes a seller or a partner, as it stands."""

    stream_id: UUID
    number: int
    version: int
    recorded_position: int | None
    party: str
    customer: str
    service: str
    covers: str
    case_reference: str | None
    topic: str | None
    minutes: int | None
    year_start_on: date | None
    year_end_on: date | None
    due_on: date
    due_year: int
    net_cents: int
    vat_percent: Decimal | None
    is_reversed: bool
    agreement_stream: UUID
    agreement_version: int
    caused_by_stream: UUID
    caused_by_version: int
    recorded_at: datetime


FEE_MEMOS_TABLE = Table(
    "fee_memos",
    "A row for each fee of a seller or a support partner, as it stands: theirs, and never the vendor's.",
    FeeMemoRow,
    ("stream_id", "number"),
    (
        Column("stream_id", "uuid not null", "The stream of the memo: of a case, or a party's customer."),
        Column("number", "int not null", "The memo's number in its stream, from 1."),
        Column("version", "bigint not null", "The number of the memo's last event in its stream."),
        Column(
            "recorded_position",
            "bigint",
            "The place in the log of the event that recorded it; null if that was left out.",
        ),
        Column("party", "text not null", "Who charges it."),
        Column("customer", "text not null", "Who owes it."),
        Column("service", "text not null", "For what: level_0 or user_support."),
        Column("covers", "text not null", "What it covers: a year, or a case."),
        Column("case_reference", "text", "The case; null for a year."),
        Column("topic", "text", "The case's topic."),
        Column("minutes", "int", "The party's own effort in minutes, where it is charged by that."),
        Column("year_start_on", "date", "The year's first day; null for a case."),
        Column("year_end_on", "date", "The year's last day."),
        Column("due_on", "date not null", "From which day on it is owed."),
        Column("due_year", "int not null", "The year of that day."),
        Column("net_cents", "bigint not null", "The net amount in cents."),
        Column("vat_percent", "numeric", "The rate of tax; null where the party charges none."),
        Column("is_reversed", "boolean not null", "Whether it was taken back."),
        Column("agreement_stream", "uuid not null", "The stream of the party's agreements."),
        Column("agreement_version", "bigint not null", "The event there that agreed it."),
        Column("caused_by_stream", "uuid not null", "The stream of the event that led to its last event."),
        Column("caused_by_version", "bigint not null", "That event's number in its stream."),
        Column("recorded_at", "timestamptz not null", "When its last event was stored."),
    ),
    indexes=(("party", "due_year"),),
)


def fee_memo_row(
    event: RecordedEvent[EventData], data: f.FeeMemoEvent, recorded_position: int | None
) -> FeeMemoRow:
    """How a memo stands after an event."""
    fee = data.fee
    case = fee.covers if isinstance(fee.covers, f.ResolvedCase) else None
    year = fee.covers if isinstance(fee.covers, f.CustomerYear) else None
    return FeeMemoRow(
        event.stream_id,
        data.number,
        event.version,
        recorded_position,
        fee.party,
        fee.customer,
        fee.service.value,
        "case" if case else "year",
        case.case if case else None,
        case.topic if case else None,
        case.minutes if case else None,
        year.start_on if year else None,
        year.end_on if year else None,
        fee.due_on,
        fee.due_on.year,
        fee.net_cents,
        fee.vat_percent,
        isinstance(data, f.FeeMemoReversed),
        fee.agreement.stream_id,
        fee.agreement.version,
        data.caused_by.stream_id,
        data.caused_by.version,
        event.recorded_at,
    )
