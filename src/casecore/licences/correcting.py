"""What was wrong about a package, put right: a cancellation that is withdrawn, a day of activation. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from casecore.contract.envelope import Role
from casecore.contract.licences import LicenceActivationCorrected, LicenceCancellationWithdrawn
from casecore.decider.business_day import day_of
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context
from casecore.licences import refusals
from casecore.licences.assigning import activated_from
from casecore.licences.commands import CorrectActivation
from casecore.licences.days import check_day
from casecore.licences.package import Package


def correct_activation(
    package: Package, do: CorrectActivation, context: Context
) -> LicenceActivationCorrected | None:
    """The fact that a package was activated on another day; None if it is that day."""
    check_day("activated_on", do.activated_on, context.now)
    before = package.licence
    if do.activated_on == before.activated_on:
        return None
    after = activated_from(before, do.activated_on)
    return LicenceActivationCorrected(
        package=package.reference, licence=after, corrected_from_on=before.activated_on
    )


def withdraw_cancellation(
    package: Package, actor: GivenActor, context: Context
) -> LicenceCancellationWithdrawn | None:
    """The fact that a package is not cancelled any more; None if it is not cancelled.

    A seller withdraws it until its day is over: after that somebody would owe for what is past.
    """
    cancelled_from_on = package.licence.cancelled_from_on
    if cancelled_from_on is None:
        return None
    today = day_of(context.now)
    if actor.role is Role.SELLER and cancelled_from_on < today:
        raise refusals.CancellationTookEffect(cancelled_from_on.isoformat(), today.isoformat())
    after = replace(package.licence, cancelled_from_on=None)
    return LicenceCancellationWithdrawn(
        package=package.reference, licence=after, cancelled_from_on=cancelled_from_on
    )
