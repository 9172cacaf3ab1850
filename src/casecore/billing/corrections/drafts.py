"""The two documents by which a document is issued again: one takes all of it back, one bills it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from casecore.billing.drafts import Draft
from casecore.billing.totals import TaxedAs, totals_of
from casecore.contract.billing import CorrectionReason, DocumentIssued, DocumentKind, DocumentLine


def reversal_of(
    original: DocumentIssued, lines: Sequence[DocumentLine], credited: Mapping[TaxedAs, int]
) -> Draft:
    """The correction that takes back lines of a document: those that it still bills, which are usually all.

    `credited` is what was taken back from it before, net in cents by rate.
    """
    return Draft(
        kind=DocumentKind.CORRECTION,
        lines=tuple(lines),
        totals=totals_of(lines, credited),
        corrects=original.number,
        reason=CorrectionReason.PARTICULARS,
        part=original.part,
        parts=original.parts,
        terms_version=original.terms_version,
    )


def replacement_of(original: DocumentIssued, lines: Sequence[DocumentLine]) -> Draft:
    """The document that bills lines of another one again: with its rate, period and price, and as its part of
    the settlement that it belongs to."""
    return Draft(
        kind=original.kind,
        lines=tuple(lines),
        totals=totals_of(lines),
        replaces=original.number,
        part=original.part,
        parts=original.parts,
        terms_version=original.terms_version,
    )
