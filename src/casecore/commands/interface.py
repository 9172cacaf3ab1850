"""What those that give commands need of the command bus."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from casecore.commands.batch import Answer
from casecore.decider.command import Command


class Submitter(Protocol):
    """The bus, or a sequence of it. It answers the commands on one stream in order."""

    def submit(self, command: Command) -> Future[Answer]:
        """Hand over a command; the future gets its Answer, its Refusal, or DatabaseUnavailable.

        May block while too many commands wait. Raises CommandMalformed and BusClosed at once.
        """
        ...


class Bus(Submitter, Protocol):
    """The bus, where the answer to one command decides what the next one is."""

    def give(self, command: Command) -> Answer:
        """Hand over a command and wait; raises its Refusal, or DatabaseUnavailable."""
        ...
