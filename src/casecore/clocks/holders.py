"""Who held a case: every second of its life goes to exactly one holder, organisation and agent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from casecore.clocks.intervals import Interval, cut, without
from casecore.clocks.life import Life, Piece
from casecore.clocks.open_hours import OpenHours
from casecore.clocks.terms import Pledges
from casecore.contract.cases import State


class Holder(Enum):
    """Whose a second is. The first that holds, in this order, has it."""

    RESOLVED = "resolved"
    OUTSIDE_HOURS = "outside_hours"
    CUSTOMER = "customer"
    HAND_OVER = "hand_over"
    LEVEL_0 = "level_0"
    LEVEL_1 = "level_1"
    PARTNER = "partner"


class Share(NamedTuple):
    """Whose a time is: the holder, the organisation whose turn it was, and who was assigned, if anybody."""

    holder: Holder
    organisation: str
    agent: str | None


class Held(NamedTuple):
    """A time in which one holder had the case during opening hours (None: it has no calendar)."""

    start: int
    end: int | None
    share: Share
    hours: OpenHours | None


def held_times(life: Life, pledges: Pledges) -> Iterator[Held]:
    """A case's life in times of one holder each, in order, opening hours not yet taken off.

    The calendar is that of the holding level's policy, or else of the policy for the whole case.
    """
    first = 0
    for piece in life.pieces:
        while first < len(life.waits) and _is_over(life.waits[first], piece.start):
            first += 1
        if piece.state is State.RESOLVED:
            yield Held(piece.start, piece.end, Share(Holder.RESOLVED, piece.organisation, None), None)
            continue
        pieces: list[Interval] = [(piece.start, piece.end)]
        waited = [
            (start, end)
            for begins, ends in _waits_before(life.waits, first, piece.end)
            for start, end in cut(pieces, begins, ends)
        ]
        parts = [(start, end, False) for start, end in without(pieces, waited)]
        parts += [(start, end, True) for start, end in waited]
        for start, end, waiting in sorted(parts, key=lambda part: part[0]):
            share = Share(_holder(piece, waiting), piece.organisation, piece.agent)
            for begins, ends, hours in _calendars(piece, pledges, start, end):
                yield Held(begins, ends, share, hours)


def shares(times: Sequence[Held], at: int) -> dict[Share, int]:
    """How long each had the case until an instant, in microseconds; the sum is the case's age."""
    found: dict[Share, int] = {}
    for start, end, share, hours in times:
        stop = at if end is None else min(end, at)
        if stop <= start:
            continue
        opened = stop - start if hours is None else hours.between(start, stop)
        closed = stop - start - opened
        if opened:
            found[share] = found.get(share, 0) + opened
        if closed:
            outside = share._replace(holder=Holder.OUTSIDE_HOURS)
            found[outside] = found.get(outside, 0) + closed
    return found


def _waits_before(waits: Sequence[Interval], first: int, end: int | None) -> Iterator[Interval]:
    """The waits from one place on that begin before an instant; all of them if it is None."""
    place = first
    while place < len(waits) and (end is None or waits[place][0] < end):
        yield waits[place]
        place += 1


def _is_over(wait: Interval, at: int) -> bool:
    return wait[1] is not None and wait[1] <= at


def _holder(piece: Piece, waiting: bool) -> Holder:
    if waiting:
        return Holder.CUSTOMER
    if piece.level is None or piece.state is State.OPENED or piece.agent is None:
        return Holder.HAND_OVER
    return Holder(piece.level.value)


def _calendars(
    piece: Piece, pledges: Pledges, start: int, end: int | None
) -> Iterator[tuple[int, int | None, OpenHours | None]]:
    """A time cut where another calendar came to hold."""
    held = pledges.held_in(piece)
    if len(held) <= 1:
        yield start, end, held[0][1].hours if held else None
        return
    since = [at for at, _ in held]
    place = bisect_right(since, start) - 1
    while True:
        until = since[place + 1] if place + 1 < len(since) else None
        if until is None or (end is not None and until >= end):
            yield start, end, held[place][1].hours
            return
        yield start, until, held[place][1].hours
        start, place = until, place + 1
