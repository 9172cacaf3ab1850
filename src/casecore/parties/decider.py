"""The party as the command bus sees it."""

from __future__ import annotations

from uuid import UUID

from casecore.contract.streams import party_stream_id
from casecore.decider.decider import Decider
from casecore.parties.commands import PartyCommand
from casecore.parties.decide import decide
from casecore.parties.party import Party, evolve


def stream_of(command: PartyCommand) -> UUID:
    """The stream that a command is for."""
    return party_stream_id(command.party)


PARTIES = Decider[Party, PartyCommand](PartyCommand, stream_of, decide, evolve)
