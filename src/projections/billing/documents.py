"""The tables of documents, and the rows that an issued document is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from casecore.contract import billing as e
from casecore.contract.envelope import EventData, RecordedEvent
from projections.kit.projection import Column, Row, Table


class DocumentRow(NamedTuple):
    """A document; its amounts are above zero in a correction too, where `sign` is -1."""

    number: str
    version: int
    position: int
    kind: str
    sign: int
    issued_on: date
    buyer: str
    buyer_version: int
    seller: str
    seller_version: int
    lines: int
    net_cents: int
    vat_cents: int
    gross_cents: int
    pay_until: date | None
    settles_year: int | None
    part: int
    parts: int
    corrects: str | None
    correction_reason: str | None
    as_of_position: int
    sha256: str
    recorded_at: datetime


class DocumentLineRow(NamedTuple):
    """A charge on a document."""

    document: str
    line: int
    package: str
    charge: int
    customer: str
    period_start_on: date
    period_end_on: date
    net_cents: int
    category: str
    percent: Decimal
    late: bool


class DocumentVatRow(NamedTuple):
    """The lines of a document that are taxed alike."""

    document: str
    category: str
    percent: Decimal
    net_cents: int
    vat_cents: int


_DOCUMENT = Column("document", "text not null", "The document's number.")
_CATEGORY = Column("category", "text not null", "How it is taxed: standard or reverse_charge.")
_PERCENT = Column("percent", "numeric not null", "The rate of tax in percent.")

DOCUMENTS_TABLE = Table(
    "documents",
    "A row for each document. Amounts are above zero in a correction too: multiply with sign to add up.",
    DocumentRow,
    ("number",),
    (
        Column("number", "text not null", "Its number, which is its place in the series."),
        Column("version", "bigint not null", "Its event's number in the series."),
        Column("position", "bigint not null", "Its event's place in the log."),
        Column("kind", "text not null", "invoice, settlement or correction."),
        Column("sign", "int not null", "-1 for a correction, else 1."),
        Column("issued_on", "date not null", "The day of issue."),
        Column("buyer", "text not null", "Who is to pay."),
        Column("buyer_version", "bigint not null", "The event of that party whose particulars it has."),
        Column("seller", "text not null", "Who issued it."),
        Column("seller_version", "bigint not null", "The event of that party whose particulars it has."),
        Column("lines", "int not null", "How many lines it has."),
        Column("net_cents", "bigint not null", "The net amount in cents."),
        Column("vat_cents", "bigint not null", "The tax in cents."),
        Column("gross_cents", "bigint not null", "The whole amount in cents."),
        Column("pay_until", "date", "Until when it is to be paid."),
        Column("settles_year", "int", "The year whose settlement it belongs to; null for an invoice."),
        Column("part", "int not null", "Which part it is of several documents for the same, from 1."),
        Column("parts", "int not null", "How many parts there are."),
        Column("corrects", "text", "The document that it corrects."),
        Column("correction_reason", "text", "Why it corrects it: reversed, or rate."),
        Column("as_of_position", "bigint not null", "The place in the log up to which all was known."),
        Column("sha256", "text not null", "The SHA-256 of the archived bytes, in hexadecimal digits."),
        Column("recorded_at", "timestamptz not null", "When it was stored."),
    ),
    append_only=True,
)

DOCUMENT_LINES_TABLE = Table(
    "document_lines",
    "A row for each charge on a document; its amount is above zero in a correction too.",
    DocumentLineRow,
    ("document", "line"),
    (
        _DOCUMENT,
        Column("line", "int not null", "The line's number in it, from 1."),
        Column("package", "text not null", "The licence package."),
        Column("charge", "int not null", "The charge's number in the package's account."),
        Column("customer", "text not null", "Whose package it is."),
        Column("period_start_on", "date not null", "The period's first day, on which the fee fell due."),
        Column("period_end_on", "date not null", "The period's last day."),
        Column("net_cents", "bigint not null", "The net amount in cents."),
        _CATEGORY,
        _PERCENT,
        Column("late", "boolean not null", "Whether it fell due in a year before the one that is settled."),
    ),
    append_only=True,
    indexes=(("package", "charge"),),
)

DOCUMENT_VAT_TABLE = Table(
    "document_vat",
    "A row for each rate of tax on a document; amounts are above zero in a correction too.",
    DocumentVatRow,
    ("document", "category", "percent"),
    (
        _DOCUMENT,
        _CATEGORY,
        _PERCENT,
        Column("net_cents", "bigint not null", "The sum of its lines in cents, net."),
        Column("vat_cents", "bigint not null", "The tax on that sum, in cents."),
    ),
    append_only=True,
)


def document_rows(event: RecordedEvent[EventData], issued: e.DocumentIssued) -> Iterable[Row]:
    """The rows of a document without its posting."""
    number = issued.number
    yield DocumentRow(
        number,
        event.version,
        event.position,
        issued.kind.value,
        -1 if issued.kind is e.DocumentKind.CORRECTION else 1,
        issued.issued_on,
        issued.buyer,
        issued.buyer_version,
        issued.seller,
        issued.seller_version,
        len(issued.lines),
        issued.net_cents,
        issued.vat_cents,
        issued.gross_cents,
        issued.pay_until,
        issued.settles_year,
        issued.part,
        issued.parts,
        issued.corrects,
        issued.correction_reason.value if issued.correction_reason else None,
        issued.as_of_position,
        issued.sha256,
        event.recorded_at,
    )
    for place, line in enumerate(issued.lines, start=1):
        yield DocumentLineRow(
            number,
            place,
            line.package,
            line.charge,
            line.customer,
            line.period_start_on,
            line.period_end_on,
            line.net_cents,
            line.category.value,
            line.percent,
            line.late,
        )
    for vat in issued.vat:
        yield DocumentVatRow(number, vat.category.value, vat.percent, vat.net_cents, vat.vat_cents)
