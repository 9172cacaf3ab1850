"""The terms of billing: the price of maintenance, and the rates of tax, each from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.terms import MaintenancePriceSet, VatRateSet


class Price(msgspec.Struct, frozen=True):
    """A net price for each package and year, recorded by the `version`-th event of the terms."""

    from_on: date
    net_cents: int
    version: int


class Rate(msgspec.Struct, frozen=True):
    """A rate of value added tax in percent, recorded by the `version`-th event of the terms."""

    from_on: date
    percent: Decimal
    version: int


class Terms(msgspec.Struct, frozen=True):
    """All prices and rates, by their days; of two for one day the one recorded last applies.

    `rates` has those of each country. `version` counts the events.
    """

    prices: tuple[Price, ...] = ()
    rates: dict[str, tuple[Rate, ...]] = msgspec.field(default_factory=dict)
    version: int = 0

    def price_on(self, day: date) -> Price | None:
        """The price of what falls due on a day; None before the first one."""
        begun = [price for price in self.prices if price.from_on <= day]
        return begun[-1] if begun else None

    def rate_on(self, country: str, day: date) -> Rate | None:
        """The rate of what is complete on a day; None before the first one."""
        begun = [rate for rate in self.rates.get(country, ()) if rate.from_on <= day]
        return begun[-1] if begun else None


NO_TERMS = Terms()


def evolve(terms: Terms | None, fact: Fact[EventData]) -> Terms:
    """The terms after a fact; never fails on a fact that was decided."""
    before = terms or NO_TERMS
    version = before.version + 1
    match fact.data:
        case MaintenancePriceSet(from_on=from_on, net_cents=net_cents):
            kept = [price for price in before.prices if price.from_on != from_on]
            prices = sorted((*kept, Price(from_on, net_cents, version)), key=_day)
            return Terms(tuple(prices), before.rates, version)
        case VatRateSet(country=country, from_on=from_on, percent=percent):
            others = [rate for rate in before.rates.get(country, ()) if rate.from_on != from_on]
            rates = sorted((*others, Rate(from_on, percent, version)), key=_day)
            return Terms(before.prices, {**before.rates, country: tuple(rates)}, version)
        case other:
            raise TypeError(f"{type(other).__name__} is not an event of the terms of billing")


def _day(term: Price | Rate) -> date:
    return term.from_on
