"""The totals of a document: its lines by rate, the tax on each sum, and the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from casecore.contract.billing import DocumentLine, VatCategory, VatTotal
from casecore.money.vat import part_vat_cents

TaxedAs: TypeAlias = tuple[VatCategory, Decimal]
"""A category and a rate in percent."""

NOTHING_CREDITED: Mapping[TaxedAs, int] = {}


class DocumentTotals(NamedTuple):
    """A document's sums, in cents: for each rate, and in all."""

    vat: tuple[VatTotal, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int


def totals_of(
    lines: Iterable[DocumentLine], credited: Mapping[TaxedAs, int] = NOTHING_CREDITED
) -> DocumentTotals:
    """The sums of a document, tax computed once for each rate on the sum of its lines.

    For a correction, `credited` is what was taken back from the same document before, net in cents by rate.
    So all corrections of a document together come to its totals, to the cent.
    """
    sums: dict[TaxedAs, int] = {}
    for line in lines:
        taxed_as = (line.category, line.percent)
        sums[taxed_as] = sums.get(taxed_as, 0) + line.net_cents
    vat = tuple(
        VatTotal(
            category=category,
            percent=percent,
            net_cents=net,
            vat_cents=part_vat_cents(credited.get((category, percent), 0), net, percent),
        )
        for (category, percent), net in sorted(sums.items(), key=_by_rate)
    )
    net_cents = sum(total.net_cents for total in vat)
    vat_cents = sum(total.vat_cents for total in vat)
    return DocumentTotals(
        vat=vat, net_cents=net_cents, vat_cents=vat_cents, gross_cents=net_cents + vat_cents
    )


def _by_rate(item: tuple[TaxedAs, int]) -> tuple[str, Decimal]:
    (category, percent), _ = item
    return (category.value, percent)
