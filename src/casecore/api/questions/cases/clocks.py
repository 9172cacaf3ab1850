"""What can be asked about the clocks of a case: how they are, who had it, and how a figure adds up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec

from casecore.api.questions.as_of import AskedAsOf, read_as_of
from casecore.api.questions.cases.cases import CaseName
from casecore.api.questions.page import RowCount, asked_place, next_page, part_after, part_by_place
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.service_levels.as_of import AsOf
from casecore.app.service_levels.clocks import WantedClock, clocks_of_case, explain_clock
from casecore.clocks.changes import TermsChange
from casecore.clocks.explanation import ExplanationLine
from casecore.clocks.instants import instant, maybe_instant, seconds
from casecore.contract.cases import Level
from casecore.contract.envelope import Instant
from casecore.contract.service_levels import Clock
from casecore.evaluation.figures import ClockFigures
from casecore.http.cursors import LONGEST_PAGE, Limit
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.kit.reading.places import PlaceNumber
from projections.sla.queries import ClockAnswer, HolderAnswer

_SCOPES = (Scope.AGENT, Scope.ANALYST)

# The version is that of the case's last event: it would say that there is one that the viewer does not see.
CaseClock = shape_of(ClockAnswer, name="CaseClock", without=("version",))
Holder = shape_of(HolderAnswer, name="Holder")
ExplainedClock = shape_of(ClockFigures, name="ExplainedClock")


class ClocksOf(AskedAsOf, frozen=True, kw_only=True):
    """Which case's clocks, and as of when."""

    case: CaseName
    limit: Limit = LONGEST_PAGE
    cursor: str | None = None


class HoldersOf(AskedAsOf, frozen=True, kw_only=True):
    """Who had which case, and as of when."""

    case: CaseName


class ExplanationOf(AskedAsOf, frozen=True, kw_only=True):
    """Which clock of which case, and as of when.

    `level` names the level where there are several; of clocks that follow each other the last, or that with
    the `number`.
    """

    case: CaseName
    clock: Clock
    level: Level | None = None
    number: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    limit: Limit = LONGEST_PAGE
    cursor: str | None = None


class _ClockPlace(NamedTuple):
    started_at: Instant
    clock: str
    level: str
    organisation: str
    number: PlaceNumber


class _TimePlace(NamedTuple):
    """Behind so many lines of what was explained as of an instant."""

    at: Instant
    lines: RowCount


class CaseClockList(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of a case, in the order in which they started; durations in seconds of opening hours.

    `next` is the cursor of the next page, null if there is none.
    """

    case: str
    clocks: list[CaseClock]  # type: ignore[valid-type]
    next: str | None


class HolderList(msgspec.Struct, frozen=True, kw_only=True):
    """How long each had a case; the seconds add up to its age."""

    case: str
    holders: list[Holder]  # type: ignore[valid-type]


class ExplainedTime(msgspec.Struct, frozen=True, kw_only=True):
    """A time of one kind: open, closed, paused or stopped; `elapsed_seconds` and `paused_seconds` are the
    sums up to its end."""

    start_at: datetime
    end_at: datetime
    what: str
    seconds: float
    elapsed_seconds: float
    paused_seconds: float


class ExplainedTerms(msgspec.Struct, frozen=True, kw_only=True):
    """By what the clock was measured from then on; of a withdrawn miss, `missed_at` is when it had been."""

    at: datetime
    what: str
    policy: str
    policy_version: int
    priority: str
    target_seconds: float
    missed_at: datetime | None


class ClocksExplained(msgspec.Struct, frozen=True, kw_only=True):
    """How a clock's figures add up, time by time, and by what it was measured.

    `next` is the cursor of the next page of the times, null if there is none. It keeps the instant, so that
    all pages are of the first one's.
    """

    case: str
    at: datetime
    clock: ExplainedClock  # type: ignore[valid-type]
    lines: list[ExplainedTime]
    terms: list[ExplainedTerms]
    next: str | None


def clocks(app: Application, viewer: Viewer, asked: ClocksOf) -> CaseClockList:
    """The clocks of a case."""
    found = clocks_of_case(app, asked.case, read_as_of(asked), viewer)
    page = part_by_place(asked, found.clocks, _ClockPlace, _place)
    return CaseClockList(
        case=asked.case, clocks=[shaped(one, CaseClock) for one in page.rows], next=page.next
    )


def holders(app: Application, viewer: Viewer, asked: HoldersOf) -> HolderList:
    """Who had a case, and how long."""
    found = clocks_of_case(app, asked.case, read_as_of(asked), viewer)
    return HolderList(case=asked.case, holders=[shaped(one, Holder) for one in found.holders])


def explain(app: Application, viewer: Viewer, asked: ExplanationOf) -> ClocksExplained:
    """The times that make up a clock's figure, with running sums."""
    wanted = WantedClock(asked.clock, asked.level, asked.number)
    begun = asked_place(asked, _TimePlace)
    as_of = read_as_of(asked) or AsOf(begun.at if begun else datetime.now(UTC))
    found = explain_clock(app, asked.case, wanted, as_of, viewer)
    page = part_after(
        asked, found.lines, begun.lines if begun else 0, lambda lines: _TimePlace(found.at, lines)
    )
    return ClocksExplained(
        case=asked.case,
        at=found.at,
        clock=shaped(found.clock, ExplainedClock),
        lines=[_time(line) for line in page.rows],
        terms=[_terms(change) for change in found.terms],
        next=page.next,
    )


def _place(clock: ClockAnswer) -> _ClockPlace:
    return _ClockPlace(*(getattr(clock, name) for name in _ClockPlace._fields))


def _time(line: ExplanationLine) -> ExplainedTime:
    return ExplainedTime(
        start_at=instant(line.start),
        end_at=instant(line.end),
        what=line.what.value,
        seconds=float(seconds(line.end - line.start)),
        elapsed_seconds=float(seconds(line.elapsed)),
        paused_seconds=float(seconds(line.paused)),
    )


def _terms(change: TermsChange) -> ExplainedTerms:
    return ExplainedTerms(
        at=instant(change.at),
        what=change.what.value,
        policy=change.policy.id,
        policy_version=change.policy.version,
        priority=change.priority.value,
        target_seconds=float(seconds(change.target)),
        missed_at=maybe_instant(change.missed_at),
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/cases/{case}/clocks", _SCOPES, ClocksOf, CaseClockList, clocks, cursor=next_page),
    Question("/v1/cases/{case}/holders", _SCOPES, HoldersOf, HolderList, holders),
    Question("/v1/cases/{case}/explain", _SCOPES, ExplanationOf, ClocksExplained, explain, cursor=next_page),
)
