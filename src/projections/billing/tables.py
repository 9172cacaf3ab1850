"""Billing's tables of rows, of which those of documents, terms and fees have a module of their own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from projections.billing.documents import DOCUMENT_LINES_TABLE, DOCUMENT_VAT_TABLE, DOCUMENTS_TABLE
from projections.billing.fees import FEE_MEMOS_TABLE
from projections.billing.terms import PRICES_TABLE, VAT_RATES_TABLE
from projections.kit.projection import Column, Table


class LedgerRow(NamedTuple):
    """A line of a posting; one of its two amounts is zero."""

    stream_id: UUID
    version: int
    line: int
    position: int
    posting: str
    account: str
    party: str
    package: str | None
    charge: int | None
    document: str | None
    debit_cents: int
    credit_cents: int
    value_on: date
    recorded_at: datetime
    caused_by_stream: UUID | None
    caused_by_version: int | None


class ChargeRow(NamedTuple):
    """A package's maintenance fee for one period, as it stands."""

    stream_id: UUID
    number: int
    version: int
    fell_due_position: int | None
    package: str
    period: int
    due_on: date
    period_end_on: date
    due_year: int
    rule: str
    customer: str
    seller: str
    obligor: str
    owed_by: str
    net_cents: int
    price_from_on: date
    is_reversed: bool
    document: str | None
    category: str | None
    percent: Decimal | None


class SettlementRow(NamedTuple):
    """A reseller's year that is settled."""

    seller: str
    year: int
    stream_id: UUID
    version: int
    position: int
    as_of_position: int
    fees: int
    credits: int
    documents: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    lines_sha256: str
    closed_at: datetime


class BuyerRow(NamedTuple):
    """A buyer outside Germany, held or released."""

    party: str
    stream_id: UUID
    version: int
    country: str
    is_held: bool
    held_at: datetime | None
    released_at: datetime | None
    released_as: str | None


_POSITION = Column("position", "bigint not null", "The event's place in the log.")
_RECORDED_AT = Column("recorded_at", "timestamptz not null", "When it was stored.")

LEDGER_TABLE = Table(
    "ledger",
    "The lines of all postings, never changed: debits equal credits in each event, and so overall.",
    LedgerRow,
    ("position", "line"),  # a position is one event's, and ledgers are read in its order
    (
        Column("stream_id", "uuid not null", "The stream of the event that is posted."),
        Column("version", "bigint not null", "The event's number in its stream."),
        Column("line", "int not null", "The line's number in its posting, from 1."),
        _POSITION,
        Column(
            "posting", "text not null", "What is posted: fee, reversal, invoice, settlement or correction."
        ),
        Column("account", "text not null", "unbilled_receivable, receivable, revenue or vat."),
        Column("party", "text not null", "Who owes, or owed, what is posted: the party of the sub-ledger."),
        Column("package", "text", "The package of the fee; null for a document's posting."),
        Column("charge", "int", "The fee's number in its package's account; null for a document's posting."),
        Column("document", "text", "The document; null for a fee's posting."),
        Column("debit_cents", "bigint not null", "The debit in cents, or 0."),
        Column("credit_cents", "bigint not null", "The credit in cents, or 0."),
        Column("value_on", "date not null", "When the fee fell due, or the document was issued."),
        _RECORDED_AT,
        Column(
            "caused_by_stream",
            "uuid",
            "The stream of the event that led to the fee's posting; null for a document's.",
        ),
        Column("caused_by_version", "bigint", "That event's number in its stream."),
    ),
    append_only=True,
)

CHARGES_TABLE = Table(
    "charges",
    "A row for each charge of a package's maintenance, as it stands after its last event.",
    ChargeRow,
    ("stream_id", "number"),
    (
        Column("stream_id", "uuid not null", "The stream of the package's account."),
        Column("number", "int not null", "The charge's number in its account, from 1."),
        Column("version", "bigint not null", "The number of the charge's last event in the account."),
        Column(
            "fell_due_position",
            "bigint",
            "The place in the log of the event by which it fell due; null if that was left out.",
        ),
        Column("package", "text not null", "The licence package."),
        Column("period", "int not null", "Which of the package's yearly periods it is for, from 1."),
        Column("due_on", "date not null", "When it fell due: the period's first day."),
        Column("period_end_on", "date not null", "The period's last day."),
        Column("due_year", "int not null", "The year in which it fell due."),
        Column("rule", "text not null", "Why the period starts so: activation or anniversary."),
        Column("customer", "text not null", "Whose package it is."),
        Column("seller", "text not null", "Who was the package's seller on the due date."),
        Column("obligor", "text not null", "Who owes it: the reseller, or the customer of a direct sale."),
        Column("owed_by", "text not null", "That party."),
        Column("net_cents", "bigint not null", "The net amount in cents."),
        Column("price_from_on", "date not null", "From when the price held that was charged."),
        Column("is_reversed", "boolean not null", "Whether it turned out that nothing was due."),
        Column("document", "text", "The document by which it stands billed; null while it is not."),
        Column("category", "text", "How that document taxes it: standard or reverse_charge."),
        Column("percent", "numeric", "The rate of tax on that document."),
    ),
)

SETTLEMENTS_TABLE = Table(
    "settlements",
    "A row for each year of a reseller that is settled; it never changes. What it takes back is subtracted.",
    SettlementRow,
    ("seller", "year"),
    (
        Column("seller", "text not null", "The reseller."),
        Column("year", "int not null", "The year that is settled."),
        Column("stream_id", "uuid not null", "The stream of the reseller as a buyer."),
        Column("version", "bigint not null", "The event's number in that stream."),
        _POSITION,
        Column("as_of_position", "bigint not null", "It holds what was stored up to this place in the log."),
        Column("fees", "int not null", "How many charges it bills."),
        Column("credits", "int not null", "How many charges it takes back."),
        Column("documents", "int not null", "Of how many documents it consists."),
        Column("net_cents", "bigint not null", "The net amount in cents."),
        Column("vat_cents", "bigint not null", "The tax in cents."),
        Column("gross_cents", "bigint not null", "The amount owed in cents."),
        Column("lines_sha256", "text not null", "The SHA-256 of its lines, in hexadecimal digits."),
        Column("closed_at", "timestamptz not null", "When it was stored."),
    ),
    append_only=True,
)

BUYERS_TABLE = Table(
    "buyers",
    "A row for each buyer outside Germany of whom it had to be decided how to bill.",
    BuyerRow,
    ("party",),
    (
        Column("party", "text not null", "The buyer."),
        Column("stream_id", "uuid not null", "The stream of the party as a buyer."),
        Column("version", "bigint not null", "The number of the last event that held or released it."),
        Column("country", "text not null", "Its country then."),
        Column("is_held", "boolean not null", "Whether nothing is billed until someone decides."),
        Column("held_at", "timestamptz", "Since when it is held, or was last."),
        Column("released_at", "timestamptz", "When it was released; null while it is held."),
        Column("released_as", "text", "How it is billed since: standard or reverse_charge; null while held."),
    ),
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
