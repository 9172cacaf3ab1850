"""How a buyer is taxed; who is not at home in Germany is held until someone decides."""

from __future__ import annotations

from uuid import UUID, uuid5

from casecore.billing.buyer import Buyer
from casecore.billing.commands import BuyerCommand, EndHold, HoldBuyer
from casecore.contract.billing import VatCategory
from casecore.parties.party import Party
from casecore.runs.actor import BILLING_RUN, Bus
from casecore.runs.books import Books

_NAMESPACE = UUID("9d41c6e8-37f5-4b0a-a2c7-58e1b3f09d26")


def taxed(books: Books, buyer_id: str) -> VatCategory | None:
    """How the buyer's fees are taxed; None while that is to be decided. Raises PartyUnknown."""
    return books.buyer(buyer_id).taxed_in(books.party(buyer_id).details.address.country)


def treatment(books: Books, bus: Bus, buyer_id: str) -> VatCategory | None:
    """As `taxed`; that a buyer is held or not held any more is recorded.

    Raises PartyUnknown, DatabaseUnavailable.
    """
    category = taxed(books, buyer_id)
    party, buyer = books.party(buyer_id), books.buyer(buyer_id)
    country = party.details.address.country
    if category is None and buyer.on_hold_in != country:
        bus.give(_command(party, buyer, HoldBuyer(country=country)))
    elif category is not None and buyer.on_hold_in is not None:
        bus.give(_command(party, buyer, EndHold()))
    return category


def _command(party: Party, buyer: Buyer, do: HoldBuyer | EndHold) -> BuyerCommand:
    known = f"{party.id}/{do.verb}/{party.version}/{buyer.version}"
    return BuyerCommand(command_id=uuid5(_NAMESPACE, known), actor=BILLING_RUN, buyer=party.id, do=do)
