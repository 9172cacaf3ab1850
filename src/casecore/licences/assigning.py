"""A package's seller from each day on: its assignments in order, also where one is recorded late. Pure."""

from __future__ import annotations

from datetime import date

from casecore.contract.licences import Assignment, Licence
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
