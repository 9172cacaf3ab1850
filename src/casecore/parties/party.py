"""What the write side remembers of a party, and the fold that keeps it."""

from __future__ import annotations

import msgspec

from casecore.contract.envelope import EventData, Fact
from casecore.contract.parties import PartyDetails, PartyEvent, PartyRole


class Party(msgspec.Struct, frozen=True):
    """A party after the `version`-th event of its stream."""

    id: str
    details: PartyDetails
    version: int

    def is_a(self, role: PartyRole) -> bool:
        """Whether it has the role."""
        return role in self.details.roles


def evolve(party: Party | None, fact: Fact[EventData]) -> Party:
    """The party after a fact; never fails on a fact that was decided."""
    data = fact.data
    if not isinstance(data, PartyEvent):
        raise TypeError(f"{type(data).__name__} is not an event of a party")
    return Party(data.party, data.details, party.version + 1 if party else 1)
