"""`casecore case …`: cases, worked on and looked at."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.case.actions import COMMANDS as ACTIONS
from casecore.cli.commands.case.looking import COMMANDS as LOOKING

app = group_of("Open a case, work on it, and look at it.", ACTIONS, LOOKING)
