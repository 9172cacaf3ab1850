"""What is to be issued to a buyer: corrections of what is billed wrongly, then what is not billed yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import msgspec

from casecore.billing.refusals import VatRateUnknown
from casecore.billing.series import MOST_LINES
from casecore.billing.taxation import HOME
from casecore.billing.terms import Terms
from casecore.billing.totals import DocumentTotals, TaxedAs, totals_of
from casecore.contract.billing import (
    Billed,
    Charge,
    CorrectionReason,
    DocumentKind,
    DocumentLine,
    VatCategory,
)

UNTAXED_PERCENT = Decimal(0)
"""The rate of a category without German tax."""

_MOST_BYTES = 200_000
"""Lines of one document as JSON: with the rest of it well below the limit of a command."""


class OpenCharge(NamedTuple):
    """A charge that a document still has to bill or to take back, and its package."""

    package: str
    charge: Charge


class Draft(NamedTuple):
    """A document without its number and its date; its amounts are above zero, also in a correction.

    Of a settlement it is the `part`-th of `parts` documents. Every invoice is complete in itself: the second
    of two must not show that a run was killed between them. The rates are as of the `terms_version`-th event
    of the terms. `replaces` is the document in whose place it is.
    """

    kind: DocumentKind
    lines: tuple[DocumentLine, ...]
    totals: DocumentTotals
    corrects: str | None = None
    reason: CorrectionReason | None = None
    part: int = 1
    parts: int = 1
    terms_version: int = 0
    replaces: str | None = None


class _TakeBack(NamedTuple):
    """A line to be taken back from a document, and why."""

    document: str
    reason: CorrectionReason
    line: DocumentLine


def is_open(charge: Charge, terms: Terms) -> bool:
    """Whether a document has to be issued for a charge."""
    if charge.billed is None:
        return not charge.is_reversed
    return _correction_reason(charge, charge.billed, terms) is not None


def drafts_for(
    charges: Iterable[OpenCharge],
    category: VatCategory,
    terms: Terms,
    credited: Mapping[str, Mapping[TaxedAs, int]],
    settles_year: int | None = None,
) -> tuple[Draft, ...]:
    """The documents that a buyer gets for its open charges.

    First come corrections, one or more for each document that is wrong; then what is to be billed, also what
    was taken back because of its rate. The rate is that of the period's last day, by the terms; `credited` is
    what was taken back before, by document. With `settles_year` they form a reseller's settlement. Each has
    at most MOST_LINES fees. Raises VatRateUnknown.
    """
    take_backs: list[_TakeBack] = []
    fees: list[DocumentLine] = []
    for package, charge in charges:
        if charge.billed is None:
            if not charge.is_reversed:
                fees.append(_line(package, charge, _taxed(charge, category, terms), settles_year))
            continue
        reason = _correction_reason(charge, charge.billed, terms)
        if reason is None:
            continue
        taxed_as = (charge.billed.category, charge.billed.percent)
        take_backs.append(_TakeBack(charge.billed.document, reason, _line(package, charge, taxed_as, None)))
        if reason is CorrectionReason.RATE:
            fees.append(_line(package, charge, _taxed(charge, charge.billed.category, terms), settles_year))
    kind = DocumentKind.INVOICE if settles_year is None else DocumentKind.SETTLEMENT
    drafts = [
        *_corrections(take_backs, credited),
        *(Draft(kind, lines, totals_of(lines)) for lines in _split(fees)),
    ]
    made = tuple(draft._replace(terms_version=terms.version) for draft in drafts)
    if settles_year is None:
        return made
    return tuple(draft._replace(part=part, parts=len(made)) for part, draft in enumerate(made, start=1))


def lines_sha256(drafts: Sequence[Draft]) -> str:
    """The hash of all that a settlement bills and takes back, in hexadecimal: of its lines as JSON."""
    content = [(draft.kind, draft.corrects, draft.reason, draft.lines) for draft in drafts]
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def _correction_reason(charge: Charge, billed: Billed, terms: Terms) -> CorrectionReason | None:
    """Why the document that bills a charge has to be corrected; None if it is right.

    A charge without German tax has no rate that could be wrong.
    """
    if charge.is_reversed:
        return CorrectionReason.REVERSED
    if (billed.category, billed.percent) != _taxed(charge, billed.category, terms):
        return CorrectionReason.RATE
    return None


def _taxed(charge: Charge, category: VatCategory, terms: Terms) -> TaxedAs:
    if category is not VatCategory.STANDARD:
        return (category, UNTAXED_PERCENT)
    rate = terms.rate_on(HOME, charge.period_end_on)
    if rate is None:
        raise VatRateUnknown(HOME, charge.period_end_on.isoformat())
    return (category, rate.percent)


def _line(package: str, charge: Charge, taxed_as: TaxedAs, settles_year: int | None) -> DocumentLine:
    category, percent = taxed_as
    return DocumentLine(
        package=package,
        charge=charge.number,
        customer=charge.customer,
        period_start_on=charge.period_start_on,
        period_end_on=charge.period_end_on,
        net_cents=charge.net_cents,
        category=category,
        percent=percent,
        late=settles_year is not None and charge.period_start_on.year < settles_year,
    )


def _corrections(
    take_backs: list[_TakeBack], credited: Mapping[str, Mapping[TaxedAs, int]]
) -> Iterator[Draft]:
    take_backs.sort(key=lambda one: (one.document, one.reason.value))
    for document, of_document in groupby(take_backs, key=lambda one: one.document):
        before = dict(credited.get(document, {}))
        for reason, of_reason in groupby(of_document, key=lambda one: one.reason):
            for lines in _split([one.line for one in of_reason]):
                totals = totals_of(lines, before)
                yield Draft(DocumentKind.CORRECTION, lines, totals, document, reason)
                for total in totals.vat:
                    taxed_as = (total.category, total.percent)
                    before[taxed_as] = before.get(taxed_as, 0) + total.net_cents


def _split(lines: list[DocumentLine]) -> Iterator[tuple[DocumentLine, ...]]:
    """The lines in order, split into documents, each with as many as it may have."""
    chunk: list[DocumentLine] = []
    size = 0
    for line in sorted(lines, key=lambda line: (line.customer, line.package, line.charge)):
        length = len(msgspec.json.encode(line))
        if len(chunk) == MOST_LINES or size + length > _MOST_BYTES:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(line)
        size += length
    if chunk:
        yield tuple(chunk)
