"""How a command is given through any door: by whom, when it happened, and under which id."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from casecore.decider.command import CommandHeader, GivenActor


class CommandContext(NamedTuple):
    """Who gives a command, when what it says happened (None: now), and the command's id (None: a new one)."""

    actor: GivenActor
    occurred_at: datetime | None = None
    command_id: UUID | None = None

    def header(self) -> CommandHeader:
        """What a command has of it."""
        return {
            "command_id": self.command_id or uuid4(),
            "actor": self.actor,
            "occurred_at": self.occurred_at,
        }
