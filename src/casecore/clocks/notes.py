"""What is to be recorded of a case's clocks, and from when on: warnings, misses, and misses withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.life import ClockKey
from casecore.clocks.reading import ClockReading, WarningPoint
from casecore.clocks.recorded import RecordedNotes, RecordedWarning
from casecore.contract.enumeration import Enumeration

_NOTHING = RecordedNotes()


class NoteKind(Enumeration):
    """What is to be recorded."""

    WARNED = "warned"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class Note(NamedTuple):
    """Something to record of a clock, and when it occurred or will occur, in microseconds since 1970.

    `reading` is the clock under the terms of that time; None if the clock no longer exists. `warning` is the
    point that a warning is about.
    """

    what: NoteKind
    key: ClockKey
    at: int
    reading: ClockReading | None
    warning: WarningPoint | None = None

    @property
    def due_at(self) -> int | None:
        """When the clock was due then, in microseconds since 1970; None if it was paused."""
        if self.warning is not None:
            return self.warning.due_at
        return None if self.reading is None else self.reading.due_at


def notes_of(case: Evaluation) -> Iterator[Note]:
    """What is not recorded and should be, now or later by what is known; a withdrawal before a new miss.

    A recorded miss stays if it equals the miss that the clock has now; one with another instant is withdrawn
    and recorded again. A warning is recorded once in each run of its clock; once more if a miss was withdrawn
    after it, and its point is now reached at another instant. So what is recorded in the end does not depend
    on when anybody looked.
    """
    recorded = case.life.notes
    for reading in case.clocks:
        noted = recorded.get(reading.key, _NOTHING) if recorded else _NOTHING
        yield from _warnings(reading, noted)
        yield from _miss(reading, noted, case.at)
    there = {reading.key for reading in case.clocks} if recorded else set()
    for key, noted in recorded.items():
        if key not in there and noted.missed_at is not None:
            yield Note(NoteKind.WITHDRAWN, key, case.at, None)


def _warnings(reading: ClockReading, noted: RecordedNotes) -> Iterator[Note]:
    points = reading.warnings()
    runs = sorted({point.run_started_at for point in points}) if noted.warnings else ()
    for point in points:
        if not any(_is_of(point, recorded, runs) for recorded in noted.warnings):
            yield Note(NoteKind.WARNED, reading.key, point.at, point.under, point)


def _is_of(point: WarningPoint, recorded: RecordedWarning, runs: Sequence[int]) -> bool:
    """Whether a recorded warning is that of a point; it belongs to the last run that had begun.

    One that was recorded without its run belongs to the last run that had begun when it occurred.
    """
    if recorded.percent != point.percent or (recorded.before_withdrawal and recorded.at != point.at):
        return False
    begun_by = recorded.at if recorded.run_started_at is None else recorded.run_started_at
    return max((run for run in runs if run <= begun_by), default=runs[0]) == point.run_started_at


def _miss(reading: ClockReading, noted: RecordedNotes, now: int) -> Iterator[Note]:
    missed_at = reading.missed_at
    if missed_at is None and reading.falls_due_at is not None:
        missed_at = max(reading.falls_due_at, now)
    if noted.missed_at == missed_at:
        return
    if noted.missed_at is not None:
        yield Note(NoteKind.WITHDRAWN, reading.key, now, reading)
    if missed_at is not None:
        yield Note(NoteKind.MISSED, reading.key, missed_at, reading)
