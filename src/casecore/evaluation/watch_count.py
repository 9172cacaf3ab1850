"""How many warnings, misses and withdrawals a look of the watch would record, clock by clock."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from casecore.clocks.instants import micros
from casecore.clocks.notes import NoteKind
from casecore.contract.cases import Level
from casecore.contract.service_levels import Clock
from casecore.evaluation.case_events import CaseEvents
from casecore.evaluation.watch import notes_due_of

LONG_AGO = timedelta(days=1)
"""A miss that fell due longer ago than this is news to nobody: whoever has it recorded hears of it before."""


class NoteCount(NamedTuple):
    """What is due to be recorded of one clock, over all cases; `long_ago` of the misses are of long ago."""

    clock: Clock
    level: Level | None
    warnings: int
    misses: int
    long_ago: int
    withdrawals: int


class NoteCounter:
    """Counts what is due at an instant, case by case."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._long_ago = micros(at - LONG_AGO)
        self._found: Counter[tuple[Clock, Level | None, NoteKind]] = Counter()
        self._old: Counter[tuple[Clock, Level | None]] = Counter()

    def add(self, case: CaseEvents) -> None:
        """Count a case in."""
        for note in notes_due_of(case, self._at):
            clock = (note.key.clock, note.key.level)
            self._found[(*clock, note.what)] += 1
            self._old[clock] += note.what is NoteKind.MISSED and note.at < self._long_ago

    @property
    def long_ago(self) -> int:
        """How many misses of long ago there are."""
        return self._old.total()

    def counts(self) -> list[NoteCount]:
        """What was counted, in the order of clocks and levels, without clocks of which nothing is due."""
        return [
            NoteCount(
                clock=clock,
                level=level,
                warnings=self._found[clock, level, NoteKind.WARNED],
                misses=self._found[clock, level, NoteKind.MISSED],
                long_ago=self._old[clock, level],
                withdrawals=self._found[clock, level, NoteKind.WITHDRAWN],
            )
            for clock in Clock
            for level in (None, *Level)
            if any(self._found[clock, level, what] for what in NoteKind)
        ]
