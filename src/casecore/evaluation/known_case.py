"""A case as it stood at an instant, as far as it was known: its place, who had it, and its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from casecore.clocks.custody import Custody
from casecore.clocks.evaluation import Evaluation, evaluate
from casecore.clocks.standing import StandingThen, standing_of
from casecore.contract.cases import CaseOpened, CaseReclassified, Category, EffortRecorded, Level, State
from casecore.evaluation.case_events import CaseEvents


class CustodySpan(NamedTuple):
    """One custody without a break, opening hours not taken off; in microseconds since 1970."""

    start: int
    end: int
    custody: Custody


class Stay(NamedTuple):
    """A case was with an organisation at a level, or solved there; in microseconds since 1970.

    No level: nobody had taken it. The last one ends where the case ended, or when it is looked at.
    """

    start: int
    end: int
    organisation: str
    level: Level | None
    is_resolved: bool


class CaseByThen(NamedTuple):
    """A case at an instant, by those of its events that were known; minutes of effort until then.

    `version` is that of the last of them.
    """

    reference: str
    version: int
    customer: str
    seller: str
    partner: str | None
    vendor: str
    category: Category
    topic: str
    standing: StandingThen
    effort_minutes: int
    evaluation: Evaluation
    spans: tuple[CustodySpan, ...]
    stays: tuple[Stay, ...]


def known_case(known: CaseEvents, at: int) -> CaseByThen | None:
    """A case by what had occurred at an instant; None if it was not opened by then.

    `known` are its events as far as they are known. The spans, and the stays, follow each other without a gap
    from its opening to its end, or to the instant.
    """
    evaluation = evaluate(known.history(), at)
    if evaluation is None:
        return None
    by_then = [happened for happened in known.events if happened.at <= at]
    about = max(
        (one for one in by_then if isinstance(one.data, (CaseOpened, CaseReclassified))),
        key=lambda one: (one.at, one.version),
        default=known.events[0],
    ).data
    return CaseByThen(
        reference=known.reference,
        version=max(one.version for one in by_then),
        customer=about.customer,
        seller=about.seller,
        partner=about.partner,
        vendor=about.vendor,
        category=about.standing.category,
        topic=about.standing.topic,
        standing=standing_of(evaluation.life),
        effort_minutes=sum(one.data.minutes for one in by_then if isinstance(one.data, EffortRecorded)),
        evaluation=evaluation,
        spans=tuple(_spans(evaluation)),
        stays=tuple(_stays(evaluation)),
    )


def _spans(case: Evaluation) -> Iterator[CustodySpan]:
    last: CustodySpan | None = None
    for start, end, custody, _ in case.custody_periods:
        until = case.at if end is None else min(end, case.at)
        if until <= start:
            continue
        if last is not None and last.custody == custody and last.end == start:
            last = last._replace(end=until)
            continue
        if last is not None:
            yield last
        last = CustodySpan(start, until, custody)
    if last is not None:
        yield last


def _stays(case: Evaluation) -> Iterator[Stay]:
    last: Stay | None = None
    for piece in case.life.pieces:
        end = case.at if piece.end is None else min(piece.end, case.at)
        stay = Stay(piece.start, end, piece.organisation, piece.level, piece.state is State.RESOLVED)
        if last is not None and last[2:] == stay[2:]:
            last = last._replace(end=end)
            continue
        if last is not None:
            yield last
        last = stay
    if last is not None:
        yield last
