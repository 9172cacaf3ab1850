"""Which ways of taxing a buyer are possible, by where it is at home and as what it buys. Pure."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import assert_never

from stdnum.eu.vat import MEMBER_STATES

from casecore.contract.billing import VatCategory
from casecore.contract.parties import BuyerStatus, PartyDetails

HOME = "DE"
"""A buyer in this country is billed with its tax; any other is on hold until somebody decides."""

# Monaco is treated as French territory (§ 1 (2a) UStG, Article 7 of Directive 2006/112/EC).
_UNION = frozenset(state.upper() for state in MEMBER_STATES) | {"MC"}


class Area(Enum):
    """Where a country lies for the value added tax on services."""

    HOME = "home"
    UNION = "union"
    THIRD_COUNTRY = "third country"


def area_of(country: str) -> Area:
    """The area of a country, given by its ISO 3166-1 code."""
    if country == HOME:
        return Area.HOME
    return Area.UNION if country in _UNION else Area.THIRD_COUNTRY


def possible_categories(details: PartyDetails) -> frozenset[VatCategory]:
    """The categories that a document to this buyer can have; none while it is not known as what it buys.

    A service to a business is supplied where the business is at home (§ 3a (2) UStG). In the European Union
    the business then owes the tax, and proves with its VAT id that it is one; in a third country German law
    says nothing of it. Any other service is supplied where its supplier is, and has German tax.
    """
    buys_as = details.buys_as
    match area_of(details.address.country):
        case Area.HOME:
            return frozenset({VatCategory.STANDARD})
        case Area.UNION if buys_as is BuyerStatus.PRIVATE:
            return frozenset({VatCategory.STANDARD})
        case Area.UNION:
            return frozenset({VatCategory.STANDARD, VatCategory.REVERSE_CHARGE})
        case Area.THIRD_COUNTRY:
            return _in_a_third_country(buys_as)
        case other:
            assert_never(other)


def _in_a_third_country(buys_as: BuyerStatus | None) -> frozenset[VatCategory]:
    match buys_as:
        case BuyerStatus.BUSINESS:
            return frozenset({VatCategory.OUTSIDE_SCOPE})
        case BuyerStatus.PRIVATE:
            return frozenset({VatCategory.STANDARD})
        case None:
            return frozenset()
        case other:
            assert_never(other)


def rate_in_words(category: VatCategory, percent: Decimal) -> str:
    """The rate of a fee: `19 %`; what is outside the scope of tax has none, not even one of zero."""
    return "no tax" if category is VatCategory.OUTSIDE_SCOPE else f"{percent} %"
