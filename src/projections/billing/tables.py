"""Billing's tables of rows, of which those of documents, terms and fees have a module of their own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeAlias
from uuid import UUID

from projections.billing.documents import DOCUMENT_LINES_TABLE, DOCUMENT_VAT_TABLE, DOCUMENTS_TABLE
from projections.billing.fees import FEE_MEMOS_TABLE
from projections.billing.terms import PRICES_TABLE, VAT_RATES_TABLE
from projections.kit.stored_table import Stored, StoredTable

_Position: TypeAlias = Annotated[int, Stored("The event's place in the log.")]
_RecordedAt: TypeAlias = Annotated[datetime, Stored("When it was stored.")]


class LedgerRow(NamedTuple):
    """A line of a posting; one of its two amounts is zero."""

    stream_id: Annotated[UUID, Stored("The stream of the event that is posted.")]
    version: Annotated[int, Stored("The event's number in its stream.")]
    line: Annotated[int, Stored("The line's number in its posting, from 1.", "int")]
    position: _Position
    posting: Annotated[str, Stored("What is posted: fee, reversal, invoice, settlement or correction.")]
    account: Annotated[str, Stored("unbilled_receivable, receivable, revenue or vat.")]
    party: Annotated[str, Stored("Who owes, or owed, what is posted: the party of the sub-ledger.")]
    package: Annotated[str | None, Stored("The package of the fee; null for a document's posting.")]
    charge: Annotated[
        int | None, Stored("The fee's number in its package's account; null for a document's posting.", "int")
    ]
    document: Annotated[str | None, Stored("The document; null for a fee's posting.")]
    debit_cents: Annotated[int, Stored("The debit in cents, or 0.")]
    credit_cents: Annotated[int, Stored("The credit in cents, or 0.")]
    value_on: Annotated[date, Stored("When the fee fell due, or the document was issued.")]
    recorded_at: _RecordedAt
    caused_by_stream: Annotated[
        UUID | None, Stored("The stream of the event that led to the fee's posting; null for a document's.")
    ]
    caused_by_version: Annotated[int | None, Stored("That event's number in its stream.")]


class ChargeRow(NamedTuple):
    """A package's maintenance fee for one period, in its current state."""

    stream_id: Annotated[UUID, Stored("The stream of the package's account.")]
    number: Annotated[int, Stored("The charge's number in its account, from 1.", "int")]
    version: Annotated[int, Stored("The number of the charge's last event in the account.")]
    fell_due_position: Annotated[
        int | None,
        Stored("The place in the log of the event by which it fell due; null if that was left out."),
    ]
    package: Annotated[str, Stored("The licence package.")]
    period: Annotated[int, Stored("Which of the package's yearly periods it is for, from 1.", "int")]
    due_on: Annotated[date, Stored("When it fell due: the period's first day.")]
    period_end_on: Annotated[date, Stored("The period's last day.")]
    due_year: Annotated[int, Stored("The year in which it fell due.", "int")]
    rule: Annotated[str, Stored("Why the period starts so: activation or anniversary.")]
    customer: Annotated[str, Stored("Whose package it is.")]
    seller: Annotated[str, Stored("Who was the package's seller on the due date.")]
    obligor: Annotated[str, Stored("Who owes it: the reseller, or the customer of a direct sale.")]
    owed_by: Annotated[str, Stored("That party.")]
    net_cents: Annotated[int, Stored("The net amount in cents.")]
    price_from_on: Annotated[date, Stored("From when the price held that was charged.")]
    is_reversed: Annotated[bool, Stored("Whether it turned out that nothing was due.")]
    document: Annotated[str | None, Stored("The document by which it stands billed; null while it is not.")]
    category: Annotated[
        str | None, Stored("How that document taxes it: standard, reverse_charge or outside_scope.")
    ]
    percent: Annotated[Decimal | None, Stored("The rate of tax on that document.")]


class SettlementRow(NamedTuple):
    """A reseller's year that is settled."""

    seller: Annotated[str, Stored("The reseller.")]
    year: Annotated[int, Stored("The year that is settled.", "int")]
    stream_id: Annotated[UUID, Stored("The stream of the reseller as a buyer.")]
    version: Annotated[int, Stored("The event's number in that stream.")]
    position: _Position
    as_of_position: Annotated[int, Stored("It holds what was stored up to this place in the log.")]
    fees: Annotated[int, Stored("How many charges it bills.", "int")]
    credits: Annotated[int, Stored("How many charges it takes back.", "int")]
    documents: Annotated[int, Stored("Of how many documents it consists.", "int")]
    net_cents: Annotated[int, Stored("The net amount in cents.")]
    vat_cents: Annotated[int, Stored("The tax in cents.")]
    gross_cents: Annotated[int, Stored("The amount owed in cents.")]
    lines_sha256: Annotated[str, Stored("The SHA-256 of its lines, in hexadecimal digits.")]
    closed_at: Annotated[datetime, Stored("When it was stored.")]


class BuyerRow(NamedTuple):
    """A buyer outside Germany, on hold or released."""

    party: Annotated[str, Stored("The buyer.")]
    stream_id: Annotated[UUID, Stored("The stream of the party as a buyer.")]
    version: Annotated[int, Stored("The number of the last event that held or released it.")]
    country: Annotated[str, Stored("Its country then.")]
    is_held: Annotated[bool, Stored("Whether nothing is billed until someone decides.")]
    held_at: Annotated[datetime | None, Stored("Since when it is held, or was last.")]
    released_at: Annotated[datetime | None, Stored("When it was released; null while it is held.")]
    released_as: Annotated[
        str | None,
        Stored("How it is billed since: standard, reverse_charge or outside_scope; null while held."),
    ]


LEDGER_TABLE = StoredTable(
    name="ledger",
    comment="The lines of all postings, never changed: debits equal credits in each event, and so overall.",
    row=LedgerRow,
    key=("position", "line"),
    append_only=True,
)

CHARGES_TABLE = StoredTable(
    name="charges",
    comment="A row for each charge of a package's maintenance, as it stands after its last event.",
    row=ChargeRow,
    key=("stream_id", "number"),
)

SETTLEMENTS_TABLE = StoredTable(
    name="settlements",
    comment="A row for each year of a reseller that is settled; it never changes. "
    "What it takes back is subtracted.",
    row=SettlementRow,
    key=("seller", "year"),
    append_only=True,
)

BUYERS_TABLE = StoredTable(
    name="buyers",
    comment="A row for each buyer outside Germany of whom it had to be decided how to bill.",
    row=BuyerRow,
    key=("party",),
)

TABLES = (
    LEDGER_TABLE,
    CHARGES_TABLE,
    DOCUMENTS_TABLE,
    DOCUMENT_LINES_TABLE,
    DOCUMENT_VAT_TABLE,
    SETTLEMENTS_TABLE,
    BUYERS_TABLE,
    PRICES_TABLE,
    VAT_RATES_TABLE,
    FEE_MEMOS_TABLE,
)
