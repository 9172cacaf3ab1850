"""The words of the examples: given what is known of a party, when somebody acts, then an event follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from casecore.contract.envelope import EventData, Role
from casecore.contract.parties import PartyEvent, PartyRole
from casecore.decider.command import GivenActor
from casecore.parties.commands import ChangeParty, PartyAction, PartyCommand, RegisterParty
from casecore.parties.decider import PARTIES
from casecore.parties.party import Party
from tests.decider.laws import NO_ID
from tests.decider.spec import DeciderSpec

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NORD, VENDOR = "nord", "vendor"

VENDORS_AGENT = GivenActor("vera", VENDOR, Role.VENDOR)
SYSTEM = GivenActor("nightly run", VENDOR, Role.SYSTEM)
NORDS_AGENT = GivenActor("ida", NORD, Role.SELLER)
A_STRANGER = GivenActor("olaf", "ost", Role.SELLER)

RESELLER, CUSTOMER = PartyRole.RESELLER, PartyRole.CUSTOMER


def details(**more: Any) -> dict[str, Any]:
    """The details of Nord, with these changes."""
    return {
        "roles": (RESELLER,),
        "name": "Nord GmbH",
        "street": "Am Kai 12",
        "postal_code": "24103",
        "city": "Kiel",
        "country": "DE",
        **more,
    }


def command(do: PartyAction, party: str) -> PartyCommand:
    """Something is done to a party, by the vendor."""
    return PartyCommand(command_id=NO_ID, actor=VENDORS_AGENT, party=party, do=do)


def register(party: str = NORD, **more: Any) -> PartyCommand:
    return command(RegisterParty(**details(**more)), party)


def change(party: str = NORD, **more: Any) -> PartyCommand:
    return command(ChangeParty(**details(**more)), party)


def has_the_details_after(party: Party, made: EventData) -> None:
    """An event has the party's details after it."""
    assert isinstance(made, PartyEvent)
    assert (made.party, made.details) == (party.id, party.details)


SPEC = DeciderSpec(PARTIES, vendor=VENDOR, now=NOW, law=has_the_details_after)
given = SPEC.given
