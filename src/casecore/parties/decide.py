"""How a command on a party becomes a fact, or a refusal. Pure."""

from __future__ import annotations

from casecore.contract.parties import PartyChanged, PartyDetails, PartyRegistered, PartyRole
from casecore.decider.decider import Context, Decision
from casecore.parties import refusals
from casecore.parties.commands import ChangeParty, PartyCommand, RegisterParty
from casecore.parties.details import details_of
from casecore.parties.party import Party

_UNCHANGED = Decision(())


def decide(party: Party | None, command: PartyCommand, context: Context) -> Decision:
    """The fact that a command leads to; none if it changes nothing. Raises a PartyRefusal."""
    match command.do:
        case RegisterParty() as do:
            return _register(party, command, do, context)
        case ChangeParty() as do:
            return _change(party, command, do, context)


def _register(party: Party | None, command: PartyCommand, do: RegisterParty, context: Context) -> Decision:
    if not command.actor.is_for_the_vendor(context.vendor):
        raise _not_yours(command, "register")
    details = details_of(command.party, do, context.vendor)
    if party is None:
        return Decision((PartyRegistered(party=command.party, details=details),))
    if party.details != details:
        raise refusals.PartyAlreadyRegistered(command.party)
    return _UNCHANGED


def _change(party: Party | None, command: PartyCommand, do: ChangeParty, context: Context) -> Decision:
    for_the_vendor = command.actor.is_for_the_vendor(context.vendor)
    if not for_the_vendor and command.actor.organisation != command.party:
        raise _not_yours(command, "change")
    if party is None:
        raise refusals.PartyUnknown(command.party)
    details = details_of(command.party, do, context.vendor)
    if not for_the_vendor:
        _check_own_change(party, details, command)
    if party.details == details:
        return _UNCHANGED
    return Decision((PartyChanged(party=command.party, details=details),))


def _check_own_change(party: Party, details: PartyDetails, command: PartyCommand) -> None:
    """Raise unless a party leaves alone what decides how it is billed: roles, country, and as what it buys.

    Only the vendor's own agents change the vendor's details, in the role vendor.
    """
    if party.is_a(PartyRole.VENDOR):
        raise _not_yours(command, "change")
    if details.roles != party.details.roles:
        raise refusals.RolesNotYours(party.id, tuple(role.value for role in party.details.roles))
    if details.address.country != party.details.address.country:
        raise refusals.CountryNotYours(party.id, party.details.address.country)
    if details.buys_as is not party.details.buys_as:
        recorded = party.details.buys_as
        raise refusals.BuyerStatusNotYours(party.id, recorded.value if recorded else "not recorded")


def _not_yours(command: PartyCommand, action: str) -> refusals.NotYourParty:
    actor = command.actor
    return refusals.NotYourParty(actor.organisation, actor.role.value, action, command.party)
