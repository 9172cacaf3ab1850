"""The tables of terms: prices and rates of tax, each a fact with the day from which it holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.contract import billing as e
from casecore.contract.envelope import EventData, RecordedEvent
from projections.kit.projection import Column, Table


class PriceRow(NamedTuple):
    """A price of maintenance from a day on."""

    version: int
    position: int
    from_on: date
    net_cents: int
    recorded_at: datetime


class VatRateRow(NamedTuple):
    """A country's rate of tax from a day on."""

    version: int
    position: int
    country: str
    from_on: date
    percent: Decimal
    recorded_at: datetime


_VERSION = Column("version", "bigint not null", "The event's number in the stream of terms.")
_POSITION = Column("position", "bigint not null", "The event's place in the log.")
_RECORDED_AT = Column("recorded_at", "timestamptz not null", "When it was stored.")
_FROM_ON = Column("from_on", "date not null", "From which day on it holds, until another one does.")

PRICES_TABLE = Table(
    "prices",
    "A row for each price of maintenance that was set; of two for the same day the later one holds.",
    PriceRow,
    ("version",),
    (
        _VERSION,
        _POSITION,
        _FROM_ON,
        Column("net_cents", "bigint not null", "The net price of a year in cents."),
        _RECORDED_AT,
    ),
    append_only=True,
)

VAT_RATES_TABLE = Table(
    "vat_rates",
    "A row for each rate of tax that was set; of two for the same country and day the later one holds.",
    VatRateRow,
    ("version",),
    (
        _VERSION,
        _POSITION,
        Column("country", "text not null", "The country's ISO 3166-1 code of two letters."),
        _FROM_ON,
        Column("percent", "numeric not null", "The rate in percent."),
        _RECORDED_AT,
    ),
    append_only=True,
)


def terms_row(
    event: RecordedEvent[EventData], data: e.MaintenancePriceSet | e.VatRateSet
) -> PriceRow | VatRateRow:
    """The row of a price or a rate that was set."""
    if isinstance(data, e.MaintenancePriceSet):
        return PriceRow(event.version, event.position, data.from_on, data.net_cents, event.recorded_at)
    return VatRateRow(
        event.version, event.position, data.country, data.from_on, data.percent, event.recorded_at
    )
