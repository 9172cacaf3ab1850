"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.questions import (
    cases,
    clocks,
    timeline,
    trace,
    workload,
)
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *cases.QUESTIONS,
    *clocks.QUESTIONS,
    *timeline.QUESTIONS,
    *trace.QUESTIONS,
    *workload.QUESTIONS,
)
