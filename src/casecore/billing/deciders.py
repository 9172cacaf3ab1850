"""The deciders of billing: terms, packages' accounts, the series of documents, buyers, corrections."""

from __future__ import annotations

from casecore.billing.account_decider import ACCOUNTS
from casecore.billing.buyer_decider import BUYERS
from casecore.billing.corrections.decider import CORRECTIONS
from casecore.billing.series_decider import DOCUMENTS
from casecore.billing.terms_decider import TERMS

BILLING_DECIDERS = (TERMS, ACCOUNTS, DOCUMENTS, BUYERS, CORRECTIONS)
