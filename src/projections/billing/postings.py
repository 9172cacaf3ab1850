"""What each event of billing posts to the ledger: debits equal credits, whatever the event.

A fee that falls due makes revenue of what is not billed yet; a document turns that into what is to be paid,
and adds the tax. A reversal and a correction post the same the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator

from casecore.contract import billing as e
from casecore.contract.envelope import EventData, RecordedEvent
from projections.billing.tables import LedgerRow

UNBILLED = "unbilled_receivable"
RECEIVABLE = "receivable"
REVENUE = "revenue"
VAT = "vat"


def charge_posting(event: RecordedEvent[EventData], data: e.ChargeEvent) -> tuple[LedgerRow, ...]:
    """The posting of a fee that fell due or was reversed; a fee that is billed or credited posts nothing.

    The document posts that, once for all its lines.
    """
    match data:
        case e.MaintenanceFeeFellDue():
            return _fee(event, data, "fee", UNBILLED, REVENUE)
        case e.MaintenanceFeeReversed():
            return _fee(event, data, "reversal", REVENUE, UNBILLED)
        case _:
            return ()


def _fee(
    event: RecordedEvent[EventData], data: e.ChargeEvent, posting: str, debited: str, credited: str
) -> tuple[LedgerRow, ...]:
    charge, cause = data.charge, data.caused_by
    net, due_on = charge.net_cents, charge.period_start_on
    return tuple(
        LedgerRow(
            event.stream_id,
            event.version,
            line,
            event.position,
            posting,
            account,
            charge.owed_by,
            data.package,
            charge.number,
            None,
            debit_cents,
            credit_cents,
            due_on,
            event.recorded_at,
            cause.stream_id,
            cause.version,
        )
        for line, account, debit_cents, credit_cents in ((1, debited, net, 0), (2, credited, 0, net))
    )


def document_posting(event: RecordedEvent[EventData], issued: e.DocumentIssued) -> Iterator[LedgerRow]:
    """The posting of a document: gross, net, and a line for each rate of tax."""
    taken_back = issued.kind is e.DocumentKind.CORRECTION
    lines = [(RECEIVABLE, issued.gross_cents, 0), (UNBILLED, 0, issued.net_cents)]
    lines += [(VAT, 0, vat.vat_cents) for vat in issued.vat]
    for place, (account, debit, credit) in enumerate(lines, start=1):
        yield LedgerRow(
            event.stream_id,
            event.version,
            place,
            event.position,
            issued.kind.value,
            account,
            issued.buyer,
            None,
            None,
            issued.number,
            credit if taken_back else debit,
            debit if taken_back else credit,
            issued.issued_on,
            event.recorded_at,
            None,
            None,
        )
