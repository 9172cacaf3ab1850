"""The tables of terms: prices and rates of tax, each a fact with the day from which it holds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeAlias

from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from projections.kit.stored_table import Stored, StoredTable

_Version: TypeAlias = Annotated[int, Stored("The event's number in the stream of terms.")]
_Position: TypeAlias = Annotated[int, Stored("The event's place in the log.")]
_FromOn: TypeAlias = Annotated[date, Stored("From which day on it holds, until another one does.")]
_RecordedAt: TypeAlias = Annotated[datetime, Stored("When it was stored.")]


class PriceRow(NamedTuple):
    """A price of maintenance from a day on."""

    version: _Version
    position: _Position
    from_on: _FromOn
    net_cents: Annotated[int, Stored("The net price of a year in cents.")]
    recorded_at: _RecordedAt


class VatRateRow(NamedTuple):
    """A country's rate of tax from a day on."""

    version: _Version
    position: _Position
    country: Annotated[str, Stored("The country's ISO 3166-1 code of two letters.")]
    from_on: _FromOn
    percent: Annotated[Decimal, Stored("The rate in percent.")]
    recorded_at: _RecordedAt


PRICES_TABLE = StoredTable(
    name="prices",
    comment="A row for each price of maintenance that was set; of two for the same day the later one holds.",
    row=PriceRow,
    key=("version",),
    append_only=True,
)

VAT_RATES_TABLE = StoredTable(
    name="vat_rates",
    comment="A row for each rate of tax that was set; of two for the same country and day "
    "the later one holds.",
    row=VatRateRow,
    key=("version",),
    append_only=True,
)


def terms_row(
    event: RecordedEvent[EventData], data: MaintenancePriceSet | VatRateSet
) -> PriceRow | VatRateRow:
    """The row of a price or a rate that was set."""
    if isinstance(data, MaintenancePriceSet):
        return PriceRow(
            version=event.version,
            position=event.position,
            from_on=data.from_on,
            net_cents=data.net_cents,
            recorded_at=event.recorded_at,
        )
    return VatRateRow(
        version=event.version,
        position=event.position,
        country=data.country,
        from_on=data.from_on,
        percent=data.percent,
        recorded_at=event.recorded_at,
    )
