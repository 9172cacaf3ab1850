"""`casecore mine …`: which paths cases take, who hands them to whom and back, and where their time goes."""

from __future__ import annotations

from casecore.cli.command_group import group_of
from casecore.cli.commands.mine.custody import COMMANDS as CUSTODY
from casecore.cli.commands.mine.paths import COMMANDS as PATHS

app = group_of("Process mining: which paths cases take, who hands to whom, where time goes.", PATHS, CUSTODY)
