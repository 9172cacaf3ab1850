"""Who runs are, and what they need of the command bus."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from casecore.commands.batch import Answer
from casecore.contract.envelope import Role
from casecore.decider.command import Command, GivenActor

BILLING_RUN = GivenActor(person="billing-run", organisation="casecore", role=Role.SYSTEM)
"""A run acts as the system itself (domain.md, "A case's life"), whoever starts it."""


class Bus(Protocol):
    """What runs need of the command bus."""

    def submit(self, command: Command) -> Future[Answer]:
        """Hand over a command; the future holds its Answer, or its Refusal."""
        ...

    def give(self, command: Command) -> Answer:
        """Hand over a command and wait; raises its Refusal, or DatabaseUnavailable."""
        ...
