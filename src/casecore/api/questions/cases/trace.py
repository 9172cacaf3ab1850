"""What can be asked about where a case's events are: in the store, in the topics, in each view."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from casecore.api.questions.cases.cases import CaseName
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.trace.find import LATEST
from casecore.app.trace.find import trace as find_trace
from casecore.app.trace.result import TracedEvent, TracedView, ViewState
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

MOST_TRACED = 100
"""Each costs a search in its partition."""

TracedCaseEvent = shape_of(TracedEvent, name="TracedCaseEvent")


class TraceOf(Asked, frozen=True, kw_only=True):
    """Which case, and how many of its latest events."""

    case: CaseName
    latest: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRACED)] = LATEST


class SkippedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that an operator left out of a view, and why it had been parked."""

    version: int
    reason: str
    skipped_at: datetime


class CaseInView(msgspec.Struct, frozen=True, kw_only=True):
    """What a view has of the case: `folded` if it has the last of the events, or an operator skipped that.

    `version` is that of the last event that it has folded, of those that the identity sees. `parked_at` is
    since when an event that it lacks is in quarantine, for this `reason`; nothing that the quarantine holds
    is shown. `error` says why the view cannot be asked.
    """

    view: str
    state: ViewState
    version: int | None
    parked_at: datetime | None
    reason: str | None
    skipped: list[SkippedEvent]
    error: str | None


class CaseTrace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case's events are, of those that the identity sees; `earlier` ones were not looked for.

    `version` is that of the last of them. `topics_known` is whether Kafka could be asked, to the end.
    """

    case: str
    version: int
    events: list[TracedCaseEvent]  # type: ignore[valid-type]
    earlier: int
    topics_known: bool
    views: list[CaseInView]


def trace(app: Application, viewer: Viewer, asked: TraceOf) -> CaseTrace:
    """Where a case's latest events are: positions, offsets, and each view."""
    found = find_trace(app, asked.case, asked.latest, viewer)
    return CaseTrace(
        case=asked.case,
        version=found.stream.version,
        events=[shaped(event, TracedCaseEvent) for event in found.events],
        earlier=found.earlier,
        topics_known=found.topics_error is None,
        views=[_in_view(view) for view in found.views],
    )


def _in_view(view: TracedView) -> CaseInView:
    return CaseInView(
        view=view.view,
        state=view.state,
        version=view.version,
        parked_at=view.parked.parked_at if view.parked else None,
        reason=view.parked.reason if view.parked else None,
        skipped=[
            SkippedEvent(version=one.version, reason=one.reason, skipped_at=one.skipped_at)
            for one in view.skipped
        ],
        error=view.error,
    )


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/cases/{case}/trace", (Scope.AGENT,), TraceOf, CaseTrace, trace),
)
