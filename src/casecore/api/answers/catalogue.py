"""All that can be asked over HTTP."""

from __future__ import annotations

from casecore.api.questions.billing import (
    billing,
    customers,
    documents,
    explanations,
    fee_statements,
    fees,
    overview,
    settlements,
    unbilled,
)
from casecore.api.questions.cases import cases, clocks, standing, timeline, trace
from casecore.api.questions.engine_room import installation, quarantine
from casecore.api.questions.file import AnyFileQuestion
from casecore.api.questions.parties import licences, parties
from casecore.api.questions.pictures import fees as picture_fees
from casecore.api.questions.pictures import pictures
from casecore.api.questions.question import AnyQuestion
from casecore.api.questions.service_levels import promises, service_levels, workload

QUESTIONS: tuple[AnyQuestion, ...] = (
    *billing.QUESTIONS,
    *customers.QUESTIONS,
    *cases.QUESTIONS,
    *clocks.QUESTIONS,
    *documents.QUESTIONS,
    *explanations.QUESTIONS,
    *fee_statements.QUESTIONS,
    *fees.QUESTIONS,
    *installation.QUESTIONS,
    *licences.QUESTIONS,
    *overview.QUESTIONS,
    *parties.QUESTIONS,
    *picture_fees.QUESTIONS,
    *pictures.QUESTIONS,
    *promises.QUESTIONS,
    *quarantine.QUESTIONS,
    *service_levels.QUESTIONS,
    *settlements.QUESTIONS,
    *standing.QUESTIONS,
    *timeline.QUESTIONS,
    *trace.QUESTIONS,
    *unbilled.QUESTIONS,
    *workload.QUESTIONS,
)

FILES: tuple[AnyFileQuestion, ...] = (*documents.FILES,)
