"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.files import AnyFileQuestion
from casecore.api.questions import (
    billing,
    cases,
    documents,
    explanations,
    fees,
    licences,
    parties,
    settlements,
    unbilled,
)
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *billing.QUESTIONS,
    *cases.QUESTIONS,
    *documents.QUESTIONS,
    *explanations.QUESTIONS,
    *fees.QUESTIONS,
    *licences.QUESTIONS,
    *parties.QUESTIONS,
    *settlements.QUESTIONS,
    *unbilled.QUESTIONS,
)

FILES: tuple[AnyFileQuestion, ...] = (*documents.FILES,)
