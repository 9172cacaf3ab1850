"""The words of the examples: given what is known of a party, when somebody acts, then an event follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from casecore.contract.envelope import EventData, Fact, Role
from casecore.contract.parties import PartyDetails, PartyEvent, PartyRole
from casecore.decider.command import GivenActor
from casecore.decider.decider import Context, Decision
from casecore.parties.commands import ChangeParty, PartyAction, PartyCommand, RegisterParty
from casecore.parties.decider import PARTIES
from casecore.parties.party import Party
from casecore.parties.refusals import PartyRefusal

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NO_ID = UUID(int=0)
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


def register(**more: Any) -> RegisterParty:
    return RegisterParty(**details(**more))


def change(**more: Any) -> ChangeParty:
    return ChangeParty(**details(**more))


def decided(
    party: Party | None, do: PartyAction, actor: GivenActor = VENDORS_AGENT, name: str = NORD
) -> Decision:
    """The decision on an action; nothing is stored. Raises the Refusal."""
    command = PartyCommand(command_id=NO_ID, actor=actor, party=name, do=do)
    return PARTIES.decide(party, command, Context(NOW, NOW, VENDOR))


def after(party: Party | None, decision: Decision) -> Party | None:
    """The party after a decision."""
    for made in decision.events:
        fact: Fact[EventData] = Fact(
            occurred_at=NOW,
            actor=VENDORS_AGENT.as_actor(),
            command_id=NO_ID,
            correlation_id=NO_ID,
            data=made,
        )
        party = PARTIES.evolve(party, fact)
    return party


class Given:
    """A party with a history; it is asked what follows."""

    def __init__(self, steps: tuple[PartyAction, ...], name: str) -> None:
        self.party: Party | None = None
        self.decision = Decision(())
        self.refusal: PartyRefusal | None = None
        self._name = name
        for step in steps:
            self.party = after(self.party, decided(self.party, step, name=name))

    def when(self, do: PartyAction, actor: GivenActor = VENDORS_AGENT) -> Given:
        """Somebody acts; a refusal leaves the party as it is."""
        try:
            self.decision = decided(self.party, do, actor, self._name)
        except PartyRefusal as refusal:
            self.refusal = refusal
        return self

    def then(self, kind: type[PartyEvent]) -> PartyDetails:
        """This event followed; the details after it."""
        assert self.refusal is None, f"refused: {self.refusal}"
        [made] = self.decision.events
        assert type(made) is kind
        return made.details

    def nothing(self) -> None:
        """No event followed, since nothing changes."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert self.decision.events == ()

    def refused(self, kind: type[PartyRefusal], field: str, *words: str) -> None:
        """It was refused for that reason; the message has the field and these words."""
        assert self.refusal is not None, f"made {self.decision.events}"
        assert type(self.refusal) is kind, self.refusal
        assert self.refusal.at_fault == field
        message = str(self.refusal)
        assert all(word in message for word in (field, *words)), message
        assert "{" not in message


def given(*steps: PartyAction, name: str = NORD) -> Given:
    """The party after these steps, none of which may be refused."""
    return Given(steps, name)
