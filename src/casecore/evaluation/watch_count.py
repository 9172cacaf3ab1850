"""How many warnings, misses and withdrawals a look of the watch would record, clock by clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from casecore.cases.commands import CaseCommand, NoteServiceLevel
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock

LONG_AGO = timedelta(days=1)
"""A miss that fell due longer ago than this is news to nobody: whoever has it recorded hears of it before."""


ClockAtLevel: TypeAlias = tuple[Clock, Level | None]
"""A clock of the whole case (None), or of a level."""


class NoteCount(NamedTuple):
    """What is due to be recorded of one clock, over all cases; `long_ago` of the misses are of long ago."""

    clock: Clock
    level: Level | None
    warnings: int
    misses: int
    long_ago: int
    withdrawals: int


class NoteCounter:
    """Counts what the commands of a look record."""

    def __init__(self, at: datetime) -> None:
        """The look is as of `at`."""
        self._long_ago_by = at - LONG_AGO
        self._found: Counter[tuple[Clock, Level | None, str]] = Counter()
        self.long_ago: Counter[ClockAtLevel] = Counter()
        """The misses that fell due more than a day before, by clock."""

    def add(self, commands: Iterable[CaseCommand]) -> None:
        """Count what these record."""
        for command in commands:
            assert isinstance(command.do, NoteServiceLevel)
            note = command.do.note
            self._found[note.clock, note.level, note.what] += 1
            at = command.occurred_at
            if note.what == "missed" and at is not None and at < self._long_ago_by:
                self.long_ago[note.clock, note.level] += 1

    def counts(self) -> list[NoteCount]:
        """What was counted, in the order of clocks and levels, without clocks of which nothing is due."""
        return [
            NoteCount(
                clock=clock,
                level=level,
                warnings=self._found[clock, level, "warned"],
                misses=self._found[clock, level, "missed"],
                long_ago=self.long_ago[clock, level],
                withdrawals=self._found[clock, level, "withdrawn"],
            )
            for clock in Clock
            for level in (None, *Level)
            if any(self._found[clock, level, what] for what in ("warned", "missed", "withdrawn"))
        ]
