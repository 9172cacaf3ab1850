"""Who had a case, drawn: one bar of shares, and its way through the organisations on the line of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from casecore.clocks.custody import Custodian
from casecore.clocks.instants import instant
from casecore.evaluation.known_case import CaseByThen, Stay
from casecore.web.rendering.bars import WIDTH, shares, whole_seconds
from projections.sla.queries import HolderAnswer

_ORDER = [
    Custodian.HAND_OVER,
    Custodian.LEVEL_0,
    Custodian.LEVEL_1,
    Custodian.PARTNER,
    Custodian.CUSTOMER,
    Custodian.RESOLVED,
    Custodian.OUTSIDE_HOURS,
]


class Share(NamedTuple):
    """How long one had a case, in whole seconds, and the part of the bar that it is."""

    holder: str
    organisation: str
    agent: str
    seconds: int
    x: float
    width: float


class LaneSpan(NamedTuple):
    """One custody in the lane of its organisation."""

    lane: int
    x: float
    width: float
    holder: str
    agent: str
    begin: datetime
    end: datetime


class HandOver(NamedTuple):
    """A case went from the lane of an organisation to that of another."""

    x: float
    top: int
    bottom: int
    at: datetime


class ShownStay(NamedTuple):
    """A case was somewhere, for so many seconds."""

    organisation: str
    level: str | None
    is_resolved: bool
    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it was there."""
        return (self.end - self.begin).total_seconds()


class Way(NamedTuple):
    """A case's way: a lane for each organisation, in the order in which it came to them."""

    organisations: Sequence[str]
    spans: Sequence[LaneSpan]
    hand_overs: Sequence[HandOver]
    stays: Sequence[ShownStay]


class Custodies(NamedTuple):
    """Who had a case: the seconds of the shares add up to its age in whole seconds."""

    shares: Sequence[Share]
    age_seconds: int
    way: Way


def custodies_of(known: CaseByThen, holders: Sequence[HolderAnswer]) -> Custodies:
    """Who had a case, drawn."""
    order = [one.value for one in _ORDER]
    sorted_holders = sorted(
        holders, key=lambda one: (order.index(one.holder), one.organisation, -one.seconds)
    )
    seconds = whole_seconds([int(one.seconds * 1_000_000) for one in sorted_holders])
    places = shares([float(one.seconds) for one in sorted_holders])
    return Custodies(
        shares=[
            Share(one.holder, one.organisation, one.agent, whole, *place)
            for one, whole, place in zip(sorted_holders, seconds, places, strict=True)
        ],
        age_seconds=sum(seconds),
        way=_way(known),
    )


def _way(known: CaseByThen) -> Way:
    organisations = list(dict.fromkeys(stay.organisation for stay in known.stays))
    lanes = {name: place for place, name in enumerate(organisations)}
    begin, end = known.stays[0].start, known.stays[-1].end
    whole = (end - begin) or 1

    def x(at: int) -> float:
        return round((at - begin) / whole * WIDTH, 2)

    spans = [
        LaneSpan(
            lane=lanes[span.custody.organisation],
            x=x(span.start),
            width=round(x(span.end) - x(span.start), 2),
            holder=span.custody.custodian.value,
            agent=span.custody.agent or "",
            begin=instant(span.start),
            end=instant(span.end),
        )
        for span in known.spans
    ]
    moves = [
        HandOver(
            x=x(to.start),
            top=min(lanes[fro.organisation], lanes[to.organisation]),
            bottom=max(lanes[fro.organisation], lanes[to.organisation]),
            at=instant(to.start),
        )
        for fro, to in pairwise(known.stays)
        if fro.organisation != to.organisation
    ]
    return Way(organisations, spans, moves, [_shown(stay) for stay in known.stays])


def _shown(stay: Stay) -> ShownStay:
    level = stay.level.value if stay.level else None
    return ShownStay(stay.organisation, level, stay.is_resolved, instant(stay.start), instant(stay.end))
