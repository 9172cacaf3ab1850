"""Who has a case: every second of its life is in the custody of exactly one, with organisation and agent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from casecore.clocks.intervals import Interval, cut, without
from casecore.clocks.life import Life, Piece
from casecore.clocks.open_hours import OpenHours
from casecore.clocks.reading import ClockReading
from casecore.clocks.terms import PinnedPolicies
from casecore.contract.cases import State
from casecore.contract.enumeration import Enumeration

_begins = attrgetter("start")


class Custodian(Enumeration):
    """In whose custody a second is: the first in this order whose condition is met.

    Published as `holder`, and in SQL as `sla.holders`.
    """

    RESOLVED = "resolved"
    OUTSIDE_HOURS = "outside_hours"
    CUSTOMER = "customer"
    HAND_OVER = "hand_over"
    LEVEL_0 = "level_0"
    LEVEL_1 = "level_1"
    PARTNER = "partner"


class Custody(NamedTuple):
    """Who has the case, the organisation whose turn it is, and the assigned agent, if any."""

    custodian: Custodian
    organisation: str
    agent: str | None


class CustodyPeriod(NamedTuple):
    """A period of one custody, within the opening hours `hours` (None: there is no calendar)."""

    start: int
    end: int | None
    custody: Custody
    hours: OpenHours | None


def custody_periods(life: Life, policies: PinnedPolicies) -> Iterator[CustodyPeriod]:
    """A case's life in periods of one custody each, in order, not yet split at opening hours.

    The calendar is that of the policy of the level that has the case, or else that for the whole case.
    """
    first = 0
    for piece in life.pieces:
        while first < len(life.waits) and _is_over(life.waits[first], piece.start):
            first += 1
        if piece.state is State.RESOLVED:
            yield CustodyPeriod(
                piece.start, piece.end, Custody(Custodian.RESOLVED, piece.organisation, None), None
            )
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
            custody = Custody(_custodian(piece, waiting), piece.organisation, piece.agent)
            for begins, ends, hours in _calendars(piece, policies, start, end):
                yield CustodyPeriod(begins, ends, custody, hours)


def custody_times(periods: Sequence[CustodyPeriod], at: int) -> dict[Custody, int]:
    """How long each had the case until an instant, in microseconds; the sum is the case's age."""
    found: dict[Custody, int] = {}
    for start, end, custody, hours in periods:
        stop = at if end is None else min(end, at)
        if stop <= start:
            continue
        opened = stop - start if hours is None else hours.between(start, stop)
        closed = stop - start - opened
        if opened:
            found[custody] = found.get(custody, 0) + opened
        if closed:
            outside = custody._replace(custodian=Custodian.OUTSIDE_HOURS)
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


def _custodian(piece: Piece, waiting: bool) -> Custodian:
    if waiting:
        return Custodian.CUSTOMER
    if piece.level is None or piece.state is State.OPENED or piece.agent is None:
        return Custodian.HAND_OVER
    return Custodian(piece.level.value)


def _calendars(
    piece: Piece, policies: PinnedPolicies, start: int, end: int | None
) -> Iterator[tuple[int, int | None, OpenHours | None]]:
    """A period cut where another policy, and so another calendar, begins to apply."""
    pinned = policies.for_piece(piece)
    if len(pinned) <= 1:
        yield start, end, pinned[0][1].hours if pinned else None
        return
    since = [at for at, _ in pinned]
    place = bisect_right(since, start) - 1
    while True:
        until = since[place + 1] if place + 1 < len(since) else None
        if until is None or (end is not None and until >= end):
            yield start, end, pinned[place][1].hours
            return
        yield start, until, pinned[place][1].hours
        start, place = until, place + 1


def agent_when_stopped(life: Life, clock: ClockReading) -> str | None:
    """Who was assigned when a clock stopped, or until then; None for nobody, and while it has not stopped.

    Of a level's clock only who was assigned at that level.
    """
    stopped_at, key = clock.stopped_at, clock.key
    if stopped_at is None:
        return None
    place = bisect_right(life.pieces, stopped_at, key=_begins)
    for piece in map(life.pieces.__getitem__, range(place - 1, -1, -1)):
        if piece.end is not None and piece.end < stopped_at:
            break
        there = key.level is None or (key.level, key.organisation) == (piece.level, piece.organisation)
        if there and piece.agent is not None:
            return piece.agent
    return None
