"""What can be asked about where a case's events are: in the store, in the topics, in each view."""

from __future__ import annotations

from typing import Annotated

import msgspec

from casecore.api.questions.cases.cases import CaseName
from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.app.seen.trace import SeenTrace, seen_trace
from casecore.app.trace import LATEST
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer

MOST_TRACED = 100
"""Each costs a search in its partition."""

CaseTrace = shape_of(SeenTrace, name="CaseTrace")


class TraceOf(Asked, frozen=True, kw_only=True):
    """Which case, and how many of its latest events."""

    case: CaseName
    latest: Annotated[int, msgspec.Meta(ge=1, le=MOST_TRACED)] = LATEST


def trace(app: Application, viewer: Viewer, asked: TraceOf) -> msgspec.Struct:
    """Where a case's latest events are: positions, offsets, and each view."""
    found: msgspec.Struct = shaped(seen_trace(app, asked.case, viewer, asked.latest), CaseTrace)
    return found


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/cases/{case}/trace", (Scope.AGENT,), TraceOf, CaseTrace, trace),
)
