"""What is to be recorded of a case's clocks, and from when on: warnings, misses, and misses withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from casecore.clocks.evaluation import Evaluation
from casecore.clocks.history import MISSED_PERCENT
from casecore.clocks.life import ClockKey
from casecore.clocks.reading import ClockReading

_NOTHING: Mapping[int, int] = {}


class NoteKind(Enum):
    """What is to be recorded."""

    WARNED = "warned"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class Note(NamedTuple):
    """Something to record of a clock, and when it occurred or will occur, in microseconds since 1970.

    `reading` is None if the clock no longer exists.
    """

    what: NoteKind
    key: ClockKey
    at: int
    percent: int | None
    reading: ClockReading | None


def notes_of(case: Evaluation) -> Iterator[Note]:
    """What is not recorded and should be, now or later by what is known; a withdrawal before a new miss.

    A recorded miss stays if it equals the miss that the clock has now; one with another instant is withdrawn
    and recorded again. So what is recorded in the end does not depend on when anybody looked.
    """
    recorded = case.life.notes
    for reading in case.clocks:
        noted = recorded.get(reading.key, _NOTHING) if recorded else _NOTHING
        yield from _warnings(reading, noted)
        yield from _miss(reading, noted, case.at)
    there = {reading.key for reading in case.clocks} if recorded else set()
    for key, noted in recorded.items():
        if key not in there and MISSED_PERCENT in noted:
            yield Note(NoteKind.WITHDRAWN, key, case.at, None, None)


def _warnings(reading: ClockReading, noted: Mapping[int, int]) -> Iterator[Note]:
    for percent, at in reading.warnings():
        if percent not in noted:
            yield Note(NoteKind.WARNED, reading.key, at, percent, reading)


def _miss(reading: ClockReading, noted: Mapping[int, int], now: int) -> Iterator[Note]:
    missed_at = reading.missed_at
    if missed_at is None and reading.falls_due_at is not None:
        missed_at = max(reading.falls_due_at, now)
    recorded_at = noted.get(MISSED_PERCENT)
    if recorded_at == missed_at:
        return
    if recorded_at is not None:
        yield Note(NoteKind.WITHDRAWN, reading.key, now, None, reading)
    if missed_at is not None:
        yield Note(NoteKind.MISSED, reading.key, missed_at, None, reading)
