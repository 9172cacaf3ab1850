"""The series of documents: the last number, and what corrections have taken back from each document."""

from __future__ import annotations

import msgspec

from casecore.billing.totals import TaxedAs
from casecore.contract.billing import CorrectionReason, DocumentIssued, DocumentKind
from casecore.contract.envelope import EventData, Fact

MOST_LINES = 1_000
"""Fees on one document, so that the event stays far below a record's limit of a mebibyte. More fees go on
several documents."""


def document_number(place: int) -> str:
    """The number of the document at a place of the series, from 1: `R-000017`."""
    return f"R-{place:06}"


def document_place(number: str) -> int | None:
    """The place in the series of a document's number; None for a text that is not such a number."""
    digits = number.removeprefix("R-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 15
    place = int(digits) if is_number else 0
    return place if place > 0 and document_number(place) == number else None


class Series(msgspec.Struct, frozen=True):
    """The documents issued so far, `issued` of them.

    `credited` has, for each document that was corrected, what was taken back: net in cents by rate.
    `settled` counts the documents issued of each settlement, by seller and year. Of a document that is issued
    again, `taken_back` has the number of the correction for that, and `replacements` that of the new one;
    neither counts as a part of a settlement.
    """

    issued: int = 0
    credited: dict[str, dict[TaxedAs, int]] = msgspec.field(default_factory=dict)
    settled: dict[tuple[str, int], int] = msgspec.field(default_factory=dict)
    taken_back: dict[str, str] = msgspec.field(default_factory=dict)
    replacements: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def next_number(self) -> str:
        """The number that the next document will have."""
        return document_number(self.issued + 1)


NO_DOCUMENTS = Series()


def evolve(series: Series | None, fact: Fact[EventData]) -> Series:
    """The series after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, DocumentIssued):
        raise TypeError(f"{type(data).__name__} is not an event of the series of documents")
    before = series or NO_DOCUMENTS
    credited, settled = before.credited, before.settled
    taken_back, replacements = before.taken_back, before.replacements
    if data.kind is DocumentKind.CORRECTION and data.corrects is not None:
        amounts = dict(credited.get(data.corrects, {}))
        for total in data.vat:
            taxed_as = (total.category, total.percent)
            amounts[taxed_as] = amounts.get(taxed_as, 0) + total.net_cents
        credited = {**credited, data.corrects: amounts}
    if data.correction_reason is CorrectionReason.PARTICULARS and data.corrects is not None:
        taken_back = {**taken_back, data.corrects: data.number}
    elif data.replaces is not None:
        replacements = {**replacements, data.replaces: data.number}
    elif data.settles_year is not None:
        key = (data.buyer, data.settles_year)
        settled = {**settled, key: settled.get(key, 0) + 1}
    return Series(
        issued=before.issued + 1,
        credited=credited,
        settled=settled,
        taken_back=taken_back,
        replacements=replacements,
    )
