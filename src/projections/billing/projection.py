"""Billing's fold: the events are fat, so each one's rows follow from it, and a state has little to keep."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from casecore.contract import billing as e
from casecore.contract import fees as f
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import EventData, RecordedEvent
from casecore.contract.streams import BILLING as BILLING_STREAMS
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.contract.types import EVENT_TYPES
from projections.billing.documents import document_rows
from projections.billing.fees import fee_memo_row
from projections.billing.postings import charge_posting, document_posting
from projections.billing.tables import TABLES, BuyerRow, ChargeRow, SettlementRow
from projections.billing.terms import terms_row
from projections.kit.projection import Projection, TakenOver
from projections.kit.sql_files import read_sql
from projections.kit.stored_table import Row

_SHOWN = {
    MaintenancePriceSet,
    VatRateSet,
    e.MaintenanceFeeFellDue,
    e.MaintenanceFeeReversed,
    e.MaintenanceFeeBilled,
    e.MaintenanceFeeCredited,
    e.DocumentIssued,
    e.SettlementClosed,
    BuyerHeld,
    BuyerReleased,
    f.FeeMemoRecorded,
    f.FeeMemoReversed,
}


class BillingStream(msgspec.Struct, frozen=True, array_like=True):
    """What an event does not say itself.

    `begun` has, for each charge of a package's account, the place in the log at which it fell due, and for
    each memo that at which it was recorded: a few for each year. `held_at` is since when a buyer is on hold,
    or was last.
    """

    begun: dict[int, int] = {}
    held_at: datetime | None = None


_NOTHING = BillingStream()


def evolve(before: BillingStream | None, event: RecordedEvent[EventData]) -> BillingStream:
    """The stream after the event."""
    data = event.fact.data
    stream = before or _NOTHING
    match data:
        case e.MaintenanceFeeFellDue():
            return BillingStream({**stream.begun, data.charge.number: event.position})
        case f.FeeMemoRecorded():
            return BillingStream({**stream.begun, data.number: event.position})
        case BuyerHeld():
            return BillingStream(held_at=event.fact.occurred_at)
        case _:
            return stream


def event_rows(
    _before: BillingStream | None, event: RecordedEvent[EventData], after: BillingStream
) -> Iterable[Row]:
    """What an event shows: its posting and the state of its charge, or what was issued, closed or set."""
    data = event.fact.data
    match data:
        case e.ChargeEvent():
            return (*charge_posting(event, data), _charge_row(event, data, after))
        case e.DocumentIssued():
            return (*document_rows(event, data), *document_posting(event, data))
        case e.SettlementClosed():
            return (_settlement_row(event, data),)
        case BuyerHeld() | BuyerReleased():
            return (_buyer_row(event, data, after),)
        case f.FeeMemoEvent():
            return (fee_memo_row(event, data, after.begun.get(data.number)),)
        case MaintenancePriceSet() | VatRateSet():
            return (terms_row(event, data),)
        case _:
            raise TypeError(f"{event.type} is nothing that this view shows")


def _charge_row(event: RecordedEvent[EventData], data: e.ChargeEvent, after: BillingStream) -> ChargeRow:
    charge = data.charge
    billed = charge.billed
    # `_value_`, since `value` of an enumeration is a property, which takes eight times as long.
    return ChargeRow(
        stream_id=event.stream_id,
        number=charge.number,
        version=event.version,
        fell_due_position=after.begun.get(charge.number),
        package=data.package,
        period=charge.period,
        due_on=charge.period_start_on,
        period_end_on=charge.period_end_on,
        due_year=charge.period_start_on.year,
        rule=charge.rule._value_,
        customer=charge.customer,
        seller=charge.seller,
        obligor=charge.obligor._value_,
        owed_by=charge.owed_by,
        net_cents=charge.net_cents,
        price_from_on=charge.price_from_on,
        is_reversed=charge.is_reversed,
        document=billed.document if billed else None,
        category=billed.category._value_ if billed else None,
        percent=billed.percent if billed else None,
    )


def _settlement_row(event: RecordedEvent[EventData], closed: e.SettlementClosed) -> SettlementRow:
    return SettlementRow(
        seller=closed.seller,
        year=closed.year,
        stream_id=event.stream_id,
        version=event.version,
        position=event.position,
        as_of_position=closed.as_of_position,
        fees=closed.fees,
        credits=closed.credits,
        documents=closed.documents,
        net_cents=closed.net_cents,
        vat_cents=closed.vat_cents,
        gross_cents=closed.gross_cents,
        lines_sha256=closed.lines_sha256,
        closed_at=event.recorded_at,
    )


def _buyer_row(
    event: RecordedEvent[EventData], data: BuyerHeld | BuyerReleased, after: BillingStream
) -> BuyerRow:
    released = data if isinstance(data, BuyerReleased) else None
    return BuyerRow(
        party=data.buyer,
        stream_id=event.stream_id,
        version=event.version,
        country=data.country,
        is_held=released is None,
        held_at=after.held_at,
        released_at=event.fact.occurred_at if released else None,
        released_as=released.category.value if released else None,
    )


BILLING = Projection(
    name="billing",
    version=1,
    comment="The ledger, charges, documents and settlements of the vendor, each row with the event it is of.",
    kinds=(BILLING_STREAMS,),
    reads=frozenset(known.name for known in EVENT_TYPES.all if known.struct in _SHOWN),
    state=BillingStream,
    evolve=evolve,
    event_rows=event_rows,
    tables=TABLES,
    views=read_sql("projections.billing", "views.sql"),
    # Comments on columns name more words; what is stored is the same.
    taken_over=TakenOver(
        earlier=("900848316c3447641b11de386414acaa76d0a80654a9a976d0f0dbf917e66720",),
        today="6a1b89870f758d5ecb1db5b7104022c3060f341222acaa77a7d4ef2b4b32c7cc",
    ),
)
