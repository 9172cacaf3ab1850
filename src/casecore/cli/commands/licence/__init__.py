"""`casecore licence …`: licence packages."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.licence.actions import COMMANDS as ACTIONS
from casecore.cli.commands.licence.looking import COMMANDS as LOOKING

app = group_of("Licence packages: activate, change, assign, cancel, look at.", ACTIONS, LOOKING)
