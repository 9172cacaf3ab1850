"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.questions import cases, licences, parties
from casecore.api.questions.question import AnyQuestion

QUESTIONS: tuple[AnyQuestion, ...] = (
    *cases.QUESTIONS,
    *licences.QUESTIONS,
    *parties.QUESTIONS,
)
