"""A command that is to be decided at a version of its stream, as whoever gives it has seen that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from casecore.cases.commands import CaseCommand
from casecore.commands.batch import Answer
from casecore.commands.bus import CommandBus
from casecore.commands.precondition import Precondition
from casecore.decider.command import Command
from casecore.decider.refusal import VersionDiffers

SeenAlike: TypeAlias = Callable[[str, frozenset[int]], Awaitable[frozenset[int]]]
"""Finds the versions of a case at which it looks to the giver as at some others: `versions_seen_alike`."""


async def give_at_version(
    bus: CommandBus, command: Command, precondition: Precondition | None, seen_alike: SeenAlike
) -> Answer:
    """Give a command, and return its answer; with a precondition it is decided only at one of its versions.

    A case may have come to another version by an event that the giver does not see. That counts as the same
    one, as long as it looks the same. Raises VersionDiffers, the command's Refusal, and DatabaseUnavailable.
    """
    while True:
        try:
            return await bus.ask(command, precondition)
        except VersionDiffers as differs:
            if not isinstance(command, CaseCommand) or precondition is None or precondition.versions is None:
                raise
            alike = await seen_alike(command.case, precondition.versions)
            if differs.version not in alike:
                raise
            precondition = precondition._replace(versions=alike)
