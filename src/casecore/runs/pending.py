"""What the next runs do: fees that are not charged yet, and charges that are not owed as they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from casecore.billing.buyer import Buyer
from casecore.billing.charges import MaintenanceFee, fees_of
from casecore.billing.terms import Terms
from casecore.contract.billing import Charge, Obligor
from casecore.runs.books import PackageAndAccount

_A_YEAR_AND_A_DAY = timedelta(days=367)
"""Within it a package that runs has a due day."""


class PendingFee(NamedTuple):
    """A fee that the next charging run records.

    `is_late`: the year in which it fell due is settled with the reseller that owes it, so it goes into the
    next one.
    """

    package: str
    period_start_on: date
    period_end_on: date
    customer: str
    obligor: Obligor
    owed_by: str
    net_cents: int
    is_late: bool


class PendingReversal(NamedTuple):
    """A charge that the next charging run reverses, and the document that bills it, if one does.

    `is_settled`: its year is settled with the reseller that owes it. A document stays as it was issued, and a
    correction takes the fee back.
    """

    package: str
    charge: int
    period_start_on: date
    period_end_on: date
    customer: str
    obligor: Obligor
    owed_by: str
    net_cents: int
    document: str | None
    is_settled: bool


class PendingCharges(NamedTuple):
    """What the next charging run does to a package, and when its next fee falls due after today, if one does.

    `next_due_on` is None for a package that is over, and before there is a price.
    """

    fees: tuple[PendingFee, ...]
    reversals: tuple[PendingReversal, ...]
    next_due_on: date | None


BuyerOf: TypeAlias = Callable[[str], Buyer]
"""What was decided about a party as a buyer."""


def pending_charges(
    one: PackageAndAccount, terms: Terms, vendor: str, today: date, buyer_of: BuyerOf
) -> PendingCharges:
    """What the next charging run up to a day does to a package's charges."""
    found = one.difference(terms, vendor, today)
    package = one.package.reference
    return PendingCharges(
        fees=tuple(_fee(buyer_of, package, fee) for fee, _ in found.fees),
        reversals=tuple(_reversal(buyer_of, package, charge) for charge, _ in found.reversals),
        next_due_on=_next_due_on(one, terms, vendor, today),
    )


def _next_due_on(one: PackageAndAccount, terms: Terms, vendor: str, today: date) -> date | None:
    begins = max(today, one.package.licence.activated_on)
    fees: Iterator[MaintenanceFee] = fees_of(one.package, terms, vendor, begins + _A_YEAR_AND_A_DAY)
    return next((fee.start_on for fee in fees if fee.start_on > today), None)


def _fee(buyer_of: BuyerOf, package: str, fee: MaintenanceFee) -> PendingFee:
    return PendingFee(
        package=package,
        period_start_on=fee.start_on,
        period_end_on=fee.end_on,
        customer=fee.customer,
        obligor=fee.obligor,
        owed_by=fee.owed_by,
        net_cents=fee.net_cents,
        is_late=_is_settled(buyer_of, fee.obligor, fee.owed_by, fee.start_on.year),
    )


def _reversal(buyer_of: BuyerOf, package: str, charge: Charge) -> PendingReversal:
    return PendingReversal(
        package=package,
        charge=charge.number,
        period_start_on=charge.period_start_on,
        period_end_on=charge.period_end_on,
        customer=charge.customer,
        obligor=charge.obligor,
        owed_by=charge.owed_by,
        net_cents=charge.net_cents,
        document=charge.billed.document if charge.billed else None,
        is_settled=_is_settled(buyer_of, charge.obligor, charge.owed_by, charge.period_start_on.year),
    )


def _is_settled(buyer_of: BuyerOf, obligor: Obligor, owed_by: str, year: int) -> bool:
    """Whether the settlement of a year, or of a later one, is closed: years are closed in order."""
    if obligor is not Obligor.RESELLER:
        return False
    settlements = buyer_of(owed_by).settlements
    return bool(settlements) and year <= settlements[-1].year
