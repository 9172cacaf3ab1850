"""Bars of times, as parts of an SVG: drawn on the server, and read beside it as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

WIDTH = 1_000
"""Of the drawing, in its own units; the page says how wide it is shown."""


class Piece(NamedTuple):
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


class Bar(NamedTuple):
    """A bar; `due_x` is where something falls due, None if that is not in it."""

    pieces: Sequence[Piece]
    due_x: float | None


def bar_of(times: Iterable[tuple[datetime, datetime, str]], due_at: datetime | None = None) -> Bar:
    """The times of a clock one after the other, as long as they were."""
    found = [one for one in times if one[1] > one[0]]
    if not found:
        return Bar((), None)
    begin, end = found[0][0], max(found[-1][1], due_at or found[-1][1])
    whole = (end - begin).total_seconds()

    def x(at: datetime) -> float:
        return round((at - begin).total_seconds() / whole * WIDTH, 2)

    pieces = [Piece(x(start), x(until) - x(start), kind, start, until) for start, until, kind in found]
    return Bar(pieces, x(due_at) if due_at is not None and begin <= due_at <= end else None)
