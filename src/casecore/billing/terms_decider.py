"""The terms of billing as the command bus sees them: one stream, for the whole installation."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from iso3166 import countries_by_alpha2

from casecore.billing.checks import check_actor, check_billing_day
from casecore.billing.commands import SetMaintenancePrice, SetVatRate, TermsCommand
from casecore.billing.refusals import RateOutOfRange
from casecore.billing.terms import NO_TERMS, Terms, evolve
from casecore.contract.streams import BILLING_TERMS
from casecore.contract.terms import MaintenancePriceSet, VatRateSet
from casecore.decider.decider import Context, Decider, Decision
from casecore.parties.refusals import CountryUnknown

_UNCHANGED = Decision(())
_PLACES = 4
"""Most decimals of a rate: no country has more than two."""


def decide(terms: Terms | None, command: TermsCommand, context: Context) -> Decision:
    """The fact of a price or a rate from a day on; none if it changes nothing. Raises a Refusal."""
    check_actor(command.actor, context.vendor)
    check_billing_day("from_on", command.do.from_on)
    known = terms or NO_TERMS
    match command.do:
        case SetMaintenancePrice(from_on=from_on, net_cents=net_cents):
            price = known.price_on(from_on)
            if price is not None and (price.from_on, price.net_cents) == (from_on, net_cents):
                return _UNCHANGED
            return Decision((MaintenancePriceSet(from_on=from_on, net_cents=net_cents),))
        case SetVatRate(country=country, from_on=from_on, percent=percent):
            _check_percent(percent)
            if country not in countries_by_alpha2:
                raise CountryUnknown(country)
            rate = known.rate_on(country, from_on)
            if rate is not None and (rate.from_on, rate.percent) == (from_on, percent):
                return _UNCHANGED
            return Decision((VatRateSet(country=country, from_on=from_on, percent=percent),))


def _check_percent(percent: Decimal) -> None:
    """A rate of zero is another category of tax (EN 16931, BR-S-05), which no document here has."""
    is_rate = percent.is_finite() and 0 < percent < 100
    exponent = percent.as_tuple().exponent
    if not is_rate or not isinstance(exponent, int) or not -_PLACES <= exponent <= 0:
        raise RateOutOfRange(str(percent)[:50], _PLACES)


def stream_of(_: TermsCommand) -> UUID:
    """The stream that a command is for."""
    return BILLING_TERMS


TERMS = Decider[Terms, TermsCommand](TermsCommand, stream_of, decide, evolve)
