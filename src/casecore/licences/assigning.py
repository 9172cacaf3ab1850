"""A package's seller from each day on: its assignments in order, also where one is recorded late, and where
the day of the activation is corrected. Pure."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from casecore.contract.licences import Assignment, CustomerSince, Licence
from casecore.licences import refusals

MOST_ASSIGNMENTS = 200
"""Each event carries them all, and a record must stay well below its limit; packages have a few."""


def assigned(licence: Licence, package: str, seller: str, from_on: date) -> tuple[Assignment, ...] | None:
    """The assignments with one more, in the order of their days; None if it is there already.

    Raises a LicenceRefusal. One before the last was recorded late: it applies until the next.
    """
    if from_on < licence.activated_on:
        raise refusals.BeforeActivation(from_on.isoformat(), licence.activated_on.isoformat())
    for existing in licence.assignments:
        if existing.from_on == from_on:
            if existing.seller != seller:
                raise refusals.TwoSellersFromOneDay(seller, existing.seller, from_on.isoformat())
            return None
    cancelled_from_on = licence.cancelled_from_on
    if cancelled_from_on is not None and from_on >= cancelled_from_on:
        raise refusals.AssignedAfterCancellation(from_on.isoformat(), cancelled_from_on.isoformat())
    if len(licence.assignments) >= MOST_ASSIGNMENTS:
        raise refusals.TooManyAssignments(package, MOST_ASSIGNMENTS)
    return tuple(sorted((*licence.assignments, Assignment(from_on, seller)), key=lambda one: one.from_on))


def activated_from(licence: Licence, activated_on: date) -> Licence:
    """The licence with another day of its activation, from which its first seller and its first
    customer have it.

    Raises a LicenceRefusal where something that is recorded of the package comes before that day, or on it.
    """
    cancelled_from_on = licence.cancelled_from_on
    if cancelled_from_on is not None and cancelled_from_on < activated_on:
        raise refusals.ActivatedAfterCancellation(activated_on.isoformat(), cancelled_from_on.isoformat())
    first, *later = licence.assignments
    if later and later[0].from_on <= activated_on:
        raise refusals.ActivatedAfterAssignment(
            activated_on.isoformat(), later[0].seller, later[0].from_on.isoformat()
        )
    return replace(
        licence,
        activated_on=activated_on,
        assignments=(Assignment(activated_on, first.seller), *later),
        customers=_customers_from(licence, activated_on),
    )


def _customers_from(licence: Licence, activated_on: date) -> tuple[CustomerSince, ...]:
    if not licence.customers:
        return ()
    first, *later = licence.customers
    if later and later[0].from_on <= activated_on:
        raise refusals.ActivatedAfterTransfer(
            activated_on.isoformat(), later[0].customer, later[0].from_on.isoformat()
        )
    return (CustomerSince(activated_on, first.customer), *later)
