"""Intervals of time: cut, subtracted, and measured in opening hours. All are sorted and disjoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from casecore.clocks.open_hours import OpenHours

Interval: TypeAlias = tuple[int, int | None]
"""From an instant until before another, in microseconds since 1970; None: it has not ended."""

_FOREVER = 2**62


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """The parts of intervals that lie in none of the others; both are sorted and disjoint."""
    left: list[Interval] = []
    for start, end in intervals:
        at, stop = start, _FOREVER if end is None else end
        for begins, ends in taken:
            ends = _FOREVER if ends is None else ends
            if ends <= at:
                continue
            if begins >= stop:
                break
            if begins > at:
                left.append((at, begins))
            at = ends
            if at >= stop:
                break
        if at < stop:
            left.append((at, end))
    return left


def cut(intervals: Sequence[Interval], start: int, end: int | None) -> list[Interval]:
    """The parts of intervals between two instants; None: without an end."""
    stop = _FOREVER if end is None else end
    kept: list[Interval] = []
    for begins, ends in intervals:
        last = _FOREVER if ends is None else ends
        lower, upper = max(begins, start), min(last, stop)
        if lower < upper:
            kept.append((lower, None if upper == _FOREVER else upper))
    return kept


def measured(intervals: Sequence[Interval], hours: OpenHours, at: int) -> int:
    """How much open time the intervals have until an instant."""
    total = 0
    for start, end in intervals:
        stop = at if end is None or end > at else end
        if stop > start:
            total += hours.between(start, stop)
    return total


def reach(intervals: Sequence[Interval], hours: OpenHours, duration: int) -> int | None:
    """The earliest instant by which the intervals have this much open time; None if they have less."""
    left = duration
    for start, end in intervals:
        if end is None:
            return hours.after(start, left)
        found = hours.between(start, end)
        if found >= left:
            return hours.after(start, left)
        left -= found
    return None
