"""Finding the records of some positions in a partition without reading the whole of it. No I/O.

Positions rise with the offsets of a partition (law 2), so each record that is read says on which side of it
another one is. Offsets without a committed record lie between them: marks of transactions, and what was
aborted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from casecore.audit.records import ReadRecord
from casecore.contract.wire import StoredEvent

TAIL_OFFSETS = 64
"""What is read first: who asks where events are, asks for the latest. So many offsets are not halved either.
"""


class RecordWindow(NamedTuple):
    """All committed records from an offset until before `end`."""

    records: Sequence[ReadRecord]
    end: int


ReadWindow: TypeAlias = Callable[[int, int], RecordWindow]
"""Reads on from the first offset, as far as one answer of the broker goes and at most until before the second
one; the window's end lies after the first offset."""


class _Range(NamedTuple):
    """Offsets, from `begin` and before `end`, and the positions that can only be there, in order."""

    begin: int
    end: int
    wanted: list[int]


class RecordSearch:
    """A search for the records of some positions in one partition.

    What was found remains where the search is broken off; a position that is neither in `found` nor in
    `absent` was not looked for to the end.
    """

    def __init__(self, positions: Iterable[int], newest: int) -> None:
        """`newest` is the store's last position: a record that claims a later one is not looked at."""
        self._wanted = sorted(set(positions))
        self._newest = newest
        self.found: dict[int, ReadRecord] = {}
        self.absent: set[int] = set()
        self.highest = 0
        """The highest position that was seen: an absent one above it is not published yet."""

    def run(self, read: ReadWindow, begin: int, end: int) -> None:
        """Search the offsets from `begin` until before `end`; raises what `read` raises."""
        ranges = [_Range(begin, end, self._wanted)]
        start = max(begin, end - TAIL_OFFSETS)
        while ranges:
            at = ranges.pop()
            if at.begin < at.end and at.wanted:
                ranges += self._search(read, at, start)
            else:
                self.absent.update(at.wanted)
            if ranges:
                start = _middle(ranges[-1])

    def _search(self, read: ReadWindow, at: _Range, start: int) -> tuple[_Range, ...]:
        """Read on from `start`; returns the ranges in which the rest can be, the later one as the last."""
        events, read_to = self._genuine(read, start, at.end)
        if not events:
            return (_Range(at.begin, start, at.wanted),)
        lowest, highest = min(events), max(events)
        self.highest = max(self.highest, highest)
        for position in at.wanted:
            if position in events:
                self.found[position] = events[position]
            elif lowest < position < highest:
                self.absent.add(position)
        return (
            _Range(at.begin, start, [position for position in at.wanted if position < lowest]),
            _Range(read_to, at.end, [position for position in at.wanted if position > highest]),
        )

    def _genuine(self, read: ReadWindow, start: int, before: int) -> tuple[dict[int, ReadRecord], int]:
        """The next records that are events, by position, and the offset up to which they were read."""
        read_to = start
        while read_to < before:
            records, read_to = read(read_to, before)
            events: dict[int, ReadRecord] = {}
            for record in records:
                if isinstance(record.event, StoredEvent) and record.event.position <= self._newest:
                    events.setdefault(record.event.position, record)
            if events:
                return events, read_to
        return {}, before


def _middle(at: _Range) -> int:
    size = at.end - at.begin
    return at.begin + size // 2 if size > TAIL_OFFSETS else at.begin
