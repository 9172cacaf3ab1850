"""`casecore replay`: a case, or all cases, as they stood and were known on a day."""

from __future__ import annotations

from casecore.cli.commands.replay.command import replay as replay
