"""Checks of every command on billing: who gives it, and whether its days are plausible."""

from __future__ import annotations

from datetime import date

from casecore.billing.refusals import BillingDayOutOfRange, NotYourBilling
from casecore.decider.business_day import EARLIEST, LATEST
from casecore.decider.command import GivenActor


def check_actor(actor: GivenActor, vendor: str) -> None:
    """Raise NotYourBilling unless it is one of the vendor's agents, or the system."""
    if not actor.is_for_the_vendor(vendor):
        raise NotYourBilling(actor.organisation, actor.role.value, vendor)


def check_billing_day(field: str, day: date) -> None:
    """Raise BillingDayOutOfRange for a day that can only be a typing error."""
    if not EARLIEST <= day <= LATEST:
        raise BillingDayOutOfRange(field, day.isoformat(), EARLIEST.isoformat(), LATEST.isoformat())
