"""A buyer: the years that are settled with it, whether it is on hold, and the fold of both."""

from __future__ import annotations

import msgspec

from casecore.contract.billing import BuyerHeld, BuyerReleased, SettlementClosed, VatCategory
from casecore.contract.envelope import EventData, Fact

HOME = "DE"
"""A buyer in this country is billed with its tax; any other is on hold until somebody decides."""


class Buyer(msgspec.Struct, frozen=True):
    """What was decided about a buyer.

    `on_hold_in` is the country in which it is on hold; `released` has for each country how it is billed
    there.
    """

    settlements: tuple[SettlementClosed, ...] = ()
    on_hold_in: str | None = None
    released: dict[str, VatCategory] = msgspec.field(default_factory=dict)
    version: int = 0

    def settlement(self, year: int) -> SettlementClosed | None:
        """The settlement of a year; None while it is open."""
        return next((settlement for settlement in self.settlements if settlement.year == year), None)

    def taxed_in(self, country: str) -> VatCategory | None:
        """How the buyer is billed, at home in a country; None if that is still to be decided."""
        return VatCategory.STANDARD if country == HOME else self.released.get(country)


UNKNOWN_BUYER = Buyer()


def evolve(buyer: Buyer | None, fact: Fact[EventData]) -> Buyer:
    """The buyer after a fact; never fails on a fact that was decided."""
    before = buyer or UNKNOWN_BUYER
    version = before.version + 1
    match fact.data:
        case SettlementClosed() as closed:
            settlements = (*before.settlements, closed)
            return Buyer(settlements, before.on_hold_in, before.released, version)
        case BuyerHeld(country=country):
            return Buyer(before.settlements, country, before.released, version)
        case BuyerReleased(country=country, category=category):
            released = {**before.released, country: category}
            return Buyer(before.settlements, None, released, version)
        case other:
            raise TypeError(f"{type(other).__name__} is not an event of a buyer")
