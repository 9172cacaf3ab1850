"""The book of service levels as the command bus sees it: one stream, for the whole installation."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from casecore.contract.streams import SERVICE_LEVEL_BOOK, party_stream_id
from casecore.decider.decider import Decider, Evolve
from casecore.parties.party import evolve as evolve_party
from casecore.service_levels.book import Book, evolve
from casecore.service_levels.commands import PublishCalendar, PublishPolicy, ServiceLevelCommand
from casecore.service_levels.decide import decide


def stream_of(_: ServiceLevelCommand) -> UUID:
    """The stream that a command is for."""
    return SERVICE_LEVEL_BOOK


def related_streams(command: ServiceLevelCommand) -> Mapping[UUID, Evolve]:
    """The party whose calendar or policy is published."""
    match command.do:
        case PublishCalendar(organisation=owner):
            return {party_stream_id(owner): evolve_party}
        case PublishPolicy(policy=policy):
            return {party_stream_id(policy.organisation): evolve_party}


SERVICE_LEVELS = Decider[Book, ServiceLevelCommand](
    ServiceLevelCommand, stream_of, decide, evolve, related_streams
)
