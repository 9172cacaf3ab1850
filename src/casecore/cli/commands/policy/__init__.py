"""`casecore policy …`: what organisations promise."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.policy.pinning import COMMANDS as PINNING
from casecore.cli.commands.policy.publishing import COMMANDS as PUBLISHING

app = group_of("What an organisation promises: check, publish, look at.", PUBLISHING, PINNING)
