"""A buyer: the years that are settled with it, whether it is on hold, and the fold of both."""

from __future__ import annotations

import msgspec

from casecore.billing.taxation import HOME, possible_categories
from casecore.contract.billing import SettlementClosed, VatCategory
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.envelope import EventData, Fact
from casecore.contract.parties import PartyDetails


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

    def decided_for(self, country: str) -> VatCategory | None:
        """What was decided last for a country, whatever is known of the buyer now; None if nothing was."""
        return VatCategory.STANDARD if country == HOME else self.released.get(country)

    def taxed_as(self, details: PartyDetails) -> VatCategory | None:
        """How the buyer is billed, with these details; None if that is still to be decided.

        A decision counts while it is possible: one for a private buyer does not count once it is a business.
        """
        decided = self.decided_for(details.address.country)
        return decided if decided in possible_categories(details) else None


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
