"""The deciders of fees; agreements are held to the catalogue of topics, which is of the cases' room."""

from __future__ import annotations

from casecore.billing.fees.agreement_decider import fee_agreements
from casecore.billing.fees.memo_decider import FEE_MEMOS
from casecore.cases.topics import topics_of_category
from casecore.contract.cases import Category
from casecore.contract.fees import FeeService

# A case about a topic of level 1 may start at level 0 too, so a seller may name every technical topic.
FEE_TOPICS = {
    FeeService.LEVEL_0: frozenset(topics_of_category(Category.TECHNICAL_SUPPORT)),
    FeeService.USER_SUPPORT: frozenset(topics_of_category(Category.USER_SUPPORT)),
}

FEE_DECIDERS = (fee_agreements(FEE_TOPICS), FEE_MEMOS)
