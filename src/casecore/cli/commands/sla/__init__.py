"""`casecore sla …`: service levels."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.sla.answers import COMMANDS as ANSWERS
from casecore.cli.commands.sla.evaluate import COMMANDS as EVALUATE
from casecore.cli.commands.sla.watching import COMMANDS as WATCHING
from casecore.cli.commands.sla.whatif import COMMANDS as WHATIF

app = group_of(
    "Service levels: every clock of every case, and who held it.", EVALUATE, WHATIF, ANSWERS, WATCHING
)
