"""The tables of documents, and the rows that an issued document is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeAlias

from casecore.contract import billing as e
from casecore.contract.envelope import EventData, RecordedEvent
from projections.kit.stored_table import Row, Stored, StoredTable

_Document: TypeAlias = Annotated[str, Stored("The document's number.")]
_Category: TypeAlias = Annotated[str, Stored("How it is taxed: standard, reverse_charge or outside_scope.")]
_Percent: TypeAlias = Annotated[Decimal, Stored("The rate of tax in percent.")]


class DocumentRow(NamedTuple):
    """A document; its amounts are above zero in a correction too, where `sign` is -1."""

    number: Annotated[str, Stored("Its number, which is its place in the series.")]
    version: Annotated[int, Stored("Its event's number in the series.")]
    position: Annotated[int, Stored("Its event's place in the log.")]
    kind: Annotated[str, Stored("invoice, settlement or correction.")]
    sign: Annotated[int, Stored("-1 for a correction, else 1.", "int")]
    issued_on: Annotated[date, Stored("The day of issue.")]
    buyer: Annotated[str, Stored("Who is to pay.")]
    buyer_version: Annotated[int, Stored("The event of that party whose particulars it has.")]
    seller: Annotated[str, Stored("Who issued it.")]
    seller_version: Annotated[int, Stored("The event of that party whose particulars it has.")]
    lines: Annotated[int, Stored("How many lines it has.", "int")]
    net_cents: Annotated[int, Stored("The net amount in cents.")]
    vat_cents: Annotated[int, Stored("The tax in cents.")]
    gross_cents: Annotated[int, Stored("The whole amount in cents.")]
    pay_until: Annotated[date | None, Stored("Until when it is to be paid.")]
    settles_year: Annotated[
        int | None, Stored("The year whose settlement it belongs to; null for an invoice.", "int")
    ]
    part: Annotated[int, Stored("Which part it is of several documents for the same, from 1.", "int")]
    parts: Annotated[int, Stored("How many parts there are.", "int")]
    corrects: Annotated[str | None, Stored("The document that it corrects.")]
    correction_reason: Annotated[str | None, Stored("Why it corrects it: reversed, rate or particulars.")]
    as_of_position: Annotated[int, Stored("The place in the log up to which all was known.")]
    sha256: Annotated[str, Stored("The SHA-256 of the archived bytes, in hexadecimal digits.")]
    recorded_at: Annotated[datetime, Stored("When it was stored.")]


class DocumentLineRow(NamedTuple):
    """A charge on a document."""

    document: _Document
    line: Annotated[int, Stored("The line's number in it, from 1.", "int")]
    package: Annotated[str, Stored("The licence package.")]
    charge: Annotated[int, Stored("The charge's number in the package's account.", "int")]
    customer: Annotated[str, Stored("Whose package it is.")]
    period_start_on: Annotated[date, Stored("The period's first day, on which the fee fell due.")]
    period_end_on: Annotated[date, Stored("The period's last day.")]
    net_cents: Annotated[int, Stored("The net amount in cents.")]
    category: _Category
    percent: _Percent
    late: Annotated[bool, Stored("Whether it fell due in a year before the one that is settled.")]


class DocumentVatRow(NamedTuple):
    """The lines of a document that are taxed alike."""

    document: _Document
    category: _Category
    percent: _Percent
    net_cents: Annotated[int, Stored("The sum of its lines in cents, net.")]
    vat_cents: Annotated[int, Stored("The tax on that sum, in cents.")]


DOCUMENTS_TABLE = StoredTable(
    name="documents",
    comment="A row for each document. Amounts are above zero in a correction too: multiply with "
    "sign to add up.",
    row=DocumentRow,
    key=("number",),
    append_only=True,
)

DOCUMENT_LINES_TABLE = StoredTable(
    name="document_lines",
    comment="A row for each charge on a document; its amount is above zero in a correction too.",
    row=DocumentLineRow,
    key=("document", "line"),
    append_only=True,
    indexes=(("package", "charge"),),
)

DOCUMENT_VAT_TABLE = StoredTable(
    name="document_vat",
    comment="A row for each rate of tax on a document; amounts are above zero in a correction too.",
    row=DocumentVatRow,
    key=("document", "category", "percent"),
    append_only=True,
)


def document_rows(event: RecordedEvent[EventData], issued: e.DocumentIssued) -> Iterable[Row]:
    """The rows of a document without its posting."""
    yield _document_row(event, issued)
    for place, line in enumerate(issued.lines, start=1):
        yield DocumentLineRow(
            document=issued.number,
            line=place,
            package=line.package,
            charge=line.charge,
            customer=line.customer,
            period_start_on=line.period_start_on,
            period_end_on=line.period_end_on,
            net_cents=line.net_cents,
            category=line.category.value,
            percent=line.percent,
            late=line.late,
        )
    for vat in issued.vat:
        yield DocumentVatRow(
            document=issued.number,
            category=vat.category.value,
            percent=vat.percent,
            net_cents=vat.net_cents,
            vat_cents=vat.vat_cents,
        )


def _document_row(event: RecordedEvent[EventData], issued: e.DocumentIssued) -> DocumentRow:
    return DocumentRow(
        number=issued.number,
        version=event.version,
        position=event.position,
        kind=issued.kind.value,
        sign=-1 if issued.kind is e.DocumentKind.CORRECTION else 1,
        issued_on=issued.issued_on,
        buyer=issued.buyer,
        buyer_version=issued.buyer_version,
        seller=issued.seller,
        seller_version=issued.seller_version,
        lines=len(issued.lines),
        net_cents=issued.net_cents,
        vat_cents=issued.vat_cents,
        gross_cents=issued.gross_cents,
        pay_until=issued.pay_until,
        settles_year=issued.settles_year,
        part=issued.part,
        parts=issued.parts,
        corrects=issued.corrects,
        correction_reason=issued.correction_reason.value if issued.correction_reason else None,
        as_of_position=issued.as_of_position,
        sha256=issued.sha256,
        recorded_at=event.recorded_at,
    )
