"""How a buyer is taxed; a buyer outside Germany is on hold until a person decides."""

from __future__ import annotations

from casecore.billing.buyer import Buyer
from casecore.billing.commands import BuyerCommand, EndHold, HoldBuyer
from casecore.commands.finding_ids import Finding, finding_id
from casecore.commands.interface import Bus
from casecore.contract.billing import VatCategory
from casecore.decider.own_runs import BILLING_RUN
from casecore.parties.party import Party
from casecore.runs.books import Books


def treatment(books: Books, bus: Bus, buyer_id: str) -> VatCategory | None:
    """How the buyer's fees are taxed, None while that is not decided; records that it is on hold now, or not
    any more.

    Raises PartyUnknown, DatabaseUnavailable.
    """
    party, buyer = books.party(buyer_id), books.buyer(buyer_id)
    category = buyer.taxed_as(party.details)
    country = party.details.address.country
    if category is None and buyer.on_hold_in != country:
        bus.give(hold_command(party, buyer, HoldBuyer(country=country)))
    elif category is not None and buyer.on_hold_in is not None:
        bus.give(hold_command(party, buyer, EndHold()))
    return category


def hold_command(party: Party, buyer: Buyer, do: HoldBuyer | EndHold) -> BuyerCommand:
    """The command that puts a buyer on hold, or ends the hold."""
    known = f"{party.id}/{do.verb}/{party.version}/{buyer.version}"
    return BuyerCommand(
        command_id=finding_id(Finding.BUYER_HOLD, known), actor=BILLING_RUN, buyer=party.id, do=do
    )
