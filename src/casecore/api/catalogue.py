"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.questions import billing, cases, licences, parties, settlements, unbilled
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *billing.QUESTIONS,
    *cases.QUESTIONS,
    *licences.QUESTIONS,
    *parties.QUESTIONS,
    *settlements.QUESTIONS,
    *unbilled.QUESTIONS,
)
