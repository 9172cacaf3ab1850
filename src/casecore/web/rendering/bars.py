"""Bars of times, as parts of an SVG: drawn on the server, and read beside it as a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

WIDTH = 1_000
"""Of the drawing, in its own units; the page says how wide it is shown."""

_MOST_PIECES = 240
"""More cannot be told apart: then each part of the bar shows what there was most of in it."""
_MOST_LINES = 60

Time = tuple[datetime, datetime, str]
"""From when until when, and of which kind."""


class BarPiece(NamedTuple):
    """A part of a bar: from where, how wide, of which kind, and when that was."""

    x: float
    width: float
    kind: str
    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.begin).total_seconds()


class BarMark(NamedTuple):
    """An instant on a bar, and what it was."""

    x: float
    kind: str
    at: datetime


class Bar(NamedTuple):
    """A bar from `begin` to `end`, its marks, and the same as a table.

    `lines` are the last of its times, of which `earlier` more are left out; `sums` are of all of them, in
    seconds by kind.
    """

    begin: datetime
    end: datetime
    pieces: Sequence[BarPiece]
    marks: Sequence[BarMark]
    lines: Sequence[BarPiece]
    earlier: int
    sums: Sequence[tuple[str, float]]


def bar_of(times: Iterable[Time], marks: Iterable[tuple[datetime, str]] = ()) -> Bar | None:
    """Times one after the other, as long as they were, and marks on them; None where no time passed.

    The bar is as long as it takes to have all marks on it that come later.
    """
    found = [one for one in times if one[1] > one[0]]
    if not found:
        return None
    marked = sorted(marks)
    begin = found[0][0]
    end = max([found[-1][1], *(at for at, _ in marked)])
    lines = [BarPiece(*_place(begin, end, start, until), kind, start, until) for start, until, kind in found]
    sums: defaultdict[str, float] = defaultdict(float)
    for line in lines:
        sums[line.kind] += line.seconds
    return Bar(
        begin=begin,
        end=end,
        pieces=lines if len(lines) <= _MOST_PIECES else _coarse(lines, begin, end),
        marks=[BarMark(_place(begin, end, at, at)[0], kind, at) for at, kind in marked if at >= begin],
        lines=lines[-_MOST_LINES:],
        earlier=max(len(lines) - _MOST_LINES, 0),
        sums=sorted(sums.items(), key=lambda one: -one[1]),
    )


def shares(seconds: Sequence[float]) -> list[tuple[float, float]]:
    """Where each part of a whole bar begins, and how wide it is: together as wide as the bar."""
    whole = sum(seconds)
    edges, reached = [0.0], 0.0
    for one in seconds:
        reached += one
        edges.append(round(reached / whole * WIDTH, 2) if whole else 0.0)
    return [(begin, round(end - begin, 2)) for begin, end in pairwise(edges)]


def whole_seconds(parts: Sequence[int]) -> list[int]:
    """Durations in microseconds as whole seconds that add up to the whole seconds of their sum.

    Each is cut, and those that lose most get one more (the method of largest remainders).
    """
    second = 1_000_000
    cut = [part // second for part in parts]
    missing = sum(parts) // second - sum(cut)
    losers = sorted(range(len(parts)), key=lambda place: -(parts[place] % second))
    for place in losers[:missing]:
        cut[place] += 1
    return cut


def _place(begin: datetime, end: datetime, start: datetime, until: datetime) -> tuple[float, float]:
    whole = (end - begin).total_seconds() or 1.0
    left, right = ((at - begin).total_seconds() / whole * WIDTH for at in (start, until))
    return round(left, 2), round(right - left, 2)


def _coarse(lines: Sequence[BarPiece], begin: datetime, end: datetime) -> list[BarPiece]:
    """As many parts of equal length as can be told apart, each of the kind of which there is most in it."""
    step: timedelta = (lines[-1].end - begin) / _MOST_PIECES
    pieces: list[BarPiece] = []
    place = 0
    for number in range(_MOST_PIECES):
        start, until = begin + number * step, begin + (number + 1) * step
        there: defaultdict[str, float] = defaultdict(float)
        while place < len(lines) and lines[place].begin < until:
            line = lines[place]
            passed = min(line.end, until) - max(line.begin, start)
            there[line.kind] += passed.total_seconds()
            if line.end > until:
                break
            place += 1
        kind = max(there, key=lambda one: there[one], default="")
        if pieces and pieces[-1].kind == kind:
            start = pieces.pop().begin
        pieces.append(BarPiece(*_place(begin, end, start, until), kind, start, until))
    return pieces
