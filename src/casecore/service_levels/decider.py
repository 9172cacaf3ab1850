"""The book of service levels as the command bus sees it: one stream, for the whole installation."""

from __future__ import annotations

from uuid import UUID

from casecore.contract.streams import SERVICE_LEVEL_BOOK
from casecore.decider.decider import Decider
from casecore.service_levels.book import Book, evolve
from casecore.service_levels.commands import ServiceLevelCommand
from casecore.service_levels.decide import decide


def stream_of(_: ServiceLevelCommand) -> UUID:
    """The stream that a command is for."""
    return SERVICE_LEVEL_BOOK


SERVICE_LEVELS = Decider[Book, ServiceLevelCommand](ServiceLevelCommand, stream_of, decide, evolve)
