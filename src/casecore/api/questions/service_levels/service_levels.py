"""What can be asked about service levels: what falls due, what was met and missed, and what has no policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated, TypeAlias

import msgspec

from casecore.api.questions.as_of import AskedAsOf, read_as_of
from casecore.api.questions.page import AskedPage, asked_place, next_page, page_of, rows_for
from casecore.api.questions.question import AnyQuestion, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.service_levels.answers import due as due_of
from casecore.app.service_levels.answers import report as report_of
from casecore.contract.cases import Level, Priority
from casecore.contract.service_levels import Clock
from casecore.errors.kinds import CasecoreError, Kind
from casecore.http.cursors import Limit
from casecore.http.protection.shares import Places
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.sla.queries import ClockAnswer, DueFilter, DuePlace, WithoutPolicyPlace
from projections.sla.queries import WithoutPolicy as WithoutPolicyRow
from projections.sla.queries import without_policy as list_without_policy
from projections.sla.reports import Attainment, AttainmentFilter, MonthRevised, ReportedClock

MOST_BEHIND_FIGURES = 1_000
LONGEST_WITHIN_SECONDS = 10 * 366 * 86_400
MOST_READ_FROM_EVENTS = 2
"""Answers at a time that are computed from all events: each takes seconds of a core. Of one organisation half
as many."""

_SCOPES = (Scope.AGENT, Scope.ANALYST)
_WAIT_SECONDS = 5.0

Month: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", max_length=7, description="Such as 2026-03.")
]

# Without the version, which is that of the case's last event, whoever sees that.
DueClock = shape_of(ClockAnswer, name="DueClock", without=("version",))
CaseWithoutPolicy = shape_of(WithoutPolicyRow, name="CaseWithoutPolicy", without=("version",))
AttainmentLine = shape_of(Attainment, name="AttainmentLine")
Revision = shape_of(MonthRevised, name="MonthRevised")
ClockReported = shape_of(ReportedClock, name="ReportedClock")


class TooManyReports(CasecoreError):
    """Others are being answered from all events."""

    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("others are being answered from all events: ask again in a moment")


class DueOf(AskedAsOf, frozen=True, kw_only=True):
    """Which clocks, of the cases that the identity sees.

    `organisation` is whose promise it is, `agent` who has the case; `within_seconds` is how much later than
    the instant that is asked about a clock falls due at most.
    """

    organisation: str | None = None
    level: Level | None = None
    overdue: bool | None = None
    agent: str | None = None
    customer: str | None = None
    seller: str | None = None
    within_seconds: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WITHIN_SECONDS)] | None = None
    limit: Limit = 100
    cursor: str | None = None


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """Clocks that are not done, by when they fall or fell due.

    `left_out` are cases that only a newer program can read; `next` is the cursor of the next page, null if
    there is none.
    """

    clocks: list[DueClock]  # type: ignore[valid-type]
    left_out: tuple[str, ...]
    next: str | None


class AttainmentOf(AskedAsOf, frozen=True, kw_only=True):
    """Which clocks, of the cases that the identity sees; months from `since` to `until`, both included.

    `organisation` is whose promise it is. `agent` had the case when the clock stopped, or has it while it has
    not stopped. So many of the clocks behind the figures are in the answer as `clocks` says.
    """

    organisation: str | None = None
    level: Level | None = None
    clock: Clock | None = None
    priority: Priority | None = None
    since: Month | None = None
    until: Month | None = None
    customer: str | None = None
    seller: str | None = None
    topic: str | None = None
    agent: str | None = None
    policy: str | None = None
    clocks: Annotated[int, msgspec.Meta(ge=0, le=MOST_BEHIND_FIGURES)] = 0


class AttainmentReport(msgspec.Struct, frozen=True, kw_only=True):
    """How many clocks were met and missed, by month, organisation, clock and priority.

    `revisions` are what changed months afterwards, `clocks` the first of those behind the figures, if they
    were asked for. `left_out` are cases that only a newer program can read.
    """

    attainment: list[AttainmentLine]  # type: ignore[valid-type]
    revisions: list[Revision]  # type: ignore[valid-type]
    cases_without_policy: int
    clocks: list[ClockReported]  # type: ignore[valid-type]
    left_out: tuple[str, ...]


class UnmatchedOf(AskedPage, frozen=True, kw_only=True):
    """How many cases at most, and where the list goes on."""


class UnmatchedList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases that have no policy for something, those opened last first.

    `next` is the cursor of the next page, null if there is none.
    """

    cases: list[CaseWithoutPolicy]  # type: ignore[valid-type]
    next: str | None


def due(app: Application, viewer: Viewer, asked: DueOf) -> DueList:
    """What falls due next; what is overdue comes first."""
    which = DueFilter(
        organisation=asked.organisation,
        level=asked.level.value if asked.level else None,
        overdue=asked.overdue,
        limit=rows_for(asked),
        agent=asked.agent,
        customer=asked.customer,
        seller=asked.seller,
        within=None if asked.within_seconds is None else timedelta(seconds=asked.within_seconds),
        after=asked_place(asked, DuePlace),
    )
    with _one_of_few(asked, viewer):
        found = due_of(app, which, read_as_of(asked), viewer=viewer)
    page = page_of(asked, found.clocks, _due_place)
    return DueList(
        clocks=[shaped(one, DueClock) for one in page.rows], left_out=found.left_out, next=page.next
    )


def attainment(app: Application, viewer: Viewer, asked: AttainmentOf) -> AttainmentReport:
    """How many clocks were met and missed."""
    which = AttainmentFilter(
        organisation=asked.organisation,
        level=asked.level.value if asked.level else None,
        clock=asked.clock.value if asked.clock else None,
        priority=asked.priority.value if asked.priority else None,
        first_month=_first_day(asked.since),
        last_month=_first_day(asked.until),
        customer=asked.customer,
        seller=asked.seller,
        topic=asked.topic,
        agent=asked.agent,
        policy=asked.policy,
    )
    with _one_of_few(asked, viewer):
        found = report_of(app, which, read_as_of(asked), most_listed=asked.clocks, viewer=viewer)
    return AttainmentReport(
        attainment=[shaped(one, AttainmentLine) for one in found.attainment],
        revisions=[shaped(one, Revision) for one in found.revised],
        cases_without_policy=found.cases_without_policy,
        clocks=[shaped(one, ClockReported) for one in found.listed],
        left_out=found.left_out,
    )


def unmatched(app: Application, viewer: Viewer, asked: UnmatchedOf) -> UnmatchedList:
    """Cases for which no policy matched, so that they have no clock for something."""
    after = asked_place(asked, WithoutPolicyPlace)
    found = app.ask(list_without_policy, rows_for(asked), viewer, after)
    page = page_of(asked, found, lambda one: WithoutPolicyPlace(one.opened_at, one.reference))
    return UnmatchedList(cases=[shaped(one, CaseWithoutPolicy) for one in page.rows], next=page.next)


def _due_place(clock: ClockAnswer) -> DuePlace:
    return DuePlace(*(getattr(clock, name) for name in DuePlace._fields))


_few = Places(MOST_READ_FROM_EVENTS)


@contextmanager
def _one_of_few(asked: AskedAsOf, viewer: Viewer) -> Iterator[None]:
    """Let few be answered at a time of those that may be computed from all events; raises TooManyReports."""
    if asked.at is None and asked.recorded_by is None:
        yield
        return
    with _few.of(viewer.organisation, _WAIT_SECONDS) as has_one:
        if not has_one:
            raise TooManyReports
        yield


def _first_day(month: str | None) -> date | None:
    return None if month is None else date.fromisoformat(f"{month}-01")


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/service-levels/due", _SCOPES, DueOf, DueList, due, cursor=next_page),
    Question("/v1/service-levels/attainment", _SCOPES, AttainmentOf, AttainmentReport, attainment),
    Question(
        "/v1/service-levels/unmatched",
        _SCOPES,
        UnmatchedOf,
        UnmatchedList,
        unmatched,
        cursor=next_page,
    ),
)
