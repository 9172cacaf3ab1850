"""A package's customer from each day on: its transfers in order, also where one is recorded late. Pure."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from casecore.contract.licences import CustomerSince, Licence
from casecore.licences import refusals

MOST_CUSTOMERS = 200
"""Each event carries them all, and a record must stay well below its limit; packages have a few."""


def customers_of(licence: Licence) -> tuple[CustomerSince, ...]:
    """All customers of a package in the order of their days, the first from the activation."""
    return licence.customers or (CustomerSince(licence.activated_on, licence.customer),)


def customer_on(licence: Licence, day: date) -> str:
    """The customer on a day; the first one for days before the activation."""
    customers = customers_of(licence)
    begun = [one for one in customers if one.from_on <= day]
    return (begun or customers[:1])[-1].customer


def transferred(licence: Licence, package: str, customer: str, from_on: date) -> Licence | None:
    """The licence with another customer from a day on; None if it is there already.

    Raises a LicenceRefusal. One before the last was recorded late: it applies until the next.
    """
    if from_on < licence.activated_on:
        raise refusals.BeforeActivation(from_on.isoformat(), licence.activated_on.isoformat())
    customers = customers_of(licence)
    for existing in customers:
        if existing.from_on == from_on:
            if existing.customer != customer:
                raise refusals.TwoCustomersFromOneDay(customer, existing.customer, from_on.isoformat())
            return None
    cancelled_from_on = licence.cancelled_from_on
    if cancelled_from_on is not None and from_on >= cancelled_from_on:
        raise refusals.TransferredAfterCancellation(from_on.isoformat(), cancelled_from_on.isoformat())
    if len(customers) >= MOST_CUSTOMERS:
        raise refusals.TooManyCustomers(package, MOST_CUSTOMERS)
    after = tuple(sorted((*customers, CustomerSince(from_on, customer)), key=lambda one: one.from_on))
    return replace(licence, customer=after[-1].customer, customers=after)
