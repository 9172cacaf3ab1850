"""Who sells a package from which day on: the order of its assignments, also where one is known late. Pure."""

from __future__ import annotations

from datetime import date

from casecore.contract.licences import Assignment, Licence
from casecore.licences import refusals

MOST_ASSIGNMENTS = 200
"""Each event carries them all, and a record must stay well below its limit; packages have a few."""


def assigned(licence: Licence, package: str, seller: str, from_on: date) -> tuple[Assignment, ...] | None:
    """The assignments with one more, in the order of their days; None where it stands there already.

    Raises a LicenceRefusal. One that lies before the last is late knowledge: it holds until the next.
    """
    if from_on < licence.activated_on:
        raise refusals.BeforeActivation(from_on.isoformat(), licence.activated_on.isoformat())
    for standing in licence.assignments:
        if standing.from_on == from_on:
            if standing.seller != seller:
                raise refusals.TwoSellersFromOneDay(seller, standing.seller, from_on.isoformat())
            return None
    cancelled_from_on = licence.cancelled_from_on
    if cancelled_from_on is not None and from_on >= cancelled_from_on:
        raise refusals.AssignedAfterCancellation(from_on.isoformat(), cancelled_from_on.isoformat())
    if len(licence.assignments) >= MOST_ASSIGNMENTS:
        raise refusals.TooManyAssignments(package, MOST_ASSIGNMENTS)
    return tuple(sorted((*licence.assignments, Assignment(from_on, seller)), key=lambda one: one.from_on))
