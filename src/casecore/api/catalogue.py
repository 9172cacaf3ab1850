"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.files import AnyFileQuestion
from casecore.api.questions import (
    billing,
    cases,
    clocks,
    documents,
    explanations,
    fees,
    licences,
    parties,
    promises,
    service_levels,
    settlements,
    timeline,
    trace,
    unbilled,
    workload,
)
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *billing.QUESTIONS,
    *cases.QUESTIONS,
    *clocks.QUESTIONS,
    *documents.QUESTIONS,
    *explanations.QUESTIONS,
    *fees.QUESTIONS,
    *licences.QUESTIONS,
    *parties.QUESTIONS,
    *promises.QUESTIONS,
    *service_levels.QUESTIONS,
    *settlements.QUESTIONS,
    *timeline.QUESTIONS,
    *trace.QUESTIONS,
    *unbilled.QUESTIONS,
    *workload.QUESTIONS,
)

FILES: tuple[AnyFileQuestion, ...] = (*documents.FILES,)
