"""What each event of billing posts to the ledger: debits equal credits, whatever the event.

A fee that falls due makes revenue of what is not billed yet; a document turns that into what is to be paid,
and adds the tax. A reversal and a correction post the same the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from casecore.contract import billing as e
from casecore.contract.envelope import EventData, RecordedEvent
from projections.billing.tables import LedgerRow
from projections.kit.stored_table import maker

UNBILLED = "unbilled_receivable"
RECEIVABLE = "receivable"
REVENUE = "revenue"
VAT = "vat"

_ledger_row = maker(LedgerRow)


def charge_posting(event: RecordedEvent[EventData], data: e.ChargeEvent) -> Sequence[LedgerRow]:
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
) -> list[LedgerRow]:
    charge, cause = data.charge, data.caused_by
    stream_id, version, position = event.stream_id, event.version, event.position
    net_cents, party, number = charge.net_cents, charge.owed_by, charge.number
    package, value_on, recorded_at = data.package, charge.period_start_on, event.recorded_at
    caused_by_stream, caused_by_version = cause.stream_id, cause.version
    posted = []
    for line, account, debit_cents, credit_cents in (
        (1, debited, net_cents, 0),
        (2, credited, 0, net_cents),
    ):
        # The first two by position, since Python passes more than 15 keywords in a dictionary.
        row = _ledger_row(
            stream_id,
            version,
            line=line,
            position=position,
            posting=posting,
            account=account,
            party=party,
            package=package,
            charge=number,
            document=None,
            debit_cents=debit_cents,
            credit_cents=credit_cents,
            value_on=value_on,
            recorded_at=recorded_at,
            caused_by_stream=caused_by_stream,
            caused_by_version=caused_by_version,
        )
        posted.append(row)
    return posted


def document_posting(event: RecordedEvent[EventData], issued: e.DocumentIssued) -> Iterator[LedgerRow]:
    """The posting of a document: gross, net, and a line for each rate of tax."""
    taken_back = issued.kind is e.DocumentKind.CORRECTION
    lines = [(RECEIVABLE, issued.gross_cents, 0), (UNBILLED, 0, issued.net_cents)]
    lines += [(VAT, 0, vat.vat_cents) for vat in issued.vat]
    for place, (account, debit, credit) in enumerate(lines, start=1):
        yield LedgerRow(
            stream_id=event.stream_id,
            version=event.version,
            line=place,
            position=event.position,
            posting=issued.kind.value,
            account=account,
            party=issued.buyer,
            package=None,
            charge=None,
            document=issued.number,
            debit_cents=credit if taken_back else debit,
            credit_cents=debit if taken_back else credit,
            value_on=issued.issued_on,
            recorded_at=event.recorded_at,
            caused_by_stream=None,
            caused_by_version=None,
        )
