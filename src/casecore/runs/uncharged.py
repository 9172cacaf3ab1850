"""What no charging run has recorded yet, by customer of the vendor: why there may be nothing to bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from casecore.billing.terms import Terms
from casecore.contract.billing import Obligor
from casecore.runs.books import PackageAndAccount


class UnchargedCustomer(NamedTuple):
    """A customer of the vendor with fees that fell due, or that documents bill wrongly, and no run has
    recorded.

    `fees` are to be charged, `reversals` are billed and to be reversed; `net_cents` is the balance of both.
    """

    customer: str
    packages: tuple[str, ...]
    fees: int
    reversals: int
    oldest_due_on: date
    net_cents: int


class Uncharged(NamedTuple):
    """What a charging run up to a day would record, by customer; without a price no fee falls due."""

    until: date
    has_price: bool
    customers: tuple[UnchargedCustomer, ...]


class _Item(NamedTuple):
    customer: str
    package: str
    due_on: date
    net_cents: int
    is_reversal: bool


def uncharged(
    packages: Iterable[Iterable[PackageAndAccount]],
    terms: Terms,
    vendor: str,
    until: date,
    customer: str | None = None,
) -> Uncharged:
    """What a charging run up to a day would record of these packages, for all customers or for one."""
    found: dict[str, list[_Item]] = {}
    for page in packages:
        for one in page:
            for item in _items(one, terms, vendor, until):
                if customer in (None, item.customer):
                    found.setdefault(item.customer, []).append(item)
    customers = tuple(_of_customer(name, items) for name, items in sorted(found.items()))
    return Uncharged(until, bool(terms.prices), customers)


def _items(one: PackageAndAccount, terms: Terms, vendor: str, until: date) -> Iterator[_Item]:
    changes = one.difference(terms, vendor, until)
    package = one.package.reference
    for fee, _ in changes.fees:
        if fee.obligor is Obligor.CUSTOMER:
            yield _Item(fee.owed_by, package, fee.start_on, fee.net_cents, is_reversal=False)
    for charge, _ in changes.reversals:
        if charge.obligor is Obligor.CUSTOMER and charge.billed is not None:
            yield _Item(charge.owed_by, package, charge.period_start_on, -charge.net_cents, is_reversal=True)


def _of_customer(name: str, items: list[_Item]) -> UnchargedCustomer:
    reversals = sum(item.is_reversal for item in items)
    return UnchargedCustomer(
        customer=name,
        packages=tuple(sorted({item.package for item in items})),
        fees=len(items) - reversals,
        reversals=reversals,
        oldest_due_on=min(item.due_on for item in items),
        net_cents=sum(item.net_cents for item in items),
    )
