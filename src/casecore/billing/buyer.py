"""A buyer: the years that are settled with it, and whether it is held. And the fold that keeps that."""

from __future__ import annotations

import msgspec

from casecore.contract.billing import BuyerHeld, BuyerReleased, SettlementClosed, VatCategory
from casecore.contract.envelope import EventData, Fact

HOME = "DE"
"""Who buys here is billed with the tax of this country; anyone else is held until someone decides."""


class Buyer(msgspec.Struct, frozen=True):
    """What was decided of a buyer. `released` has for a country how it is billed there."""

    settlements: tuple[SettlementClosed, ...] = ()
    held_in: str | None = None
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
            return Buyer(settlements, before.held_in, before.released, version)
        case BuyerHeld(country=country):
            return Buyer(before.settlements, country, before.released, version)
        case BuyerReleased(country=country, category=category):
            released = {**before.released, country: category}
            return Buyer(before.settlements, None, released, version)
        case other:
            raise TypeError(f"{type(other).__name__} is no event of a buyer")
