"""The maintenance fees that follow from a package and the terms, and how they differ from the charges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from casecore.billing.periods import periods
from casecore.billing.terms import Terms
from casecore.contract.billing import Charge, EventRef, Obligor, PeriodRule
from casecore.contract.streams import BILLING_TERMS, package_stream_id
from casecore.licences.package import Package


class MaintenanceFee(NamedTuple):
    """A fee that follows from a package and the terms: its period, its obligor, and its amount in cents.

    `price_version` is the event of the terms that set the price.
    """

    period: int
    start_on: date
    end_on: date
    customer: str
    seller: str
    obligor: Obligor
    owed_by: str
    net_cents: int
    price_from_on: date
    price_version: int


class ChargeDifference(NamedTuple):
    """What is to be recorded: charges to reverse, and fees that fell due; each with its cause."""

    reversals: tuple[tuple[Charge, EventRef], ...]
    fees: tuple[tuple[MaintenanceFee, EventRef], ...]

    def __bool__(self) -> bool:
        return bool(self.reversals or self.fees)


def fees_of(package: Package, terms: Terms, vendor: str, until: date) -> Iterator[MaintenanceFee]:
    """The fees that fell due up to a day, as far as package and terms are known (docs/decisions).

    One fee for each package and period, whatever its type, version or seats. The seller of the due date owes
    it, unless that is the vendor: then the customer of that day does. A package that is cancelled from a day
    before the due date owes nothing; one that is cancelled later owes the whole fee. Before the first price
    there is no fee.
    """
    licence = package.licence
    if licence.is_void:
        return
    for period in periods(licence.activated_on, until):
        cancelled_from_on = licence.cancelled_from_on
        if cancelled_from_on is not None and cancelled_from_on < period.start_on:
            return
        price = terms.price_on(period.start_on)
        if price is None:
            continue
        seller = package.seller_on(period.start_on)
        customer = package.customer_on(period.start_on)
        is_direct = seller == vendor
        yield MaintenanceFee(
            period=period.number,
            start_on=period.start_on,
            end_on=period.end_on,
            customer=customer,
            seller=seller,
            obligor=Obligor.CUSTOMER if is_direct else Obligor.RESELLER,
            owed_by=customer if is_direct else seller,
            net_cents=price.net_cents,
            price_from_on=price.from_on,
            price_version=price.version,
        )


def difference(
    package: Package, terms: Terms, vendor: str, until: date, charged: Sequence[Charge]
) -> ChargeDifference:
    """What has to be recorded so that the charges equal the fees that fall due up to a day.

    A charge that differs from its fee is reversed, and the fee is charged again. They meet by the first day
    of their year: its number is another one after the day of the activation was corrected.
    """
    valid = {
        charge.period_start_on: charge
        for charge in charged
        if not charge.is_reversed and charge.period_start_on <= until
    }
    due = {fee.start_on: fee for fee in fees_of(package, terms, vendor, until)}
    known_by = EventRef(package_stream_id(package.reference), package.owed_since)
    reversals = []
    fees = []
    for start_on in sorted(valid.keys() | due.keys()):
        charge, fee = valid.get(start_on), due.get(start_on)
        cause = known_by
        if charge is not None and fee is not None and _owed(charge) == _due(fee):
            if charge.net_cents == fee.net_cents:
                continue
            cause = EventRef(BILLING_TERMS, fee.price_version)
        if charge is not None:
            reversals.append((charge, cause))
        if fee is not None:
            fees.append((fee, cause))
    return ChargeDifference(tuple(reversals), tuple(fees))


def charge_for(fee: MaintenanceFee, number: int) -> Charge:
    """The fee as the account's `number`-th charge."""
    return Charge(
        number=number,
        period=fee.period,
        period_start_on=fee.start_on,
        period_end_on=fee.end_on,
        rule=PeriodRule.ACTIVATION if fee.period == 1 else PeriodRule.ANNIVERSARY,
        customer=fee.customer,
        seller=fee.seller,
        obligor=fee.obligor,
        owed_by=fee.owed_by,
        net_cents=fee.net_cents,
        price_from_on=fee.price_from_on,
        price_version=fee.price_version,
    )


def _owed(charge: Charge) -> tuple[object, ...]:
    # An organisation can be reseller and customer: its id alone does not say in which role it owes.
    days = (charge.period_start_on, charge.period_end_on)
    return (charge.customer, charge.obligor, charge.owed_by, *days)


def _due(fee: MaintenanceFee) -> tuple[object, ...]:
    return (fee.customer, fee.obligor, fee.owed_by, fee.start_on, fee.end_on)
