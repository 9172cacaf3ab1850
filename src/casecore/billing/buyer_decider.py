"""A buyer as the command bus sees it: settlements of its years, and whether it is on hold."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from msgspec.structs import asdict

from casecore.billing import refusals
from casecore.billing.buyer import UNKNOWN_BUYER, Buyer, evolve
from casecore.billing.checks import check_actor
from casecore.billing.commands import BuyerCommand, CloseSettlement, EndHold, HoldBuyer, ReleaseBuyer
from casecore.billing.taxation import HOME, Area, area_of
from casecore.contract.billing import SettlementClosed, VatCategory
from casecore.contract.buyers import BuyerHeld, BuyerReleased
from casecore.contract.parties import BuyerStatus
from casecore.contract.personal import Plain
from casecore.contract.streams import buyer_stream_id, party_stream_id
from casecore.decider.business_day import day_of
from casecore.decider.decider import Context, Decider, Decision, Evolve
from casecore.parties.party import Party
from casecore.parties.party import evolve as evolve_party
from casecore.parties.refusals import PartyUnknown

_UNCHANGED = Decision(())


def decide(buyer: Buyer | None, command: BuyerCommand, context: Context) -> Decision:
    """The fact about a buyer; none if it changes nothing. Raises a Refusal."""
    check_actor(command.actor, context.vendor)
    party: Party | None = context.related_streams[party_stream_id(command.buyer)]
    if party is None:
        raise PartyUnknown(command.buyer)
    known = buyer or UNKNOWN_BUYER
    match command.do:
        case CloseSettlement() as do:
            return _close(party, known, do, context)
        case HoldBuyer(country=country):
            _check_country(party, country)
            if known.on_hold_in == country or known.taxed_as(party.details) is not None:
                return _UNCHANGED
            return Decision((BuyerHeld(buyer=party.id, country=country),))
        case ReleaseBuyer() as do:
            return _release(party, known, do)
        case EndHold():
            return _end_hold(party, known)


def _close(party: Party, buyer: Buyer, do: CloseSettlement, context: Context) -> Decision:
    if buyer.settlement(do.year) is not None:
        return _UNCHANGED
    if day_of(context.now).year <= do.year:
        raise refusals.YearNotOver(do.year, f"{do.year + 1}-01-01")
    last = buyer.settlements[-1].year if buyer.settlements else 0
    if do.year < last:
        raise refusals.LaterYearSettled(party.id, do.year, last)
    if do.settled_before != len(buyer.settlements):
        raise refusals.SettledMeanwhile(party.id, do.settled_before)
    content = asdict(do)
    del content["settled_before"]
    return Decision((SettlementClosed(seller=party.id, **content),))


def _release(party: Party, buyer: Buyer, do: ReleaseBuyer) -> Decision:
    if party.details.address.country == HOME:
        raise refusals.SoldAtHome(party.id, HOME)
    _check_country(party, do.country)
    _check_category(party, do.category)
    if buyer.taxed_as(party.details) is do.category:
        return _UNCHANGED
    released = BuyerReleased(
        buyer=party.id, country=do.country, category=do.category, reason=Plain(do.reason)
    )
    return Decision((released,))


def _check_category(party: Party, category: VatCategory) -> None:
    """Raise unless a buyer outside Germany can be taxed so (see `possible_categories`), and with proof."""
    country, buys_as = party.details.address.country, party.details.buys_as
    is_in_union = area_of(country) is Area.UNION
    if category is VatCategory.REVERSE_CHARGE and not is_in_union:
        raise refusals.NoReverseCharge(party.id, country)
    if category is VatCategory.OUTSIDE_SCOPE and is_in_union:
        raise refusals.WithinTheUnion(party.id, country)
    if buys_as is None and not is_in_union:
        raise refusals.BuyerStatusUnknown(party.id, country)
    if buys_as is BuyerStatus.PRIVATE and category is not VatCategory.STANDARD:
        raise refusals.PrivateBuyerIsTaxed(party.id)
    if buys_as is BuyerStatus.BUSINESS and not is_in_union and category is VatCategory.STANDARD:
        raise refusals.OutsideTheScope(party.id, country)
    # § 14a (1) UStG: the VAT ids of both are on the document.
    if category is VatCategory.REVERSE_CHARGE and party.details.vat_id is None:
        raise refusals.VatIdMissing(party.id)


def _end_hold(party: Party, buyer: Buyer) -> Decision:
    country = party.details.address.country
    category = buyer.taxed_as(party.details)
    if buyer.on_hold_in is None or category is None:
        return _UNCHANGED
    return Decision((BuyerReleased(buyer=party.id, country=country, category=category),))


def _check_country(party: Party, country: str) -> None:
    home = party.details.address.country
    if home != country:
        raise refusals.AtHomeElsewhere(party.id, home, country)


def stream_of(command: BuyerCommand) -> UUID:
    """The stream that a command is for."""
    return buyer_stream_id(command.buyer)


def _related_streams(command: BuyerCommand) -> Mapping[UUID, Evolve]:
    return {party_stream_id(command.buyer): evolve_party}


BUYERS = Decider[Buyer, BuyerCommand](BuyerCommand, stream_of, decide, evolve, _related_streams)
