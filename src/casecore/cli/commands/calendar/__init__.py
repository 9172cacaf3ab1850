"""`casecore calendar …`: opening hours."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.calendar.counting import COMMANDS as COUNTING
from casecore.cli.commands.calendar.publishing import COMMANDS as PUBLISHING

app = group_of("Opening hours: check, publish, look at, and count with them.", PUBLISHING, COUNTING)
