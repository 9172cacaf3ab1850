"""How a clock's figures are made up: its times in order, with running sums that a person can check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from casecore.clocks.intervals import Interval, cut
from casecore.clocks.reading import ClockReading
from casecore.contract.enumeration import Enumeration


class Stretch(Enumeration):
    """How a clock takes a time; only open time counts."""

    OPEN = "open"
    CLOSED = "closed"
    PAUSED = "paused"
    STOPPED = "stopped"


class ExplanationLine(NamedTuple):
    """A time of one kind; `elapsed` and `paused` are the sums up to its end, in microseconds."""

    start: int
    end: int
    what: Stretch
    elapsed: int
    paused: int


def explain(reading: ClockReading, at: int) -> list[ExplanationLine]:
    """The times from a clock's start until it stopped, or until `at`, without a gap.

    Closed is outside opening hours, paused is within them while the case waited, stopped is between two
    runs of the clock. The last sums are the reading's figures.
    """
    lines: list[ExplanationLine] = []
    elapsed = paused = 0
    for start, end, what in _stretches(reading, at):
        elapsed += end - start if what is Stretch.OPEN else 0
        paused += end - start if what is Stretch.PAUSED else 0
        lines.append(ExplanationLine(start, end, what, elapsed, paused))
    return lines


def _stretches(reading: ClockReading, at: int) -> Iterator[tuple[int, int, Stretch]]:
    ran = [(start, at if end is None else end) for start, end in reading.ran]
    for place, (start, end) in enumerate(ran):
        if place and ran[place - 1][1] < start:
            yield ran[place - 1][1], start, Stretch.STOPPED
        yield from _of_one_run(reading, start, end)


def _of_one_run(reading: ClockReading, start: int, end: int) -> Iterator[tuple[int, int, Stretch]]:
    reached = start
    for opens_at, closes_at in reading.hours.within(start, end):
        if reached < opens_at:
            yield reached, opens_at, Stretch.CLOSED
        yield from _open_time(opens_at, closes_at, cut(reading.active, opens_at, closes_at))
        reached = closes_at
    if reached < end:
        yield reached, end, Stretch.CLOSED


def _open_time(start: int, end: int, active: Sequence[Interval]) -> Iterator[tuple[int, int, Stretch]]:
    edges = sorted({start, end, *(edge for interval in active for edge in interval if edge is not None)})
    starts = {begins for begins, _ in active}
    for begins, ends in pairwise(edges):
        yield begins, ends, Stretch.OPEN if begins in starts else Stretch.PAUSED
