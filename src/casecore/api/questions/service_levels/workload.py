"""What can be asked about the workload: what is open, where, how old; what came in and went out."""

from __future__ import annotations

from typing import Annotated

import msgspec

from casecore.api.questions.question import AnyQuestion, Asked, Question
from casecore.api.questions.shapes import shape_of, shaped
from casecore.app.application import Application
from casecore.identity.identity import Scope
from casecore.visibility.rules import Viewer
from projections.workload.queries import Summary, summarise

MOST_LINES = 1_000

Workload = shape_of(Summary, name="Workload")


class WorkloadOf(Asked, frozen=True, kw_only=True):
    """How many organisations, days and sellers at most."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_LINES)] = 10


def workload(app: Application, viewer: Viewer, asked: WorkloadOf) -> msgspec.Struct:
    """The workload on one page, of the cases that the identity sees."""
    found: msgspec.Struct = shaped(app.ask(summarise, asked.limit, viewer), Workload)
    return found


QUESTIONS: tuple[AnyQuestion, ...] = (
    Question("/v1/workload", (Scope.AGENT, Scope.ANALYST), WorkloadOf, Workload, workload),
)
