"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.questions import (
    cases,
    clocks,
    promises,
    service_levels,
    timeline,
    trace,
    workload,
)
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *cases.QUESTIONS,
    *clocks.QUESTIONS,
    *promises.QUESTIONS,
    *service_levels.QUESTIONS,
    *timeline.QUESTIONS,
    *trace.QUESTIONS,
    *workload.QUESTIONS,
)
